import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_QUEUE_AGE_MS } from "../../../shared/retry/budget.ts";
import { LONGEST_WAIT_MS, type WaitKind, waitMs } from "../../../shared/retry/wait.ts";

const minute = 60_000;
const hour = 60 * minute;
const ages = fc.oneof(fc.nat({ max: hour }), fc.nat({ max: 14 * 24 * hour }));
const messages = fc.record({ receiveCount: fc.integer({ min: 1, max: 1_000 }), ageMs: ages });
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const wanted = fc.integer({ min: 0, max: 12 * hour });
const kinds = fc.constantFrom<WaitKind>("backoff", "turn", "pause");
/** One that may be received often, so that nothing is demanded. */
const fresh = { receiveCount: 1, ageMs: 0 };

describe("the wait of a message", () => {
  it("is never shorter than what was wanted, and hardly longer unless it comes after a pause", () => {
    fc.assert(
      fc.property(wanted, ages, fraction, kinds, (wantedMs, ageMs, chance, kind) => {
        const wait = waitMs({ receiveCount: 1, ageMs }, wantedMs, chance, kind);
        expect(wait).toBeGreaterThanOrEqual(Math.min(wantedMs, LONGEST_WAIT_MS));
        if (kind === "turn") expect(wait).toBe(Math.min(wantedMs, LONGEST_WAIT_MS));
        if (kind === "backoff") expect(wait).toBeLessThanOrEqual(Math.max(1_000, Math.ceil(wantedMs * 1.1)));
      }),
    );
  });

  it("is one that SQS takes, an invocation's time after the receive", () => {
    fc.assert(
      fc.property(messages, fc.maxSafeNat(), fraction, kinds, (message, wantedMs, chance, kind) => {
        const wait = waitMs(message, wantedMs, chance, kind);
        expect(Number.isSafeInteger(wait) && wait >= 0).toBe(true);
        expect(wait + 130_000).toBeLessThanOrEqual(12 * hour);
      }),
    );
  });

  it("backs off from a second to a minute where nothing more is wanted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 98 }), ages, fraction, (receiveCount, ageMs, chance) => {
        const ceiling = Math.min(minute, 1_000 * 2 ** (receiveCount - 1));
        expect(waitMs({ receiveCount, ageMs }, 0, chance)).toBe(Math.round(ceiling * chance));
      }),
    );
  });

  it.each([
    // As often as it came until now, it may come after so many minutes.
    [99, 0, 0],
    [100, 0, 1],
    [199, 0, 103],
    [199, 103, 0],
    [293, 360, 0],
    [310, 360, 75],
  ])("of one received %i times, %i minutes old, is %i minutes at least", (receiveCount, age, least) => {
    const wait = waitMs({ receiveCount, ageMs: age * minute }, 0, 0, "turn");
    expect(Math.round(wait / minute)).toBe(least);
  });

  it("lets 12 days pass before SQS would move the message away, even if it is always the shortest", () => {
    let ageMs = 0;
    for (let receiveCount = 1; receiveCount < 700; receiveCount += 1)
      ageMs += waitMs({ receiveCount, ageMs }, 0, 0, "turn");
    expect(ageMs).toBeGreaterThan(MAX_QUEUE_AGE_MS);
  });

  it("leaves receives for short waits after six hours of pauses of a minute", () => {
    let [ageMs, receiveCount] = [0, 1];
    for (; ageMs < 6 * hour; receiveCount += 1)
      ageMs += waitMs({ receiveCount, ageMs }, minute, 0.5, "pause");
    expect(receiveCount).toBeLessThan(180);
    for (let short = 0; short < 50; short += 1, receiveCount += 1) {
      expect(waitMs({ receiveCount, ageMs }, 2_000, 0.5, "turn")).toBe(2_000);
    }
  });

  it("after a pause ends within a sixtieth of the age, and within twenty times the pause", () => {
    const latest = (wantedMs: number, ageMs: number, chance = 1 - 1e-9) =>
      waitMs({ receiveCount: 1, ageMs }, wantedMs, chance, "pause");
    expect(latest(minute, 2 * hour, 0)).toBe(2 * minute);
    expect(latest(minute, 2 * hour)).toBe(3 * minute);
    expect(latest(minute, 12 * hour)).toBe(13 * minute);
    expect(latest(minute, 48 * hour)).toBe(21 * minute);
    expect(latest(250, 24 * hour)).toBe(5_250);
    expect(latest(minute, 0)).toBe(minute);
  });

  it("spreads messages that wait for the same thing", () => {
    const waits = Array.from({ length: 100 }, (_, index) => waitMs(fresh, 300_000, index / 100));
    expect(new Set(waits).size).toBe(100);
    const late = { receiveCount: 150, ageMs: minute };
    const turns = Array.from({ length: 100 }, (_, index) => waitMs(late, 2_000, index / 100, "turn"));
    expect(new Set(turns).size).toBe(100);
  });
});
