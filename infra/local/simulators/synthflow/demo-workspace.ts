/** The workspace of the demo: a hotel's booking line, its suites and its cases. The same in every run. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import type { WorkspaceSeed } from "./workspace-seed.ts";

const WORKSPACE = "1713_harbor_house";
const booking = "1726005822670-239735712159542050";

const bookings = "b0a4c9e2-6d1f-4e57-8a35-2f9c07d1e684";
const complaints = "3e7d5f10-94ab-4c26-b0e8-71c6a2d9f853";

type DemoCase = {
  readonly id: string;
  readonly suite: string | null;
  readonly name: string;
  readonly prompt: string;
  readonly criteria: readonly string[];
  readonly success: "all" | "any";
  /** Hours after the first case was made. */
  readonly after: number;
  readonly undocumented?: JsonObject;
};

const cases: readonly DemoCase[] = [
  {
    id: "9ad09ad3-9c22-441e-ae35-c05016a09786",
    suite: bookings,
    name: "Books a double room",
    prompt:
      "You want a double room for two nights, arriving next Friday. You ask for the price with breakfast before you agree.",
    criteria: ["The agent tells the price with breakfast", "The agent repeats both dates before it books"],
    success: "all",
    after: 0,
  },
  {
    id: "5c1e80f7-2b64-4f0d-9d3a-86e7b1a4c920",
    suite: bookings,
    name: "No room is left",
    prompt: "You want a room for New Year's Eve. You are ready to come a day later if somebody offers it.",
    criteria: ["The agent offers another date", "The agent offers the waiting list"],
    success: "any",
    after: 26,
  },
  {
    id: "e2f9a6b4-7d03-4b91-a8c5-10f4d7e3b268",
    suite: bookings,
    name: "Changes the number of guests",
    prompt: "You have booked for two and come as three. You have your booking number: 4471.",
    criteria: ["The agent finds the booking by its number", "The agent names what the third guest costs"],
    success: "all",
    after: 75,
    undocumented: { language: "en-GB" },
  },
  {
    id: "07b3d8c1-5ea2-4c7f-8f16-9d2e4a60b7f5",
    suite: complaints,
    name: "Noise at night",
    prompt: "You are staying in room 12 and cannot sleep: there is music below. You are polite, but tired.",
    criteria: ["The agent apologises", "The agent connects the caller with the night porter"],
    success: "all",
    after: 120,
  },
  {
    id: "c48a1f6e-0d97-4e35-b2c8-63f5e9d70a14",
    suite: null,
    name: "Asks for somebody human",
    prompt: "You do not want to talk to a machine. You say so in every sentence.",
    criteria: ["The agent connects the caller with the front desk at the second request"],
    success: "all",
    after: 301,
  },
];

export function demoWorkspace(): WorkspaceSeed {
  return {
    id: WORKSPACE,
    agents: [
      {
        model_id: booking,
        agent_name: "Harbor House – booking line",
        phone_number: "+4940555012",
        updated_at: "2026-03-02T08:14:51.204817",
      },
    ],
    suites: [
      { id: bookings, name: "Bookings", model_id: booking },
      { id: complaints, name: "Complaints", model_id: booking },
    ],
    definitions: cases.map(demoDocument),
  };
}

/** As Synthflow answers it, members in the order of its documents. */
function demoDocument({
  id,
  suite,
  name,
  prompt,
  criteria,
  success,
  after,
  undocumented,
}: DemoCase): JsonObject {
  const madeAt = Date.parse("2026-03-03T09:02:11.000Z") + after * 3_600_000;
  const time = (at: number) => `${new Date(at).toISOString().slice(0, -1)}418`;
  return {
    simulation_case_id: id,
    workspace_id: WORKSPACE,
    suite_id: suite,
    name,
    prompt,
    type: "custom",
    success_criteria: criteria,
    call_success_type: success,
    base_agent: suite === null ? null : { model_id: booking },
    created_at: time(madeAt),
    updated_at: time(madeAt + 5_400_000),
    ...undocumented,
  };
}
