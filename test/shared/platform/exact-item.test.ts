import { describe, expect, it } from "vitest";
import { exactItem } from "../../../shared/platform/exact-item.ts";
import { stringifyJson } from "../../../shared/platform/json.ts";

describe("an item, read exactly", () => {
  it("has plain values for what plain values hold", () => {
    expect(
      exactItem({
        text: { S: "" },
        number: { N: "-1.5" },
        yes: { BOOL: true },
        no: { BOOL: false },
        nothing: { NULL: true },
        bytes: { B: new Uint8Array([1]) },
        list: { L: [{ N: "0" }, { M: { a: { S: "b" } } }] },
      }),
    ).toEqual({
      text: "",
      number: -1.5,
      yes: true,
      no: false,
      nothing: null,
      bytes: new Uint8Array([1]),
      list: [0, { a: "b" }],
    });
  });

  it.each(["12345678901234567890", "1761074796123.0000000000000000001", "1E+100"])(
    "keeps the text of the number %s, which a double does not hold as it is",
    (text) => {
      expect(stringifyJson(exactItem({ number: { N: text } }))).toBe(`{"number":${text}}`);
    },
  );

  it("keeps members called __proto__ and tells a set from a list", () => {
    const nested = Object.fromEntries([["__proto__", { S: "x" }]]);
    expect(stringifyJson(exactItem({ nested: { M: nested } }))).toBe('{"nested":{"__proto__":"x"}}');
    expect(exactItem({ set: { SS: ["a"] } })).toEqual({ set: { SS: ["a"] } });
  });
});
