/** What a seed decides about reconciliation: a third of the seeds have it, and it changes no other choice of theirs. */
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import type { Connection } from "../../../shared/platform/config.ts";
import { Chance } from "./chance.ts";

export type ScanPlan = {
  readonly workers: number;
  /** Milliseconds between two starts of a run, on average, and how many there are. */
  readonly everyMs: number;
  readonly starts: number;
  /** How often the schedule starts a run twice. */
  readonly startsTwice: number;
  readonly reconcile: Partial<Connection["reconcile"]>;
  /** Rows in a page of the provider's lists. */
  readonly pageSize: number;
  /** How often a list lies to a run. */
  readonly lies: number;
  /** How often a definition is hidden from the runs for a while, shorter than a deletion takes to be believed. */
  readonly hides: number;
  /** How often a message is delivered while somebody works on it. */
  readonly duplicates: number;
  /** How often an operator decides at once about what was halted. */
  readonly decisions: number;
  readonly switches: Partial<Switches>;
  /** Milliseconds after which the provider replaces a model's name in everything that it holds; absent: never. */
  readonly migratesAfterMs?: number;
};

const SHARE = 1 / 3;

export function scanPlanOf(seed: number): ScanPlan | undefined {
  const chance = new Chance(seed, "reconciliation");
  if (!chance.happens(SHARE)) return undefined;
  const sometimes = (probability: number, least: number, most: number) =>
    chance.happens(probability) ? least + chance.fraction() * (most - least) : 0;
  const plan: ScanPlan = {
    workers: chance.between(1, 3),
    everyMs: chance.magnitude(20_000, 600_000),
    starts: chance.between(2, 6),
    startsTwice: sometimes(0.3, 0.1, 0.5),
    reconcile: {
      policy: chance.happens(0.3) ? "heal" : "observe",
      healDeletions: chance.happens(0.5),
    },
    pageSize: chance.pick([1, 2, 3, 100]),
    lies: sometimes(0.6, 0.05, 0.5),
    hides: sometimes(0.3, 0.02, 0.2),
    duplicates: sometimes(0.5, 0.02, 0.3),
    decisions: chance.pick([0, 0.3, 1]),
    switches: { cursors: chance.pick(["keyset", "offset"] as const) },
  };
  if (!chance.happens(0.25)) return plan;
  return { ...plan, migratesAfterMs: chance.between(0, plan.starts * plan.everyMs) };
}
