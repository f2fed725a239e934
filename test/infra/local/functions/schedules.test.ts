import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startSchedules } from "../../../../infra/local/functions/schedules.ts";

describe("schedules", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("run after each interval, one run after another, until they are stopped", () => {
    const runs: number[] = [];
    const begin = Date.now();
    const run = async (): Promise<void> => {
      runs.push(Date.now() - begin);
    };
    const stop = startSchedules([{ name: "a", schedule: { kind: "rate", everyMs: 60_000 }, run }]);
    vi.advanceTimersByTime(59_999);
    expect(runs).toEqual([]);
    vi.advanceTimersByTime(120_001);
    expect(runs).toEqual([60_000, 120_000, 180_000]);
    stop();
    vi.advanceTimersByTime(600_000);
    expect(runs).toHaveLength(3);
  });
});
