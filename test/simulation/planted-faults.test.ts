/** The simulation finds each mistake that is planted in the workers, which shows that its guards are needed and watched. */
import { beforeAll, describe, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { plantedFaults } from "./planted-faults.ts";
import { plantedScanFaults } from "./planted-scan-faults.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import type { Sabotage } from "./world/sabotage.ts";
import { type Scenario, scenarioOf } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const SEEDS = 1_000;

beforeAll(() => storeTextsPlain());

async function expectFound(sabotage: Sabotage, isWanted: (scenario: Scenario) => boolean): Promise<void> {
  let seed = 0;
  let found: readonly string[] = [];
  while (found.length === 0 && seed < SEEDS) {
    seed += 1;
    const scenario = scenarioOf(seed);
    if (isWanted(scenario)) found = await checkRun(await simulate(scenario, { sabotage }));
  }
  expect(found).not.toEqual([]);
  // It is the planted mistake that was found.
  expect(await checkRun(await simulate(scenarioOf(seed)))).toEqual([]);
}

describe("the simulation finds", () => {
  it.for(Object.entries(plantedFaults))("%s", { timeout: 180_000 }, async ([, sabotage]) => {
    await expectFound(sabotage, () => true);
  });

  it.for(Object.entries(plantedScanFaults))("%s", { timeout: 180_000 }, async ([, sabotage]) => {
    await expectFound(sabotage, ({ scans }) => scans !== undefined);
  });
});
