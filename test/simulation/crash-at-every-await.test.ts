/** One crash at each step of a run, in each of the ways in which a process can end at a step. */
import { beforeAll, describe, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { QUIET_MS, type Scenario, START, scenarioOf } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";
import type { PlannedCrash } from "./world/step-faults.ts";

beforeAll(() => storeTextsPlain());

const crashes: readonly PlannedCrash["fault"][] = ["crash-before", "crash-in-flight", "crash-after"];

/** A few requests of every kind, and nothing else that goes wrong but what is asked for. */
function quiet(seed: number, provider: Partial<Scenario["provider"]> = {}): Scenario {
  const base = scenarioOf(seed);
  return {
    ...base,
    clocksOffMs: 0,
    steps: {},
    provider: { read: 0, write: 0, lost: 0, late: 0, outages: [], beyondSettle: false, ...provider },
    keyTroubles: [],
    editor: { everyMs: 0, intoTheWindow: 0, revert: 0, twin: 0 },
    observerEveryMs: 0,
    load: {
      definitions: 1,
      requests: 4,
      creates: 0.4,
      equalCreates: 0.5,
      expectations: 0.2,
      duplicates: 0.1,
      otherGroup: 0.5,
      wrongGroup: 0,
      followUps: 0,
      poison: 0,
      lostMessages: 0,
      cancels: 0,
      retries: 0,
      withinMs: 1_000,
    },
    looksAtTheEnd: false,
    redeliveries: 0,
    faultsUntil: START + QUIET_MS + 600_000,
  };
}

describe("a crash at every await", () => {
  it.for([
    ["leaves every outcome right", 11, {}],
    ["leaves every outcome right when answers are lost as well", 12, { write: 0.5, lost: 0.6, late: 0.2 }],
  ] as const)("%s", { timeout: 120_000 }, async ([, seed, provider]) => {
    const scenario = quiet(seed, provider);
    const { steps } = await simulate(scenario);
    expect(steps).toBeGreaterThan(40);
    const violations: string[] = [];
    for (let step = 1; step <= steps; step += 1) {
      for (const fault of crashes) {
        const found = await checkRun(await simulate({ ...scenario, plannedCrash: { step, fault } }));
        violations.push(...found.map((violation) => `${fault} at step ${step}: ${violation}`));
      }
    }
    expect(violations).toEqual([]);
  });
});
