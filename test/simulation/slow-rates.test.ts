/** Rate limits so low that a read and its write lie many seconds apart: everything is applied, in its time. */
import { beforeAll, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { QUIET_MS, quietScenario, START } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const REQUESTS = 40;

beforeAll(() => storeTextsPlain());

it.each([0.25, 0.1])(
  "%f calls per second",
  async (requestsPerSecond) => {
    const quiet = quietScenario(1);
    const run = await simulate({
      ...quiet,
      workers: 2,
      rateLimit: { requestsPerSecond, burst: 1, adaptive: false },
      load: { ...quiet.load, definitions: REQUESTS, requests: REQUESTS, creates: 0, withinMs: 60_000 },
      faultsUntil: START + QUIET_MS + 60_000,
      maxEvents: 2_000_000,
    });
    expect(await checkRun(run)).toEqual([]);
    const records = [...run.tables.requests.values()];
    expect(records.filter(({ status }) => ["queued", "applying", "failed"].includes(status))).toEqual([]);
    expect(records.filter(({ charges = 0, attempts }) => charges > 0 || attempts > 1)).toEqual([]);
    const times = run.facts.calls.map(({ at }) => at);
    const neededMs = Math.max(...times) - Math.min(...times);
    expect(neededMs).toBeLessThan((2 * 2 * REQUESTS * 1_000) / requestsPerSecond);
  },
  60_000,
);
