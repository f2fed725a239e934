import { describe, expect, it } from "vitest";
import type { LimitNews } from "../../../shared/rate-limit/limiter.ts";
import type { LimiterState } from "../../../shared/rate-limit/limiter-state.ts";
import { limitsOf } from "../../../shared/rate-limit/limits.ts";
import { planPause } from "../../../shared/rate-limit/pause.ts";
import { untouchedState } from "../../support/untouched-limiter.ts";

const now = Date.parse("2026-11-21T10:00:00.000Z") * 1_000;
const limits = limitsOf({ requestsPerSecond: 10, burst: 3, adaptive: true });

function planned(news: LimitNews, state: Partial<LimiterState> = {}, fraction = 1) {
  const whole = { ...untouchedState, accepted: 1, ...state };
  return planPause(news, whole, { limits, now, fraction, call: { slotAt: now - 1, rate: 10 } });
}
const pauseMs = (news: LimitNews, state?: Partial<LimiterState>, fraction?: number) =>
  ((planned(news, state, fraction)?.pausedUntil ?? now) - now) / 1_000;

describe("a pause", () => {
  it.each([
    [{ rejected: true, retryAfterMs: 7_000 }, 7_000],
    [{ rejected: true, retryAfterMs: 86_400_000 }, 600_000],
    [{ rejected: true, retryAfterMs: 1_000, remaining: 0, resetMs: 5_000 }, 5_000],
    [{ rejected: true, retryAfterMs: 1_000, remaining: 3, resetMs: 5_000 }, 1_000],
    [{ rejected: false, remaining: 0, resetMs: 5_000 }, 5_000],
    [{ rejected: false, remaining: 0, resetMs: 86_400_000 }, 600_000],
  ])("of %j is %i ms long", (news, expected) => {
    expect(pauseMs(news)).toBe(expected);
  });

  it.each([
    { rejected: false },
    { rejected: false, remaining: 1, resetMs: 5_000 },
    { rejected: false, remaining: 0 },
    { rejected: false, remaining: 0, resetMs: 0 },
    { rejected: false, retryAfterMs: 5_000 },
  ])("does not come of %j, which costs nothing", (news) => {
    expect(planned(news)).toBeUndefined();
  });

  it.each([undefined, 0, -5, Number.NaN, Number.POSITIVE_INFINITY])(
    "without a usable wait (%j) grows from strike to strike, with jitter, to a minute",
    (retryAfterMs) => {
      const news = { rejected: true, ...(retryAfterMs !== undefined && { retryAfterMs }) };
      expect([0, 1, 2, 5, 8, 40].map((strikes) => pauseMs(news, { strikes }))).toEqual([
        250, 500, 1_000, 8_000, 60_000, 60_000,
      ]);
      expect(pauseMs(news, { strikes: 1 }, 0)).toBe(250);
    },
  );

  it("fills the line until its end and the burst, so that calls come one by one after it", () => {
    const { set, conditions } = planned({ rejected: true, retryAfterMs: 1_000 })?.write ?? {
      set: {},
      conditions: [],
    };
    expect(set).toMatchObject({
      pausedUntil: { plus: now + 1_000_000 },
      tat: { plus: now + 1_200_000 },
      strikes: { plus: 1 },
    });
    expect(conditions).toContainEqual({ attribute: "tat", below: now + 1_200_000 });
    expect(conditions).toContainEqual({ attribute: "pausedUntil", below: now + 1_000_000 });
  });

  it.each([
    ["of a call that was sent before the last one ended", { pausedUntil: now }],
    ["in a row, since nothing was accepted between them", { strikes: 1 }],
  ])("%s says nothing about the rate", (_what, state) => {
    const settled = { rate: 10, step: 0.01, accepted: 500, sampleFrom: now - 60_000_000 };
    const refused = { rejected: true, retryAfterMs: 1_000 };
    expect(planned(refused, settled)?.write.set).toHaveProperty("rate");
    expect(planned(refused, { ...settled, ...state })?.write.set).not.toHaveProperty("rate");
  });

  it("is never shortened, and takes no slot back", () => {
    const far = { pausedUntil: now + 9_000_000, tat: now + 9_000_000 };
    const { set } = planned({ rejected: true, retryAfterMs: 1_000 }, far)?.write ?? { set: {} };
    expect(set).not.toHaveProperty("pausedUntil");
    expect(set).not.toHaveProperty("tat");
  });

  it("is no strike for a call that was sent before the last one had ended", () => {
    const { set } = planned({ rejected: true, retryAfterMs: 1_000 }, { pausedUntil: now })?.write ?? {
      set: {},
    };
    expect(set).not.toHaveProperty("strikes");
  });

  it("of a write that may only have been too near to its read leaves the rate alone, but where it is a storm", () => {
    const news = { rejected: true, tooNear: true, retryAfterMs: 1_000 };
    expect(Object.keys(planned(news)?.write.set ?? {}).sort()).toEqual(["pausedUntil", "strikes", "tat"]);
    const storm = { strikes: 6, rate: 2, peak: 9, accepted: 0 };
    expect(planned(news, storm)?.write.set).toMatchObject({ rate: { plus: 9 } });
  });

  it("of a storm puts the rate back to what it was", () => {
    const storm = { strikes: 6, rate: 2, peak: 9, accepted: 0 };
    expect(planned({ rejected: true }, storm)?.write.set).toMatchObject({
      rate: { plus: 9 },
      strikes: { plus: 7 },
    });
  });

  it("leaves the rate alone where the limit is not to be learned", () => {
    const fixed = { ...limits, adaptive: false };
    const plan = planPause(
      { rejected: true },
      { ...untouchedState, accepted: 9 },
      {
        limits: fixed,
        now,
        fraction: 1,
        call: { slotAt: now, rate: 10 },
      },
    );
    expect(Object.keys(plan?.write.set ?? {}).sort()).toEqual(["pausedUntil", "strikes", "tat"]);
  });
});
