import { describe, expect, it } from "vitest";
import {
  allowedBetween,
  mostInAnyWindow,
  ratePerSecond,
  rateReachedAt,
  rateRecoveredAfterMs,
  rejectedPer1000,
  utilisation,
} from "./measures.ts";

/** Accepted calls, one every so many milliseconds. */
function every(ms: number, from: number, to: number) {
  return Array.from({ length: Math.floor((to - from) / ms) }, (_, index) => ({
    at: from + index * ms,
    accepted: true,
  }));
}

describe("utilisation", () => {
  it("is all of it where every allowed call was made", () => {
    expect(utilisation(every(100, 0, 10_000), [{ from: 0, perSecond: 10 }], 5_000, 10_000)).toBe(1);
  });

  it("compares with the limit of each stretch", () => {
    const limits = [
      { from: 0, perSecond: 10 },
      { from: 6_000, perSecond: 5 },
    ];
    expect(allowedBetween(limits, 5_000, 8_000)).toBe(10 + 10);
    expect(utilisation(every(200, 0, 10_000), limits, 2_000, 10_000)).toBe(40 / 60);
  });

  it("does not count what was refused", () => {
    const calls = every(100, 0, 10_000).map((call, index) => ({ ...call, accepted: index % 4 !== 0 }));
    expect(utilisation(calls, [{ from: 0, perSecond: 10 }], 0, 10_000)).toBe(0.75);
    expect(rejectedPer1000(calls, 0, 10_000)).toBeCloseTo(333.3, 1);
  });
});

describe("the most in any second", () => {
  it("finds the bunch, wherever it lies", () => {
    expect(mostInAnyWindow([0, 500, 999, 1_000, 1_400, 3_000])).toBe(4);
  });

  it("does not count both ends of the second", () => {
    expect(mostInAnyWindow([0, 1_000])).toBe(1);
    expect(mostInAnyWindow([0, 999.9])).toBe(2);
  });

  it("needs no order", () => {
    expect(mostInAnyWindow([2_000, 0, 2_100, 10])).toBe(2);
  });
});

describe("when a rate is reached", () => {
  it("is at the call that makes it the rate of the last five seconds", () => {
    const calls = [...every(1_000, 0, 10_000), ...every(100, 10_000, 20_000)];
    // 45 calls in five seconds: n of them since 10 000, one per second before.
    expect(rateReachedAt(calls, 9, 0)).toBe(14_400);
  });

  it("is never where it is not", () => {
    expect(rateReachedAt(every(200, 0, 60_000), 9, 0)).toBeUndefined();
  });
});

describe("recovery", () => {
  it("is at once where nothing was lost", () => {
    expect(rateRecoveredAfterMs(every(100, 0, 30_000), 9.5, 10_000, 30_000)).toBe(0);
  });

  it("is as late as the first stretch that is good again", () => {
    const calls = [...every(100, 0, 10_000), ...every(100, 14_000, 30_000)];
    expect(rateRecoveredAfterMs(calls, 10, 10_000, 30_000)).toBe(4_000);
  });

  it("never comes where the rest stays slow", () => {
    const calls = [...every(100, 0, 10_000), ...every(200, 10_000, 30_000)];
    expect(rateRecoveredAfterMs(calls, 9, 10_000, 30_000)).toBeUndefined();
  });
});

it("gives a rate for each second, over the last three", () => {
  const rates = ratePerSecond(every(100, 0, 2_000), "accepted", { from: 0, to: 4_000 });
  expect(rates.map(([second, rate]) => [second, Math.round(rate * 10) / 10])).toEqual([
    [1, 10],
    [2, 10],
    [3, 6.7],
    [4, 3.3],
  ]);
});
