import { describe, expect, it } from "vitest";
import { httpDateAt } from "../../../shared/providers/http-date.ts";
import { retryAfterMs } from "../../../shared/providers/retry-after.ts";

const now = Date.parse("2026-11-21T10:00:00Z");

describe("Retry-After", () => {
  it.each([
    ["7", 7_000],
    [" 7 ", 7_000],
    ["0.5", 500],
    ["86400", 86_400_000],
    ["Sat, 21 Nov 2026 10:01:00 GMT", 60_000],
  ])("%j is a wait of %i ms", (retryAfter, expected) => {
    expect(retryAfterMs({ retryAfter }, now)).toBe(expected);
  });

  it.each([
    undefined,
    "",
    "0",
    "-5",
    "NaN",
    "Infinity",
    "1e3",
    "0x10",
    "9".repeat(400),
    "soon",
    "maybe 2030",
    "2030-01-01T00:00:00Z",
    "Sat, 21 Nov 2026 10:00:00 GMT",
    "Sat, 21 Nov 2026 09:59:00 GMT",
    "Sat, 99 Nov 2026 10:01:00 GMT",
  ])("%j counts as absent", (retryAfter) => {
    expect(retryAfterMs({ retryAfter }, now)).toBeUndefined();
  });

  it("gives way to a usable retry-after-ms", () => {
    expect(retryAfterMs({ retryAfter: "7", retryAfterMs: "120.5" }, now)).toBe(120.5);
  });

  it.each(["0", "-1", "NaN", "soon"])("stands where retry-after-ms is %j", (unusable) => {
    expect(retryAfterMs({ retryAfter: "7", retryAfterMs: unusable }, now)).toBe(7_000);
  });
});

describe("an HTTP date", () => {
  it("is read as epoch milliseconds", () => {
    expect(httpDateAt("Sun, 06 Nov 1994 08:49:37 GMT")).toBe(784_111_777_000);
  });

  it.each([
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Xyz 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 PST",
  ])("is nothing but the one form that senders may write (%j)", (text) => {
    expect(httpDateAt(text)).toBeUndefined();
  });
});
