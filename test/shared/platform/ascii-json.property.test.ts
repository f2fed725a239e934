import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiJson } from "../../../shared/platform/ascii-json.ts";
import { parseJson, stringifyJson } from "../../../shared/platform/json.ts";
import { arbitraryJson } from "../../support/json-arbitraries.ts";

describe("JSON in ASCII", () => {
  it("has printable ASCII only, and parses to the same value, numbers by their text", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const text = asciiJson(value);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(stringifyJson(parseJson(text))).toBe(stringifyJson(value));
      }),
    );
  });
});
