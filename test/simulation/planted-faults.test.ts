/** The simulation finds each mistake that is planted in the worker, which shows that its guards are needed and watched. */
import { beforeAll, describe, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { plantedFaults } from "./planted-faults.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { scenarioOf } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const SEEDS = 1_000;

beforeAll(() => storeTextsPlain());

describe("the simulation finds", () => {
  it.for(Object.entries(plantedFaults))("%s", { timeout: 180_000 }, async ([, sabotage]) => {
    let seed = 0;
    let found: readonly string[] = [];
    while (found.length === 0 && seed < SEEDS) {
      seed += 1;
      found = await checkRun(await simulate(scenarioOf(seed), { sabotage }));
    }
    expect(found).not.toEqual([]);
    // It is the planted mistake that was found.
    expect(await checkRun(await simulate(scenarioOf(seed)))).toEqual([]);
  });
});
