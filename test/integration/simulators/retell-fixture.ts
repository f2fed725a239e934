/** A small workspace and a plain HTTP client, so that tests see what really goes over the wire. */
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import type { WorkspaceSeed } from "../../../infra/local/simulators/retell/workspace-seed.ts";
import { type JsonObject, parseJson } from "../../../shared/platform/json.ts";
import { ManualClock } from "./manual-clock.ts";

export const llm = { type: "retell-llm", llm_id: "llm_a" };
export const flow = { type: "conversation-flow", conversation_flow_id: "conversation_flow_b" };
export const listOfLlm = "/v2/list-test-case-definitions?type=retell-llm&llm_id=llm_a";
export const listOfFlow =
  "/v2/list-test-case-definitions?type=conversation-flow&conversation_flow_id=conversation_flow_b";

/** 2026-11-21T10:00:00Z */
export const startAt = 1_795_255_200_000;

/** The seven input members. */
export const input = {
  name: "Books a table",
  response_engine: { ...llm, version: 1 },
  user_prompt: "Book a table for two.",
  metrics: ["The table is booked."],
  dynamic_variables: { party: "2" },
  tool_mocks: [{ tool_name: "book", input_match_rule: { type: "any" }, output: '{"ok":true}' }],
  llm_model: "gpt-5",
} satisfies JsonObject;

export const storedId = "test_case_000000000001";

export function seed(definitions = 1): WorkspaceSeed {
  return {
    id: "workspace_1",
    orgName: "Trattoria",
    engines: [
      { type: "retell-llm", id: "llm_a", version: 1, modifiedAt: 1_000 },
      { type: "conversation-flow", id: "conversation_flow_b", version: 2, modifiedAt: 2_000 },
    ],
    definitions: Array.from({ length: definitions }, (_, index) => ({
      ...input,
      test_case_definition_id: `test_case_${String(index + 1).padStart(12, "0")}`,
      type: "simulation",
      creation_timestamp: 1_790_000_000_000 + index,
      user_modified_timestamp: 1_790_000_000_000 + index,
    })),
  };
}

export type World = RetellSimulator & {
  readonly clock: ManualClock;
  call(
    method: string,
    path: string,
    body?: JsonObject | string,
    headers?: Record<string, string>,
  ): Promise<Reply>;
};

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body with the text of its numbers; `undefined` where it is not JSON. */
  readonly json: JsonObject;
};

/** A simulator on a clock that only moves when it is told to. */
export async function startWorld({
  switches = {},
  definitions = 1,
  faults = [],
}: {
  switches?: Partial<Switches>;
  definitions?: number;
  faults?: readonly FaultInput[];
} = {}): Promise<World> {
  const clock = new ManualClock(startAt);
  const simulator = await startRetellSimulator({ clock, switches, seed: [seed(definitions)] });
  for (const fault of faults) simulator.workspace.addFault(fault);
  return { ...simulator, clock, call: (...request) => call(simulator.url, ...request) };
}

export async function call(
  url: string,
  method: string,
  path: string,
  body?: JsonObject | string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: "Bearer key_test",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    redirect: "manual",
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") && text !== "";
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? parseJson(text) : {}) as JsonObject,
  };
}

/** The ids on a page, in its order. */
export function idsOf(page: JsonObject): readonly unknown[] {
  return (page["items"] as JsonObject[]).map((item) => item["test_case_definition_id"]);
}
