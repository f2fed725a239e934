import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHash } from "../../../../shared/definition/document/canonical-form.ts";
import type { JsonValue } from "../../../../shared/platform/json.ts";
import { isViewOf, shapeOf } from "../../../../shared/reconciliation/scan/row-shape.ts";

const whole: JsonValue = {
  name: "a",
  engine: { id: "llm_1", version: 0 },
  mocks: [{ tool: "x", output: "{}", type: "y" }, { tool: "z" }],
  extra: null,
};

function isView(row: JsonValue, document: JsonValue): boolean {
  return isViewOf({ shape: shapeOf(row), rowHash: canonicalHash(row) }, document);
}

describe("a row", () => {
  it.each<[string, JsonValue, boolean]>([
    ["shows all", whole, true],
    ["lacks a member", { name: "a", extra: null }, true],
    ["lacks a member of a member", { ...whole, engine: { id: "llm_1" } }, true],
    ["lacks a member of an item", { ...whole, mocks: [{ tool: "x" }, { tool: "z" }] }, true],
    ["shows nothing", {}, true],
    ["shows another value", { ...whole, name: "b" }, false],
    ["shows another value of a member", { ...whole, engine: { id: "llm_2" } }, false],
    ["lacks an item", { ...whole, mocks: [{ tool: "x" }] }, false],
    ["shows a member that is not there", { ...whole, more: 1 }, false],
    ["shows no null", { ...whole, extra: 0 }, false],
    ["shows a list for an object", { ...whole, engine: [] }, false],
    ["shows an object for a text", { ...whole, name: {} }, false],
  ])("%s", (_what, row, expected) => {
    expect(isView(row, whole)).toBe(expected);
  });

  it("with as much in it as nobody would keep an outline of shows the same only if it is the same", () => {
    const large = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`member ${index}`, index]));
    expect(shapeOf(large)).toBeUndefined();
    expect(isView(large, large)).toBe(true);
    expect(isView(large, { ...large, more: 1 })).toBe(false);
  });

  it("is always a view of what it was taken from, with a member called __proto__ too", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(5), (text, nth) => {
        const document = JSON.parse(`{"value":${text},"__proto__":{"a":1},"other":[1]}`) as JsonValue;
        const members = Object.entries(document as object).filter((_entry, index) => index !== nth);
        expect(isView(Object.fromEntries(members), document)).toBe(true);
      }),
    );
  });
});
