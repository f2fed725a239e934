import * as fc from "fast-check";
import { expect, it } from "vitest";
import { play, rateLimits, type Step, steps } from "./schedule.ts";

const before = steps({ slots: [1, 2], longestPassMs: 2_000 });

/** Nobody else pauses or refuses anything meanwhile. */
const after = steps({ slots: [1, 2], longestPassMs: 2_000 }).map((schedule) =>
  schedule.filter((step): step is Exclude<Step, { kind: "learn" }> => step.kind !== "learn"),
);

const news = fc.oneof(
  fc.record({ rejected: fc.constant(true), retryAfterMs: fc.integer({ min: 1, max: 5_000 }) }),
  fc.record({
    rejected: fc.constant(false),
    remaining: fc.constant(0),
    resetMs: fc.integer({ min: 1, max: 5_000 }),
  }),
);

it("after a pause calls begin one after the other, whatever burst was saved up before", async () => {
  await fc.assert(
    fc.asyncProperty(rateLimits, before, news, after, async (rateLimit, earlier, pause, later) => {
      let pausedUntil = 0;
      const { length } = (await play(rateLimit, earlier)).slots;
      const pausing: Step = { kind: "learn", process: 0, news: pause };
      let played = 0;
      const { slots } = await play(rateLimit, [...earlier, pausing, ...later], [], (world) => {
        played += 1;
        if (played === earlier.length + 1) pausedUntil = world.state().pausedUntil / 1_000;
      });
      expect(pausedUntil).toBeGreaterThan(0);
      const intervalMs = 1_000 / rateLimit.requestsPerSecond;
      for (const [index, { startsAt }] of slots.slice(length).entries()) {
        expect(startsAt).toBeGreaterThanOrEqual(pausedUntil + index * intervalMs - 1e-3 - intervalMs / 2);
        if (index === 0) expect(startsAt).toBeGreaterThanOrEqual(pausedUntil);
      }
    }),
    { numRuns: 200 },
  );
});
