import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHash, canonicalJson } from "../../../../shared/definition/document/canonical-form.ts";
import {
  isJsonArray,
  isJsonObject,
  type JsonValue,
  parseJson,
  stringifyJson,
} from "../../../../shared/platform/json.ts";
import { arbitraryJson } from "../../../support/json-arbitraries.ts";

describe("canonical form", () => {
  it("is what an independent RFC 8785 library makes of ordinary values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(value as JsonValue)).toBe(canonicalize(value));
      }),
    );
  });

  it("is idempotent: parsed and made again it is the same", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const canonical = canonicalJson(value);
        expect(canonicalJson(parseJson(canonical))).toBe(canonical);
      }),
    );
  });

  it("does not depend on the order of members", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        expect(canonicalHash(reversed(value))).toBe(canonicalHash(value));
      }),
    );
  });

  it("survives a round trip through the provider's text", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        expect(canonicalHash(parseJson(stringifyJson(value)))).toBe(canonicalHash(value));
      }),
    );
  });
});

describe("JSON text", () => {
  it("keeps every number's text through parse and print", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const text = stringifyJson(value);
        expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });
});

function reversed(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(reversed);
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([name, member]) => [name, reversed(member)]),
    );
  }
  return value;
}
