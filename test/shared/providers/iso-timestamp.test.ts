import { describe, expect, it } from "vitest";
import { isoTimestamp } from "../../../shared/providers/iso-timestamp.ts";

const at = Date.UTC(2023, 10, 7, 5, 31, 56);

describe("a provider's ISO timestamp", () => {
  it.each([
    ["2023-11-07T05:31:56Z", at],
    ["2023-11-07T05:31:56.789Z", at + 789],
    ["2023-11-07T05:31:56.789123Z", at + 789],
    ["2023-11-07T06:31:56+01:00", at],
    ["2023-11-07 05:31:56+00:00", at],
  ])("is read from %s and kept as it was written", (raw, ms) => {
    expect(isoTimestamp(raw, { zoneless: "refused" })).toEqual({ raw, at: ms });
  });

  it("without a zone is UTC, of the zone that somebody knows, or none at all", () => {
    const raw = "2023-11-07T05:31:56.789123";
    expect(isoTimestamp(raw, { zoneless: "utc" })).toEqual({ raw, at: at + 789 });
    expect(isoTimestamp(raw, { zoneless: "-05:30" })).toEqual({ raw, at: at + 789 + 19_800_000 });
    expect(isoTimestamp(`${raw}+01:00`, { zoneless: "-05:30" })?.at).toBe(at + 789 - 3_600_000);
    expect(isoTimestamp(raw, { zoneless: "refused" })).toBeUndefined();
  });

  it.each([
    undefined,
    null,
    at,
    "",
    "yesterday",
    "2023-11-07",
    "2023-02-30T00:00:00Z",
    "1969-12-31T23:59:59Z",
  ])("is none in %j", (value) => {
    expect(isoTimestamp(value, { zoneless: "utc" })).toBeUndefined();
  });
});
