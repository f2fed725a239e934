import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limiterWorld } from "./limiter-world.ts";
import { allowedIn, mostInAnyWindow, play, rateLimits, steps } from "./schedule.ts";

const singles = steps({ slots: [1], longestPassMs: 5_000 });
const singlesAndPairs = steps({ slots: [1, 2], longestPassMs: 5_000 });
/** Milliseconds that the write of a pair may be late: its read may last longer than an interval. */
const PAIR_LATENESS_MS = 500;

describe("in no schedule", () => {
  it("does any window hold more calls than its limit and the burst", async () => {
    await fc.assert(
      fc.asyncProperty(rateLimits, singles, async (rateLimit, schedule) => {
        const { sentAt } = await play(rateLimit, schedule);
        for (const windowMs of [1_000, 2_500, 10_000]) {
          expect(mostInAnyWindow(sentAt, windowMs)).toBeLessThanOrEqual(allowedIn(windowMs, rateLimit));
        }
      }),
      { numRuns: 250 },
    );
  });

  it("do pairs add more than one call for two intervals that a write may be late", async () => {
    await fc.assert(
      fc.asyncProperty(rateLimits, singlesAndPairs, async (rateLimit, schedule) => {
        const { sentAt } = await play(rateLimit, schedule);
        const intervalMs = 1_000 / rateLimit.requestsPerSecond;
        const late = Math.ceil(Math.max(0, PAIR_LATENESS_MS - Math.max(intervalMs, 50)) / (2 * intervalMs));
        for (const windowMs of [1_000, 2_500, 10_000]) {
          const allowed = allowedIn(windowMs, rateLimit) + late;
          expect(mostInAnyWindow(sentAt, windowMs)).toBeLessThanOrEqual(allowed);
        }
      }),
      { numRuns: 250 },
    );
  });

  it("does a line go back, or do two slots lie closer than an interval of the ceiling", async () => {
    await fc.assert(
      fc.asyncProperty(rateLimits, singlesAndPairs, async (rateLimit, schedule) => {
        let before = { tat: 0, minuteTat: 0, pausedUntil: 0 };
        const requestsPerMinute = Math.ceil(rateLimit.requestsPerSecond * 20);
        const { slots } = await play({ ...rateLimit, requestsPerMinute }, schedule, [], (world) => {
          const { tat, minuteTat, pausedUntil } = world.state();
          expect(tat).toBeGreaterThanOrEqual(before.tat);
          expect(minuteTat).toBeGreaterThanOrEqual(before.minuteTat);
          expect(pausedUntil).toBeGreaterThanOrEqual(before.pausedUntil);
          before = { tat, minuteTat, pausedUntil };
        });
        if (rateLimit.burst > 1) return;
        // Slots are whole milliseconds, and one that has just passed begins now.
        const intervalMs = 1_000 / rateLimit.requestsPerSecond;
        for (const [index, { startsAt }] of slots.entries()) {
          const next = slots[index + 1];
          if (next !== undefined) expect(next.startsAt - startsAt).toBeGreaterThan(intervalMs / 2 - 2);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("does any second or minute hold more than its limit and the burst, where both are limited", async () => {
    const twoLimits = fc.record({
      requestsPerSecond: fc.constantFrom(1, 2, 5, 10),
      requestsPerMinute: fc.constantFrom(6, 10, 30, 45, 100, 240),
      burst: fc.constantFrom(1, 3, 8),
      adaptive: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        twoLimits,
        steps({ slots: [1], longestPassMs: 20_000 }),
        async (rateLimit, schedule) => {
          const { sentAt } = await play(rateLimit, schedule);
          expect(mostInAnyWindow(sentAt, 1_000)).toBeLessThanOrEqual(allowedIn(1_000, rateLimit));
          const perMinute = rateLimit.requestsPerMinute + rateLimit.burst;
          expect(mostInAnyWindow(sentAt, 60_000)).toBeLessThanOrEqual(perMinute);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("clocks that differ", () => {
  it("add what the limit lets through in their difference, and no more", async () => {
    const skews = fc.array(fc.integer({ min: -1_000, max: 400 }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rateLimits, singles, skews, async (rateLimit, schedule, skewsMs) => {
        const { sentAt } = await play(rateLimit, schedule, skewsMs);
        const differenceMs = Math.max(...skewsMs) - Math.min(...skewsMs);
        for (const windowMs of [1_000, 10_000]) {
          const allowed = allowedIn(windowMs + differenceMs, rateLimit);
          expect(mostInAnyWindow(sentAt, windowMs)).toBeLessThanOrEqual(allowed);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("differ by 4 seconds at most, because a larger difference shows in the store's answers", async () => {
    const skew = fc.oneof(fc.integer({ min: -5_000, max: 5_000 }), fc.integer({ min: -60_000, max: 60_000 }));
    const skews = fc.array(skew, { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rateLimits, singles, skews, async (rateLimit, schedule, skewsMs) => {
        const { sentAt } = await play(rateLimit, schedule, skewsMs);
        for (const windowMs of [1_000, 10_000]) {
          const allowed = allowedIn(windowMs + 4_000, rateLimit);
          expect(mostInAnyWindow(sentAt, windowMs)).toBeLessThanOrEqual(allowed);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("put the line off by their difference at most, once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 999 }),
        async (skewMs, startMs) => {
          const world = limiterWorld();
          world.now += startMs;
          const [ahead, punctual] = [world.process(skewMs), world.process()];
          await ahead.reserve({ lane: "change", slots: 1 });
          const starts: number[] = [];
          for (let call = 0; call < 20; call += 1) {
            const answer = await punctual.reserve({ lane: "change", slots: 1, maxWaitMs: 10_000 });
            if (answer.kind === "reserved")
              starts.push(...answer.slots.map(({ startsAt }) => startsAt - world.now));
          }
          // A larger difference is taken away, but for what the store's whole seconds hide.
          const differenceMs = Math.min(skewMs, 2_000);
          expect(starts).toHaveLength(20);
          for (const [index, start] of starts.entries()) {
            expect(start).toBeLessThanOrEqual(differenceMs + (index + 1) * 100);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
