/** The limiter over the real table: many processes at the same time. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Clock, systemClock } from "../../../shared/platform/clock.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { noMetrics } from "../../../shared/platform/metrics.ts";
import { systemRandom } from "../../../shared/platform/random.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import type { Limiter } from "../../../shared/rate-limit/limiter.ts";
import { createLimiterStore } from "../../../shared/rate-limit/limiter-store.dynamodb.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
let client: DynamoDBClient;
beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  await createTables(client);
});
afterAll(() => client?.destroy());

/** Nobody waits for its slot here. */
const clock: Clock = { now: systemClock.now, sleep: () => new Promise(() => undefined) };

function limiter(id: string, store = createLimiterStore(client, testTables.state)): Limiter {
  const rateLimit = { requestsPerSecond: 10, burst: 1, adaptive: false };
  const parts = { store, clock, random: systemRandom, log: silentLog, metrics: noMetrics };
  return createLimiter(parts, { id, rateLimit });
}

const patient = { lane: "change", slots: 1, maxWaitMs: 60_000 } as const;

it("gives no two processes the same slot", async () => {
  const limiters = Array.from({ length: 10 }, () => limiter("many"));
  const starts: number[] = [];
  await Promise.all(
    limiters.map(async (each) => {
      const own: number[] = [];
      // A busy machine may let the table be slow.
      for (let tries = 0; own.length < 6 && tries < 1_000; tries += 1) {
        const answer = await each.reserve(patient);
        if (answer.kind === "reserved") own.push(...answer.slots.map(({ startsAt }) => startsAt));
      }
      starts.push(...own);
    }),
  );
  expect(starts).toHaveLength(60);
  const sorted = starts.toSorted((a, b) => a - b);
  for (const [index, start] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next !== undefined) expect(next - start).toBeGreaterThanOrEqual(49);
  }
});

it("pauses all of them at one's word, and a new one too", async () => {
  const [one, other] = [limiter("paused"), limiter("paused")];
  await one.reserve(patient);
  await other.reserve(patient);
  await one.learn({ rejected: true, retryAfterMs: 30_000 });
  const wait = { kind: "wait", reason: "provider-pause" };
  expect(await other.reserve({ lane: "change", slots: 1 })).toMatchObject(wait);
  expect(await limiter("paused").reserve({ lane: "scan", slots: 1 })).toMatchObject(wait);
  expect(other.pausedUntil()).toBe(one.pausedUntil());
});

it("lets nothing be sent where its table is gone", async () => {
  const gone = limiter("gone", createLimiterStore(client, "no-such-table"));
  expect(await gone.reserve(patient)).toMatchObject({ kind: "wait", reason: "limiter-unavailable" });
});
