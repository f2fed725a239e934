import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_QUEUE_AGE_MS } from "../../../shared/retry/budget.ts";
import { LONGEST_WAIT_MS, waitMs } from "../../../shared/retry/wait.ts";

const minute = 60_000;
const receive = fc.integer({ min: 1, max: 1_000 });
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const wanted = fc.integer({ min: 0, max: 12 * 60 * minute });

describe("the wait of a message", () => {
  it("is never shorter than what was wanted, and at most a tenth longer where that decides", () => {
    fc.assert(
      fc.property(receive, wanted, fraction, (receiveCount, wantedMs, chance) => {
        const wait = waitMs(receiveCount, wantedMs, chance);
        expect(wait).toBeGreaterThanOrEqual(Math.min(wantedMs, LONGEST_WAIT_MS));
        if (wantedMs > 3 * 60 * minute) expect(wait).toBeLessThanOrEqual(Math.ceil(wantedMs * 1.1));
      }),
    );
  });

  it("is one that SQS takes, an invocation's time after the receive", () => {
    fc.assert(
      fc.property(receive, fc.maxSafeNat(), fraction, (receiveCount, wantedMs, chance) => {
        const wait = waitMs(receiveCount, wantedMs, chance);
        expect(Number.isSafeInteger(wait) && wait >= 0).toBe(true);
        expect(wait + 130_000).toBeLessThanOrEqual(12 * 60 * minute);
      }),
    );
  });

  it("backs off from a second to a minute where nothing more is wanted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fraction, (receiveCount, chance) => {
        const ceiling = Math.min(minute, 1_000 * 2 ** (receiveCount - 1));
        expect(waitMs(receiveCount, 0, chance)).toBe(Math.round(ceiling * chance));
      }),
    );
  });

  it.each([
    [99, 0],
    [100, 5 * minute],
    [299, 5 * minute],
    [300, 30 * minute],
    [799, 30 * minute],
    [800, 180 * minute],
    [999, 180 * minute],
  ])("is stretched from the receive number %i on", (receiveCount, least) => {
    expect(waitMs(receiveCount, 0, 0)).toBe(least);
  });

  it("is shortest where nothing is wanted and the chance falls so", () => {
    fc.assert(
      fc.property(receive, wanted, fraction, (receiveCount, wantedMs, chance) => {
        expect(waitMs(receiveCount, wantedMs, chance)).toBeGreaterThanOrEqual(waitMs(receiveCount, 0, 0));
      }),
    );
  });

  it("lets 12 days pass before SQS would move the message away, even if it is always the shortest", () => {
    let waitedMs = 0;
    for (let receiveCount = 1; receiveCount < 1_000; receiveCount += 1)
      waitedMs += waitMs(receiveCount, 0, 0);
    expect(waitedMs).toBeGreaterThan(MAX_QUEUE_AGE_MS);
  });

  it("spreads messages that wait for the same thing", () => {
    const waits = Array.from({ length: 100 }, (_, index) => waitMs(1, 300_000, index / 100));
    expect(new Set(waits).size).toBe(100);
  });
});
