import { describe, expect, it } from "vitest";
import { afterRefusal, currentRate, rateBeforeStorm } from "../../../shared/rate-limit/rate-curve.ts";
import { untouchedState } from "../../support/untouched-limiter.ts";

const now = Date.parse("2026-11-21T10:00:00.000Z") * 1_000;
const SECOND = 1_000_000;
/** A rate that was found long ago, and used since. */
const settled = { ...untouchedState, rate: 10, step: 0.01, accepted: 500, sampleFrom: now - 50 * SECOND };

describe("the rate", () => {
  it("is never above the ceiling, and gentle to begin with", () => {
    expect(currentRate(untouchedState, 50)).toBe(2);
    expect(currentRate(untouchedState, 0.5)).toBe(0.5);
    expect(currentRate({ ...untouchedState, proven: 1e6 }, 50)).toBe(50);
    expect(currentRate({ ...settled, proven: 1e6 }, 50)).toBe(50);
    expect(currentRate({ ...settled, rate: 60 }, 50)).toBe(50);
  });

  it("begins at the least one under a ceiling that was raised from below that", () => {
    expect(currentRate({ ...settled, rate: 0.01 }, 10)).toBe(0.25);
    expect(currentRate({ ...settled, rate: 0.01 }, 0.1)).toBe(0.1);
    expect(currentRate({ ...settled, rate: 0.01, proven: 260 }, 10)).toBeGreaterThan(0.25);
  });

  it("grows by about a step until the next refusal is expected, and ever faster after that", () => {
    const growth = (proven: number) => currentRate({ ...settled, proven }, 1_000) / 10 - 1;
    expect(growth(260)).toBeCloseTo(0.0075, 3);
    expect(growth(520) - growth(260)).toBeGreaterThan(growth(260));
    expect(growth(2_400)).toBeGreaterThan(0.5);
  });
});

describe("a ceiling right above the rate", () => {
  it("is what somebody knows: it is approached sooner", () => {
    const growth = (ceiling: number) => currentRate({ ...settled, proven: 180 }, ceiling) / 10 - 1;
    expect(growth(11)).toBeGreaterThan(0.0065);
    expect(growth(20)).toBeLessThan(0.006);
  });
});

describe("a refusal", () => {
  it("of a call that was sent at a lower rate lowers that one", () => {
    const { rate } = afterRefusal({ ...untouchedState, proven: 100, accepted: 100 }, 50, now, 11);
    expect(currentRate({ ...untouchedState, proven: 100 }, 50)).toBe(14);
    expect(rate).toBeCloseTo(11 * 0.85);
  });

  it("at the ceiling lowers less: the limit is known", () => {
    expect(afterRefusal({ ...untouchedState, proven: 1_000, accepted: 9 }, 10, now, 10)).toMatchObject({
      rate: 9,
    });
  });

  it("alone lowers a settled rate by a step", () => {
    expect(afterRefusal(settled, 50, now, 10)).toMatchObject({
      rate: 9.9,
      step: 0.01,
      proven: 0,
      accepted: 0,
    });
  });

  it("halves a large step", () => {
    const { rate, step } = afterRefusal({ ...settled, step: 0.08 }, 50, now, 10);
    expect(rate).toBeCloseTo(9.2);
    expect(step).toBe(0.04);
  });

  it("that comes much too soon takes a larger step, though never more than in the first search", () => {
    const refused = (memory: object) => afterRefusal({ ...settled, ...memory }, 50, now, 10);
    expect(refused({ accepted: 59 }).rate).toBeCloseTo(10 * (1 - 0.04));
    expect(refused({ accepted: 59 }).step).toBeCloseTo(0.02);
    expect(refused({ accepted: 60 }).rate).toBeCloseTo(10 * (1 - 0.01));
    expect(refused({ accepted: 59, step: 0.03 }).rate).toBeCloseTo(10 * (1 - 0.045));
    // A step that is larger because of a cut is not made smaller.
    expect(refused({ accepted: 59, step: 0.15 }).rate).toBeCloseTo(8.5);
  });

  it("among few calls lowers the rate by the share of refusals, once for the calls under way", () => {
    const sample = { ...settled, rate: 9.9, refused: 9, sampleFrom: now - SECOND, sampleRate: 10 };
    // 9 of the 10 calls since the first refusal and of 2 before: more than half is never taken away at once.
    const cut = afterRefusal(sample, 50, now, 10);
    expect(cut.rate).toBe(5);
    expect(cut.sampleFrom).toBeGreaterThan(now);
    expect(afterRefusal({ ...sample, ...cut, accepted: 5 }, 50, now + 1, 10)).toEqual({});
    expect(afterRefusal({ ...sample, refused: 3 }, 50, now, 10).rate).toBeCloseTo(10 * (1 - 3 / 12));
  });

  it("of a call at the new rate, after others, takes nearly as much away again while the step is large", () => {
    const sample = { ...settled, rate: 8.3, step: 0.045, refused: 2, sampleFrom: now, sampleRate: 10 };
    const cut = afterRefusal(sample, 50, now + SECOND, 8.3);
    expect(cut.rate).toBeCloseTo(8.3 * (1 - 0.12));
    expect(cut).toMatchObject({ refused: 1, sampleFrom: now + SECOND, sampleRate: cut.rate });
    expect(cut.step).toBeCloseTo(0.036);
    // Of one that was reserved before, of the first one behind, and where the rate is known well: a rough share.
    expect(afterRefusal(sample, 50, now + SECOND, 10)).toEqual({ refused: 3 });
    expect(afterRefusal({ ...sample, refused: 1 }, 50, now + SECOND, 8.3)).toEqual({ refused: 2 });
    expect(afterRefusal({ ...sample, step: 0.01 }, 50, now + SECOND, 8.3)).toEqual({ refused: 3 });
  });

  it("alone says nothing about a rate of which less than a tenth was used, further ones count as ever", () => {
    const rare = { ...settled, step: 0.02, proven: 100, accepted: 49 };
    const first = afterRefusal(rare, 50, now, 10);
    const rate = currentRate(rare, 50);
    expect(first).toEqual({
      ...{ rate, peak: rate, proven: 0, accepted: 0 },
      ...{ refused: 1, sampleFrom: now, sampleRate: 10 },
    });
    const second = afterRefusal({ ...rare, ...first }, 50, now + SECOND, 10);
    expect(second.rate).toBeCloseTo(10 * (1 - 1 / 12));
    expect(afterRefusal({ ...rare, accepted: 51 }, 50, now, 10).rate).toBeLessThan(10);
  });

  it("that comes long after the last one begins a new sample", () => {
    const sample = { ...settled, refused: 5, sampleFrom: now - 3 * SECOND, sampleRate: 10 };
    expect(afterRefusal(sample, 50, now, 10)).toMatchObject({ refused: 1, sampleFrom: now, rate: 9.9 });
  });

  it("says nothing about the rate where nothing is accepted", () => {
    expect(afterRefusal({ ...settled, accepted: 0 }, 50, now, 10)).toEqual({});
  });

  it("never lowers the rate below one call in four seconds, or the ceiling", () => {
    expect(afterRefusal({ ...settled, rate: 0.25 }, 50, now, 0.25)).toMatchObject({ rate: 0.25 });
    expect(afterRefusal({ ...settled, rate: 0.05 }, 0.05, now, 0.05)).toMatchObject({ rate: 0.05 });
  });

  it("of a storm is forgotten", () => {
    const { peak } = afterRefusal(settled, 50, now, 10);
    expect(peak).toBe(10);
    expect(rateBeforeStorm({ peak: 10 })).toMatchObject({ rate: 10 });
    expect(afterRefusal({ ...settled, rate: 5, peak: 10, strikes: 1 }, 50, now, 5)).not.toHaveProperty(
      "peak",
    );
    expect(rateBeforeStorm(untouchedState)).toEqual({});
  });
});
