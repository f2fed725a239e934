/** One crash at each step of a run, in each of the ways in which a process can end at a step. */
import { beforeAll, describe, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { quietScenario } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";
import type { PlannedCrash } from "./world/step-faults.ts";

beforeAll(() => storeTextsPlain());

const crashes: readonly PlannedCrash["fault"][] = ["crash-before", "crash-in-flight", "crash-after"];

describe("a crash at every await", () => {
  it.for([
    ["leaves every outcome right", 11, 10, {}],
    ["leaves every outcome right when answers are lost as well", 12, 4, { write: 0.5, lost: 0.6, late: 0.2 }],
  ] as const)("%s", { timeout: 120_000 }, async ([, seed, requests, provider]) => {
    const calm = quietScenario(seed);
    const scenario = {
      ...calm,
      provider: { ...calm.provider, ...provider },
      load: { ...calm.load, requests, equalCreates: 0.5, duplicates: 0.1, otherGroup: 0.5 },
    };
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
