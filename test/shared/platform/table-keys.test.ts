import { describe, expect, it } from "vitest";
import { monthsBetween, submittedKey, submittedKeysSince } from "../../../shared/platform/table-keys.ts";

const at = (text: string) => Date.parse(`${text}Z`);

describe("the months of an index over time", () => {
  it.each([
    ["2026-11-21T10:00", "2026-11-21T11:00", ["2026-11"]],
    ["2026-11-01T00:00", "2026-11-01T00:00", ["2026-11"]],
    ["2026-11-30T23:59:59.999", "2026-12-01T00:00", ["2026-11", "2026-12"]],
    // The 31st has no counterpart in every month.
    [
      "2026-10-31T12:00",
      "2027-03-01T00:00",
      ["2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03"],
    ],
  ])("from %s to %s are %j", (from, to, months) => {
    expect(monthsBetween(at(from), at(to))).toEqual(months);
  });
});

describe("the bound of an instant in the index of requests", () => {
  it("lies below the keys of that instant and above those before it", () => {
    const now = at("2026-11-21T10:00");
    expect(submittedKeysSince(now) < submittedKey(now, "retell", "")).toBe(true);
    expect(submittedKeysSince(now) > submittedKey(now - 1, "zzz", "zzz")).toBe(true);
  });
});
