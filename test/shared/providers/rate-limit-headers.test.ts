import { describe, expect, it } from "vitest";
import { rateLimitNews } from "../../../shared/providers/rate-limit-headers.ts";

describe("the RateLimit header", () => {
  it.each([
    ['"default";r=50;t=30', 50, 30_000],
    ['"default";r=0;t=7', 0, 7_000],
    ['  "default" ; r=50 ; t=30 ', 50, 30_000],
    ['"default";t=30;r=50', 50, 30_000],
    ['"with \\"quotes\\" and ;r=1;t=1";r=50;t=30', 50, 30_000],
    ['"default";r=50;t=30;pk=:cHJvamVjdC0x:;qu="requests";new', 50, 30_000],
    ['"default";r=1;r=50;t=30', 50, 30_000],
    ['"default";r=50;t=0', 50, 0],
  ])("%j leaves %i calls for %i ms", (header, remaining, resetMs) => {
    expect(rateLimitNews(header)).toEqual({ remaining, resetMs });
  });

  it.each([
    ['"second";r=9;t=1, "minute";r=3;t=40', 3, 40_000],
    ['"second";r=0;t=1,"minute";r=0;t=40', 0, 40_000],
    ['"minute";r=0;t=40 , "second";r=0;t=1', 0, 40_000],
    ['"concurrent";r=1, "minute";r=3;t=40', 3, 40_000],
  ])("of several policies the tightest counts: %j", (header, remaining, resetMs) => {
    expect(rateLimitNews(header)).toEqual({ remaining, resetMs });
  });

  it.each([
    undefined,
    "",
    "50",
    "default;r=50;t=30",
    "limit=100, remaining=50, reset=30",
    '"default"',
    '"default";r=50',
    '"default";t=30',
    '"default";r=-1;t=30',
    '"default";r=5.5;t=30',
    '"default";r="50";t=30',
    '"default";r=50;t=soon',
    '"default";r=1e3;t=30',
    '"default";r;t=30',
    `"default";r=${"9".repeat(30)};t=30`,
    '"default;r=50;t=30',
    '"default";r=50;t=30,',
    '"default" r=50 t=30',
    `"${"a".repeat(5_000)}";r=50;t=30`,
  ])("%j says nothing", (header) => {
    expect(rateLimitNews(header)).toBeUndefined();
  });

  it("of any length is read in no time", () => {
    const startedAt = performance.now();
    for (const part of ['";r=1', "\\", '"a";r=1,', ' ;r="', "; "])
      rateLimitNews(part.repeat(500).slice(0, 4_096));
    expect(performance.now() - startedAt).toBeLessThan(200);
  });
});
