import { describe, expect, it } from "vitest";
import { type ConnectionHealth, pristineHealth } from "../../../shared/connection/connection-health.ts";
import {
  ATTEMPT_BUDGET,
  chargesOf,
  healthyAgeMs,
  isExhausted,
  MAX_HEALTHY_AGE_MS,
  MAX_QUEUE_AGE_MS,
} from "../../../shared/retry/budget.ts";

const hour = 3_600_000;
const write = (requestId: string, at: number) => ({ lastWrite: { requestId, at } });
const failed = { requestId: "mine", charges: 2, failedAt: 1_000 };

describe("a failed write is charged", () => {
  it.each([
    [
      "to the request, once the provider confirmed another one's write after it",
      failed,
      write("other", 1_001),
      3,
    ],
    ["to the connection while no write is known since", failed, {}, 2],
    ["to the connection if the other write was confirmed before it failed", failed, write("other", 999), 2],
    [
      "to the connection if the other write was confirmed in the same instant",
      failed,
      write("other", 1_000),
      2,
    ],
    ["to the connection if the only write since is the request's own", failed, write("mine", 2_000), 2],
    ["only where it failed at all", { requestId: "mine", charges: 2 }, write("other", 2_000), 2],
    ["as the first one too", { requestId: "mine", failedAt: 1_000 }, write("other", 2_000), 1],
    ["as nothing for a request that never failed", { requestId: "mine" }, {}, 0],
  ])("%s", (_, record, health, charges) => {
    expect(chargesOf(record, health)).toBe(charges);
  });
});

describe("the budget", () => {
  it("is spent with the eighth charge", () => {
    expect(ATTEMPT_BUDGET).toBe(8);
    expect([7, 8, 9].map(isExhausted)).toEqual([false, true, true]);
  });

  it("has 24 healthy hours, and 12 days of any kind", () => {
    expect([MAX_HEALTHY_AGE_MS, MAX_QUEUE_AGE_MS]).toEqual([24 * hour, 12 * 24 * hour]);
  });
});

describe("the age of a failing request", () => {
  const healthy: ConnectionHealth = { ...pristineHealth, unhealthyMs: 5 * hour };
  const degraded: ConnectionHealth = { ...healthy, state: "degraded", since: 10 * hour };

  it.each([
    ["is nothing before it met a failure", undefined, healthy, 20 * hour, 0],
    [
      "runs while the connection is healthy",
      { since: 0, unhealthyMs: 5 * hour },
      healthy,
      20 * hour,
      20 * hour,
    ],
    [
      "leaves out what was unhealthy since",
      { since: 0, unhealthyMs: 2 * hour },
      healthy,
      20 * hour,
      17 * hour,
    ],
    [
      "stands still while it is unhealthy",
      { since: 0, unhealthyMs: 5 * hour },
      degraded,
      20 * hour,
      10 * hour,
    ],
    [
      "counts from a failure in an unhealthy time",
      { since: 12 * hour, unhealthyMs: 7 * hour },
      degraded,
      20 * hour,
      0,
    ],
    ["is never negative, whatever the clocks say", { since: 9, unhealthyMs: 5 * hour }, healthy, 1, 0],
  ])("%s", (_, failing, health, now, age) => {
    expect(healthyAgeMs(failing, health, now)).toBe(age);
  });
});
