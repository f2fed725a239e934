/** A request that fails at each delivery takes its own slots in the rate limit, and nobody else's time. */
import { beforeAll, expect, it } from "vitest";
import { checkRun } from "./model/check-run.ts";
import { storeTextsPlain } from "./world/plain-storage.ts";
import { QUIET_MS, quietScenario, START } from "./world/scenario.ts";
import { simulate } from "./world/simulation.ts";

const LIMIT = 2;
const HOUR_MS = 3_600_000;
const POISONED = "test_case_1";

beforeAll(() => storeTextsPlain());

it("a request that fails at each delivery delays those of other definitions by its own slots at most", async () => {
  const quiet = quietScenario(1);
  const from = START + QUIET_MS;
  const until = from + 2 * HOUR_MS;
  const run = await simulate({
    ...quiet,
    workers: 2,
    rateLimit: { requestsPerSecond: LIMIT, burst: 1, adaptive: false },
    provider: { ...quiet.provider, outages: [{ from, until, kind: "refused", definitionId: POISONED }] },
    load: { ...quiet.load, definitions: 20, requests: 300, creates: 0 },
    faultsUntil: until,
    maxEvents: 2_000_000,
  });
  expect(await checkRun(run)).toEqual([]);
  const { calls, requests } = run.facts;
  const isPoisoned = (requestId: string) => requests.get(requestId)?.definitionId === POISONED;
  const begun = calls.filter(({ at }) => at >= from);
  const others = begun.filter(({ requestId }) => !isPoisoned(requestId));
  const neededMs = Math.max(...others.map(({ at }) => at)) - from;
  const meanwhile = begun.filter(({ at, requestId }) => isPoisoned(requestId) && at <= from + neededMs);
  const othersRequests = [...requests.keys()].filter((requestId) => !isPoisoned(requestId)).length;
  // Each delivery takes the slots of a read and a write, whether it needs them or not.
  const deliveries = new Set(meanwhile.map(({ invocation }) => invocation)).size;
  expect(deliveries).toBeGreaterThan(3);
  const slots = 2 * (othersRequests + deliveries);
  expect(neededMs).toBeLessThan((1.05 * slots * 1_000) / LIMIT + 5_000);
}, 60_000);
