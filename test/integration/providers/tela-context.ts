/** The Tela adapter against a server of one test. */
import { type Script, scriptedProvider } from "./scripted-provider.ts";

export const ID = "0a5e7c1d-2b94-4f38-9d06-7c3e8a1b5f20";

/** A test case as Tela's reference shows it. */
export const testCase = {
  id: ID,
  title: "Refund",
  messages: null,
  variables: { order: "17" },
  variablesRichContent: null,
  files: [],
  promptId: "p1",
  expectedOutput: null,
  answers: null,
  promptApplicationId: null,
  metadata: null,
  createdAt: "2023-11-07T05:31:56Z",
  updatedAt: "2023-11-08T05:31:56.789Z",
  deletedAt: null,
};

export const tela = (answer: Script) => scriptedProvider("tela", answer);
