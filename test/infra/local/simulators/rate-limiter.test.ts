import { describe, expect, test } from "vitest";
import { createRateLimiter, type RateLimit } from "../../../../infra/local/simulators/rate-limiter.ts";

/** What a limiter says at each instant: true, or the wait in ms. */
function admissions(limit: RateLimit, instants: readonly number[]): (true | number)[] {
  const admit = createRateLimiter(limit);
  return instants.map((now) => {
    const admission = admit(now);
    return admission.admitted ? true : Math.round(admission.retryAfterMs);
  });
}

describe("a token bucket", () => {
  const limit = { kind: "token-bucket", perSecond: 2, burst: 3 } as const;

  test("admits its burst at once and then one request per interval", () => {
    expect(admissions(limit, [0, 0, 0, 0, 499, 500, 500])).toEqual([true, true, true, 500, 1, true, 500]);
  });

  test("never saves more than its burst", () => {
    expect(admissions(limit, [0, 100_000, 100_000, 100_000, 100_000])).toEqual([true, true, true, true, 500]);
  });

  test("admits a client that comes exactly at its rate, for ever", () => {
    const admit = createRateLimiter({ kind: "token-bucket", perSecond: 3, burst: 1 });
    for (let i = 0; i < 10_000; i += 1) expect(admit((i * 1_000) / 3).admitted).toBe(true);
  });
});

test("a sliding log admits so many requests in any window, not only in aligned ones", () => {
  const limit = { kind: "sliding-log", limit: 2, windowMs: 1_000 } as const;
  expect(admissions(limit, [900, 950, 1_000, 1_899, 1_900, 1_950])).toEqual([true, true, 900, 1, true, true]);
});

test("a fixed window admits twice its limit around its border", () => {
  const limit = { kind: "fixed-window", limit: 2, windowMs: 1_000 } as const;
  expect(admissions(limit, [900, 950, 999, 1_000, 1_001, 1_002])).toEqual([true, true, 1, true, true, 998]);
});
