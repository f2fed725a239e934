import { describe, expect, it } from "vitest";
import { jsonResponse } from "../../../functions/query-api/json-response.ts";
import { listResponse, MAX_PAGE_BYTES } from "../../../functions/query-api/list-response.ts";
import { Problem } from "../../../functions/query-api/problem.ts";

const page = async (sizes: readonly number[], hasMore = false, cursorAtEnd?: string) => {
  const response = listResponse({
    items: sizes.map((size, index) => ({ index, text: "x".repeat(size) })),
    view: (item) => item,
    cursorAfter: ({ index }) => `after-${index}`,
    hasMore,
    ...(cursorAtEnd !== undefined && { cursorAtEnd }),
  });
  const body = (await response.json()) as { items: unknown[]; next?: string };
  return { count: body.items.length, next: body.next };
};

describe("a page of a list", () => {
  it("names the next one only where there is one", async () => {
    expect(await page([1, 1])).toEqual({ count: 2, next: undefined });
    expect(await page([1, 1], true)).toEqual({ count: 2, next: "after-1" });
    expect(await page([])).toEqual({ count: 0, next: undefined });
  });

  it("ends where its items would be too large together, and the next goes on from there", async () => {
    const third = MAX_PAGE_BYTES / 3;
    expect(await page([third, third, third, 1])).toEqual({ count: 2, next: "after-1" });
    expect(await page([third, third])).toEqual({ count: 2, next: undefined });
  });

  it("goes on after what was looked through, also where nothing of that was shown", async () => {
    expect(await page([], true, "end")).toEqual({ count: 0, next: "end" });
    expect(await page([1], true, "end")).toEqual({ count: 1, next: "end" });
    // Not where the page was cut before its end.
    const half = MAX_PAGE_BYTES / 2;
    expect(await page([half, half, 1], true, "end")).toEqual({ count: 1, next: "after-0" });
  });

  it("has one item at least, however large", async () => {
    expect(await page([MAX_PAGE_BYTES + 1, 1])).toEqual({ count: 1, next: "after-0" });
  });
});

describe("an answer", () => {
  it("that Lambda could not send is a problem that says so", () => {
    expect(() => jsonResponse({ document: "é".repeat(2.3 * 1024 * 1024) })).toThrow(Problem);
    expect(jsonResponse({ document: "e".repeat(4 * 1024 * 1024) }).status).toBe(200);
  });
});
