/** The demo's Tela workspace: the canvases that write an agency's mails, and their test cases. The same in every run. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { newDocument } from "./test-case-document.ts";
import type { WorkspaceSeed } from "./workspace-seed.ts";

const refunds = "3f0c2a9e-5d1b-4c77-9e02-6a8b1d4f7c31";
const summaries = "b7d9410c-83ae-4f25-8c6d-0e5a2f913d48";

type DemoCase = {
  readonly id: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly members: JsonObject;
};

const cases: readonly DemoCase[] = [
  {
    id: "0a5e7c1d-2b94-4f38-9d06-7c3e8a1b5f20",
    createdAt: "2026-03-02T08:14:09.120Z",
    updatedAt: "2026-04-21T15:40:33.907Z",
    members: {
      title: "Refund after a late delivery",
      promptId: refunds,
      messages: [
        { role: "system", content: "You answer mails of Slice Harbor's customers." },
        { role: "user", content: "My pizza came 70 minutes late and cold. I want my money back." },
      ],
      variables: { customer_name: "Dana Whitfield", order_id: "SH-20417", order_total: "23.50" },
      variablesRichContent: {},
      files: [],
      expectedOutput: "Apologises, names the order, and promises the refund of 23.50 within five days.",
      metadata: { source: "craft" },
    },
  },
  {
    id: "5c41f9b2-7e0d-4a63-8b17-d2f6903e4ca8",
    createdAt: "2026-03-02T08:20:51.004Z",
    updatedAt: "2026-03-02T08:20:51.004Z",
    members: {
      title: "No refund for a second complaint",
      promptId: refunds,
      messages: [{ role: "user", content: { type: "text", text: "Again cold!" } }],
      variables: { customer_name: "Ben Ode", order_id: "SH-20533", order_total: "11.00" },
      variablesRichContent: { order_history: "<p>Refunded: SH-20417</p>" },
      files: [
        {
          index: 0,
          name: "receipt.pdf",
          mimeType: "application/pdf",
          vaultUrl: "vault://brightline/receipt-20533",
          variableName: "receipt",
          url: "https://files.tela.example/receipt-20533.pdf",
        },
      ],
      expectedOutput: "Stays kind, refers to a person, promises nothing.",
      metadata: { source: "test-case" },
    },
  },
  {
    // Made from a task in the dashboard: no messages, and members that no document of the API names.
    id: "9d2b60f7-14c8-4e5a-a3d9-58c7e01fb462",
    createdAt: "2026-05-11T11:02:44.381Z",
    updatedAt: "2026-05-12T07:30:00.000Z",
    members: {
      title: "Call summary with an allergy",
      promptId: summaries,
      messages: null,
      variables: { transcript: "Caller: One Margherita. I am allergic to nuts. Agent: Noted." },
      variablesRichContent: null,
      expectedOutput: "Mentions the nut allergy in the first sentence.",
      answers: { good: ["The allergy comes first."], bad: [] },
      metadata: { source: "task", taskId: "task_7713", feedback: "allergy was missing" },
      description: "Reported by the kitchen",
    },
  },
  {
    id: "e81a3d5f-6b20-49c4-b7e8-03f4d9a1c67e",
    createdAt: "2026-05-20T09:00:00.250Z",
    updatedAt: "2026-06-01T10:11:12.013Z",
    members: {
      title: "Call summary of a hang-up",
      promptId: summaries,
      messages: [{ role: "user", content: "Caller: … Agent: Hello? Is somebody there?" }],
      variables: null,
      variablesRichContent: {},
      files: null,
      expectedOutput: null,
      metadata: null,
    },
  },
];

export function demoWorkspace(): WorkspaceSeed {
  return {
    id: "workspace_brightline",
    projects: [{ id: "c2f7e6a4-90d3-4b18-8f55-1e7a6c0d3b92", title: "Customer mails" }],
    prompts: [
      { id: refunds, projectId: "c2f7e6a4-90d3-4b18-8f55-1e7a6c0d3b92", title: "Refund answers" },
      { id: summaries, projectId: "c2f7e6a4-90d3-4b18-8f55-1e7a6c0d3b92", title: "Call summaries" },
    ],
    definitions: cases.map(({ id, createdAt, updatedAt, members }) => ({
      ...newDocument(members, id, 0, { timestampForm: "milliseconds" }),
      createdAt,
      updatedAt,
    })),
  };
}
