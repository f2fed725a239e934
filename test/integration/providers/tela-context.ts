/** The Tela adapter against a server of one test. */
import type { ServerResponse } from "node:http";
import { parseConnections } from "../../../shared/platform/config.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { closing, endpoint } from "./provider-call-context.ts";
import { json, type RecordedRequest, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export const options = { timeoutMs: 10_000 };
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

export async function tela(
  answer: (request: RecordedRequest, response: ServerResponse, count: number) => void,
): Promise<{ provider: Provider; server: ScriptedServer }> {
  const server = closing(await startScriptedServer(answer));
  const [connection] = parseConnections([{ id: "tela", provider: "tela", baseUrl: server.url }]);
  if (connection === undefined) throw new Error("no connection");
  return { provider: providerFor(connection, endpoint(server.url)), server };
}

/** `body`: JSON, or a text as it is. */
export const answering =
  (status: number, body: unknown) =>
  (_: RecordedRequest, response: ServerResponse): void =>
    json(response, status, body);
