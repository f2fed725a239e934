import { describe, expect, it } from "vitest";
import { parseInstant } from "../../../shared/platform/instant.ts";

describe("an RFC 3339 instant", () => {
  it.each([
    ["2026-11-21T10:00:00Z", Date.UTC(2026, 10, 21, 10)],
    ["2026-11-21t10:00:00z", Date.UTC(2026, 10, 21, 10)],
    ["2026-11-21T10:00:00.123999Z", Date.UTC(2026, 10, 21, 10, 0, 0, 123)],
    ["2026-11-21T10:00:00+05:30", Date.UTC(2026, 10, 21, 4, 30)],
    ["2026-11-21T00:00:00-01:00", Date.UTC(2026, 10, 21, 1)],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
  ])("%s is read", (text, at) => {
    expect(parseInstant(text)).toBe(at);
  });

  it.each([
    "2026-11-21",
    "2026-11-21T10:00:00",
    "2026-11-21 10:00:00Z",
    "2026-11-21T10:00Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-31T00:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T10:60:00Z",
    "2026-11-21T10:00:00 01:00",
    "1761074796123",
    "now",
    "",
  ])("%j is none", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
