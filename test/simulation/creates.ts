/** Creates whose answers are lost: are there duplicates, and how many were decided without a person? */
import { evidenceOf } from "./model/evidence.ts";
import { Chance } from "./world/chance.ts";
import { QUIET_MS, quietScenario, type Scenario, START } from "./world/scenario.ts";
import type { Run } from "./world/simulation.ts";

/** Of one run; lists are short enough to be read in one page. */
export const CREATES_PER_RUN = 20;

/** Nothing but creates, equal ones among them, and nothing but lost answers. */
export function createsScenario(seed: number, lostAnswers: number): Scenario {
  const base = quietScenario(seed);
  return {
    ...base,
    // A fifth of the lost ones takes effect later than the answer was given up, within the settle time.
    provider: { ...base.provider, write: lostAnswers, lost: 0.8, late: 0.2 },
    load: {
      ...base.load,
      requests: CREATES_PER_RUN,
      creates: 1,
      equalCreates: new Chance(seed, "creates").pick([0, 0.3, 0.9]),
      duplicates: 0.1,
      otherGroup: 0.5,
      wrongGroup: 0.1,
      withinMs: 60_000,
    },
    redeliveries: 0.05,
    // Long enough for the last of them.
    faultsUntil: START + QUIET_MS + 12 * 3_600_000,
  };
}

export type CreatesReport = {
  readonly creates: number;
  /** Creates of which an answer was lost, and of these the ones that a person has to decide. */
  readonly unanswered: number;
  readonly undecided: number;
  /** Definitions beyond one for each create. */
  readonly duplicates: number;
};

export function reportOfCreates(run: Run): CreatesReport {
  const { epochs, states } = evidenceOf(run);
  const creates = epochs.filter(({ operation }) => operation === "create");
  const made = Map.groupBy(
    states.filter(({ call, effect }) => call !== undefined && effect.kind === "created"),
    ({ call }) => call?.requestId ?? "",
  );
  const unanswered = creates.filter(({ requestId }) => run.facts.unanswered.has(requestId));
  return {
    creates: creates.length,
    unanswered: unanswered.length,
    undecided: unanswered.filter(({ status }) => status === "failed").length,
    duplicates: [...made.values()].reduce((sum, { length }) => sum + length - 1, 0),
  };
}
