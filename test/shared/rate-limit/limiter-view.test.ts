import { expect, it } from "vitest";
import { limiterView } from "../../../shared/rate-limit/limiter-view.ts";
import { untouchedState } from "../../support/untouched-limiter.ts";

const now = Date.parse("2026-11-21T10:00:00.000Z");
const rateLimit = { requestsPerSecond: 10, burst: 1, adaptive: true };
const at = (ms: number) => (now + ms) * 1_000;

it("an untouched limit may be used at once, at its first rate", () => {
  expect(limiterView(untouchedState, rateLimit, now)).toEqual({
    current: 2,
    ceiling: 10,
    lanes: { change: { nextSlotAt: now }, scan: { nextSlotAt: now } },
  });
  expect(limiterView(untouchedState, { ...rateLimit, adaptive: false }, now).current).toBe(10);
});

it("shows the pause, and when each lane goes on", () => {
  const state = {
    ...untouchedState,
    tat: at(700),
    contendedUntil: at(5_000),
    scanTat: at(1_500),
    pausedUntil: at(600),
  };
  expect(limiterView(state, rateLimit, now)).toMatchObject({
    pausedUntil: now + 600,
    lanes: { change: { nextSlotAt: now + 700 }, scan: { nextSlotAt: now + 1_500 } },
  });
  const later = limiterView(state, { ...rateLimit, burst: 3 }, now + 650);
  expect(later).not.toHaveProperty("pausedUntil");
  expect(later.lanes.change.nextSlotAt).toBe(now + 650);
});
