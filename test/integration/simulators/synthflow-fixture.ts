/** A small workspace and a plain HTTP client, so that tests see what really goes over the wire. */
import { afterEach } from "vitest";
import {
  type SynthflowSimulator,
  startSynthflowSimulator,
} from "../../../infra/local/simulators/synthflow/start-synthflow-simulator.ts";
import type { Switches } from "../../../infra/local/simulators/synthflow/switches.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { ManualClock } from "./manual-clock.ts";
import { call, type Reply } from "./retell-fixture.ts";

export const agentId = "1726005822670-239735712159542050";
export const suiteId = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
export const otherSuiteId = "f47ac10b-58cc-4372-a567-0e02b2c3d480";
export const storedId = "9ad09ad3-9c22-441e-ae35-000000000001";
export const unknownId = "9ad09ad3-9c22-441e-ae35-ffffffffffff";

/** 2026-11-21T10:00:00.123Z */
export const startAt = 1_795_255_200_123;

/** The seven members of a create. */
export const input = {
  name: "Bill",
  prompt: "You call about a bill.",
  type: "custom",
  success_criteria: ["The agent explains the bill"],
  call_success_type: "all",
  suite_id: suiteId,
  base_agent_id: agentId,
} satisfies JsonObject;

export type World = SynthflowSimulator & {
  readonly clock: ManualClock;
  /** The path below `/v2`. */
  call(method: string, path: string, body?: JsonObject | string): Promise<Reply>;
};

const open: World[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

/** A simulator on a clock that only moves when it is told to; it is closed after the test. */
export async function startWorld(switches: Partial<Switches> = {}, definitions = 1): Promise<World> {
  const clock = new ManualClock(startAt);
  const { base_agent_id: model_id, ...members } = input;
  const simulator = await startSynthflowSimulator({
    clock,
    switches,
    seed: [
      {
        id: "workspace_1",
        agents: [{ model_id: agentId, agent_name: "Billing" }, { model_id: "other" }],
        suites: [
          { id: suiteId, name: "Bills", model_id: agentId },
          { id: otherSuiteId, name: "Others", model_id: "other" },
        ],
        definitions: Array.from({ length: definitions }, (_, index) => ({
          ...members,
          name: `Case ${String(index + 1).padStart(3, "0")}`,
          base_agent: { model_id },
          simulation_case_id: `9ad09ad3-9c22-441e-ae35-${String(index + 1).padStart(12, "0")}`,
          workspace_id: "workspace_1",
          created_at: `2026-10-01T08:00:00.${String(index).padStart(3, "0")}000`,
          updated_at: "2026-10-02T08:00:00.000000",
        })),
      },
    ],
  });
  const world = { ...simulator, clock, call: callBelow(simulator.baseUrl) };
  open.push(world);
  return world;
}

const callBelow =
  (baseUrl: string): World["call"] =>
  (method, path, body) =>
    call(baseUrl, method, path, body);

/** What is in the envelope. */
export function responseOf({ json }: Reply): JsonObject {
  return json["response"] as JsonObject;
}

/** The names on a page, in its order. */
export function namesOf(reply: Reply): readonly unknown[] {
  return (responseOf(reply)["items"] as JsonObject[]).map(({ name }) => name);
}
