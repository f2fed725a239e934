import { describe, expect, it } from "vitest";
import { parseSchedule, untilNextMs } from "../../../../infra/local/functions/schedule-expression.ts";

const hourMs = 3_600_000;

describe("a schedule expression", () => {
  it.each([
    ["rate(1 minute)", 60_000],
    ["rate(15 minutes)", 900_000],
    ["rate(2 hours)", 2 * hourMs],
    ["rate(1 day)", 24 * hourMs],
  ])("with a rate runs first after one interval: %s", (expression, expected) => {
    expect(untilNextMs(parseSchedule(expression), Date.now())).toBe(expected);
  });

  it.each([
    ["2026-11-21T01:00:00Z", 2 * hourMs],
    ["2026-11-21T03:00:00Z", 24 * hourMs],
    ["2026-11-21T23:30:00Z", 3.5 * hourMs],
    ["2026-12-31T23:59:59.999Z", 3 * hourMs + 1],
  ])("for once a day runs at its time in UTC: from %s", (now, expected) => {
    for (const expression of ["cron(0 3 * * ? *)", "cron(0 3 ? * * *)"]) {
      expect(untilNextMs(parseSchedule(expression), Date.parse(now))).toBe(expected);
    }
  });

  it.each([
    "rate(0 minutes)",
    "rate(5 seconds)",
    "cron(0 24 * * ? *)",
    "cron(0 3 * * MON *)",
    "at(2026-11-21T03:00:00)",
  ])("that is not known is an error: %s", (expression) => {
    expect(() => parseSchedule(expression)).toThrow(`the schedule expression ${expression} is not known`);
  });
});
