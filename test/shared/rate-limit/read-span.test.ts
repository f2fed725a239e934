import { describe, expect, it } from "vitest";
import { ReadSpan, readAt } from "../../../shared/rate-limit/read-span.ts";

describe("the time that a read is expected to take", () => {
  it("is half as long again as the first one, and comes near what they usually take", () => {
    const span = new ReadSpan();
    expect(span.expectedMs()).toBe(200);
    span.took(40);
    expect(span.expectedMs()).toBe(60);
    for (let read = 0; read < 40; read += 1) span.took(40);
    expect(span.expectedMs()).toBeCloseTo(40, 0);
  });

  it("has room for those that last longer than the mean", () => {
    const span = new ReadSpan();
    for (let read = 0; read < 60; read += 1) span.took(read % 2 === 0 ? 100 : 140);
    expect(span.expectedMs()).toBeGreaterThan(140);
  });
});

describe("a pair's read", () => {
  const slot = (startsAt: number) => ({ startsAt, expiresAt: startsAt + 500 });

  it("is sent so late that the write can follow at once", () => {
    const span = new ReadSpan();
    span.took(100);
    expect(readAt(slot(1_000), slot(1_500), span)).toBe(1_350);
  });

  it("is sent in its slot, with time left for a late timer", () => {
    const span = new ReadSpan();
    span.took(100);
    expect(readAt(slot(1_000), slot(3_000), span)).toBe(1_450);
    expect(readAt(slot(1_000), slot(1_050), span)).toBe(1_000);
  });
});
