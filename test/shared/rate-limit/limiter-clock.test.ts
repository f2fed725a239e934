import { describe, expect, it } from "vitest";
import { LimiterClock } from "../../../shared/rate-limit/limiter-clock.ts";

const start = Date.parse("2026-11-21T10:00:00.000Z");

/** A process whose clock is ahead of the store's by so much. */
function process(aheadMs: number) {
  let storeNow = start;
  const clock = new LimiterClock({ now: () => storeNow + aheadMs });
  return {
    offMs: () => clock.now() - storeNow,
    ask(atMs: number, takesMs = 10, madeAfterMs = takesMs) {
      storeNow = start + atMs;
      const askedAt = clock.now();
      const date = Math.floor((storeNow + madeAfterMs) / 1_000) * 1_000;
      storeNow += takesMs;
      clock.storeAnswered(askedAt, date);
    },
  };
}

describe("a clock", () => {
  it.each([-60_000, -5_000, -2_100, 2_100, 5_000, 60_000])(
    "that is %i ms ahead is corrected to within a second, at any moment of one",
    (aheadMs) => {
      for (const atMs of [0, 250, 500, 980]) {
        const off = process(aheadMs);
        off.ask(atMs);
        expect(Math.abs(off.offMs())).toBeLessThanOrEqual(1_000);
      }
    },
  );

  it.each([-900, -1, 0, 1, 900])("that is %i ms ahead is left alone", (aheadMs) => {
    for (const atMs of [0, 250, 500, 980]) {
      const off = process(aheadMs);
      off.ask(atMs);
      expect(off.offMs()).toBe(aheadMs);
    }
  });

  it.each([-3_600_000, -5_000, 5_000, 3_600_000])(
    "that is %i ms ahead is corrected by a slow answer as well, to within half of what is open",
    (aheadMs) => {
      for (const madeAfterMs of [0, 600, 1_200]) {
        const off = process(aheadMs);
        off.ask(700, 1_200, madeAfterMs);
        expect(Math.abs(off.offMs())).toBeLessThanOrEqual((1_200 + 1_000) / 2);
      }
    },
  );

  it("is not corrected by an answer that took too long to tell on which side it is off, or has no date", () => {
    const off = process(5_000);
    off.ask(0, 6_500);
    expect(off.offMs()).toBe(5_000);
    const clock = new LimiterClock({ now: () => start });
    clock.storeAnswered(start, undefined);
    expect(clock.now()).toBe(start);
  });

  it("that another answer has set back meanwhile is not set back again", () => {
    const clock = new LimiterClock({ now: () => start + 3_600_000 });
    const askedAt = clock.now();
    clock.storeAnswered(askedAt, start);
    clock.storeAnswered(askedAt, start);
    expect(Math.abs(clock.now() - start)).toBeLessThanOrEqual(1_000);
  });
});
