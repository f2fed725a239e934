import { describe, expect, it } from "vitest";
import { isChangedWidely, isTooMuchMissing } from "../../../../shared/reconciliation/scan/breaker.ts";

describe("what is missing", () => {
  it.each([
    // known, missing, listed, too much
    [3, 3, 1, false],
    [4, 3, 1, false],
    [4, 4, 1, true],
    [10, 3, 7, false],
    [10, 4, 6, true],
    [20, 4, 16, false],
    [20, 5, 15, true],
    [100, 20, 80, false],
    [100, 21, 79, true],
    // An empty list, however few of those that were there are undecided.
    [3, 3, 0, false],
    [4, 4, 0, true],
    [100, 4, 0, true],
    [100, 3, 0, false],
    [0, 0, 0, false],
  ])("of %i known %i, with %i rows, is too much: %s", (known, missing, listed, expected) => {
    expect(isTooMuchMissing({ known, missing, listed })).toBe(expected);
  });
});

describe("what has changed", () => {
  it.each([
    [5, 5, false],
    [10, 10, false],
    [15, 11, true],
    [100, 50, false],
    [100, 51, true],
  ])("of %i known %i is too much to be healed: %s", (known, changed, expected) => {
    expect(isChangedWidely({ known, changed })).toBe(expected);
  });
});
