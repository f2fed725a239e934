/** What waits while the provider cannot be used, and how fast it is worked off when it can: P5. */
import { beforeAll, describe, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { QUIET_MS, quietScenario, START } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 300_000;
const LIMIT = 1;
const REQUESTS = 600;
/** Probes of a long outage are five minutes apart; those of a storm come within a pause of a minute. */
const LATEST_FIRST_CALL_MS = { refused: 330_000, "too-many": 66_000 };

beforeAll(() => storeTextsPlain());

/** Requests that were sent at the beginning of six hours in which nothing could be done. */
async function backlogAfter(kind: keyof typeof LATEST_FIRST_CALL_MS) {
  const quiet = quietScenario(1);
  const from = START + QUIET_MS;
  const until = from + 6 * HOUR_MS;
  const run = await simulate({
    ...quiet,
    // As many as the event source lets work at a time, so that whoever works may wait for its turn there.
    workers: 2,
    rateLimit: { requestsPerSecond: LIMIT, burst: 1, adaptive: true },
    provider: { ...quiet.provider, outages: [{ from, until, kind }] },
    load: { ...quiet.load, definitions: 60, requests: REQUESTS, creates: 0, withinMs: HOUR_MS },
    faultsUntil: until,
    maxEvents: 20_000_000,
  });
  const records = [...run.tables.requests.values()];
  const calls = run.facts.calls.filter(({ at }) => at >= until);
  const [first, last] = [Math.min(...calls.map(({ at }) => at)), Math.max(...calls.map(({ at }) => at))];
  return { run, records, firstCallMs: first - until, neededMs: last - until };
}

describe("after six hours", () => {
  it.each(["refused", "too-many"] as const)(
    "of %s nothing is given up, no budget is touched, and the backlog goes at the limit",
    async (kind) => {
      const { run, records, firstCallMs, neededMs } = await backlogAfter(kind);
      expect(await checkRun(run)).toEqual([]);
      expect(records).toHaveLength(REQUESTS);
      expect(records.filter(({ status }) => status === "failed")).toEqual([]);
      expect(records.filter(({ charges }) => (charges ?? 0) > 0)).toEqual([]);
      expect(run.facts.deadLetters).toEqual([]);
      // An edit takes the slots of a read and a write, also where it turns out that nothing is to be written.
      const slots = 2 * REQUESTS;
      const allowedMs = (1.1 * slots * 1_000) / LIMIT;
      expect(firstCallMs).toBeLessThan(LATEST_FIRST_CALL_MS[kind]);
      expect(neededMs - (kind === "refused" ? firstCallMs : 0)).toBeLessThan(allowedMs);
      expect(run.mostReceives).toBeLessThan(250);
    },
    TIMEOUT_MS,
  );
});
