/** The simulation as part of the tests: `npm run simulate -- --seeds N` runs more of it, `--seed S` replays one. */
import { beforeAll, describe, expect, it } from "vitest";
import { CREATES_PER_RUN, createsScenario, reportOfCreates } from "./creates.ts";
import { checkRun } from "./model/check-run.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import type { Outage } from "./world/provider-faults.ts";
import { QUIET_MS, quietScenario, START, scenarioOf } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const SEEDS = 1_500;
const CREATES = 1_000;
const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 300_000;

beforeAll(() => storeTextsPlain());

async function afterOutage(kind: Outage["kind"], lastsMs: number) {
  const quiet = quietScenario(1);
  const from = START + QUIET_MS;
  const run = await simulate({
    ...quiet,
    provider: { ...quiet.provider, outages: [{ from, until: from + lastsMs, kind }] },
    faultsUntil: from + lastsMs,
  });
  return { requests: [...run.tables.requests.values()], violations: await checkRun(run) };
}

describe("the simulation", () => {
  it("keeps every promise, whatever goes wrong", { timeout: 2 * TIMEOUT_MS }, async () => {
    const violations: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const found = await checkRun(await simulate(scenarioOf(seed)));
      violations.push(...found.map((violation) => `--seed ${seed}: ${violation}`));
    }
    expect(violations).toEqual([]);
  });

  it("creates no duplicate and asks no person when answers are lost", { timeout: TIMEOUT_MS }, async () => {
    const violations: string[] = [];
    let undecided = 0;
    let unanswered = 0;
    for (let seed = 1; seed <= CREATES / CREATES_PER_RUN; seed += 1) {
      const run = await simulate(createsScenario(seed, 0.3));
      const report = reportOfCreates(run);
      undecided += report.undecided;
      unanswered += report.unanswered;
      violations.push(...(await checkRun(run)));
      if (report.duplicates > 0) violations.push(`seed ${seed}: ${report.duplicates} duplicates`);
    }
    expect(violations).toEqual([]);
    expect(unanswered).toBeGreaterThan(CREATES / 5);
    expect(undecided / unanswered).toBeLessThan(0.01);
  });

  it("gives nothing up in an outage of six hours", { timeout: TIMEOUT_MS }, async () => {
    for (const kind of ["refused", "hangs", "unreachable", "answers-lost"] as const) {
      const { requests, violations } = await afterOutage(kind, 6 * HOUR_MS);
      expect(violations, kind).toEqual([]);
      expect(requests.filter(({ status }) => status === "failed")).toEqual([]);
    }
  });

  it("gives up visibly before the queue forgets a message", { timeout: TIMEOUT_MS }, async () => {
    const { requests, violations } = await afterOutage("refused", 13 * 24 * HOUR_MS);
    expect(violations).toEqual([]);
    expect(new Set(requests.map(({ result }) => result?.reason))).toEqual(new Set(["expired"]));
  });

  it("tells the same story for the same seed", async () => {
    const storyOf = async (seed: number) => {
      const story: string[] = [];
      await simulate(scenarioOf(seed), { trace: (line) => story.push(line) });
      return story;
    };
    for (const seed of [3, 5, 8]) {
      const story = await storyOf(seed);
      expect(story.length).toBeGreaterThan(100);
      expect(await storyOf(seed)).toEqual(story);
    }
  });
});
