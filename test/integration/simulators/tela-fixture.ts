/** A small workspace of a simulated Tela, and a plain HTTP client that shows what really goes over the wire. */

import {
  startTelaSimulator,
  type TelaSimulator,
} from "../../../infra/local/simulators/tela/start-tela-simulator.ts";
import type { Switches } from "../../../infra/local/simulators/tela/switches.ts";
import { newDocument } from "../../../infra/local/simulators/tela/test-case-document.ts";
import type { JsonObject, JsonValue } from "../../../shared/platform/json.ts";
import { ManualClock } from "./manual-clock.ts";

/** 2026-11-21T10:00:00Z */
export const startAt = 1_795_255_200_000;
export const promptId = "3f0c2a9e-5d1b-4c77-9e02-6a8b1d4f7c31";
export const otherPromptId = "b7d9410c-83ae-4f25-8c6d-0e5a2f913d48";
export const unknownPromptId = "00000000-0000-4000-8000-000000000000";
export const storedId = "0a5e7c1d-2b94-4f38-9d06-7c3e8a1b5f20";

export const file = {
  index: 0,
  name: "receipt.pdf",
  mimeType: "application/pdf",
  vaultUrl: "vault://1",
  variableName: "receipt",
  url: "https://files.example/1",
};

export const input = {
  title: "Refund",
  promptId,
  messages: [{ role: "user", content: "Where is it?" }],
  variables: { order: "17", name: "Dana" },
  variablesRichContent: {},
  files: [file],
  expectedOutput: "An apology",
  metadata: { source: "craft" },
} satisfies JsonObject;

export type Reply = { readonly status: number; readonly text: string; readonly json: JsonValue };

export type World = TelaSimulator & {
  readonly clock: ManualClock;
  call(method: string, path: string, body?: JsonValue, key?: string): Promise<Reply>;
  /** The members of the answer. */
  members(method: string, path: string, body?: JsonValue): Promise<JsonObject>;
};

export async function startWorld(switches: Partial<Switches> = {}): Promise<World> {
  const clock = new ManualClock(startAt);
  const simulator = await startTelaSimulator({
    clock,
    switches,
    seed: [
      {
        id: "w",
        projects: [
          { id: "project_1", title: "Mails" },
          { id: "project_2", title: "Gone", deleted: true },
        ],
        prompts: [
          { id: promptId, projectId: "project_1", title: "Refunds" },
          { id: otherPromptId, projectId: "project_1", title: "Summaries" },
        ],
        definitions: [newDocument(input, storedId, startAt - 5_000, { timestampForm: "milliseconds" })],
      },
    ],
  });
  const call: World["call"] = async (method, path, body, key = "key_test") => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: text === "" ? null : (JSON.parse(text) as JsonValue) };
  };
  const members: World["members"] = async (...asked) => (await call(...asked)).json as JsonObject;
  return { ...simulator, clock, call, members };
}
