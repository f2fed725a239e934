import { describe, expect, it } from "vitest";
import { canonicalHash, canonicalJson } from "../../../../shared/definition/document/canonical-form.ts";
import { parseJson } from "../../../../shared/platform/json.ts";

const canonical = (text: string) => canonicalJson(parseJson(text));

describe("canonical form", () => {
  it.each([
    [
      "members sorted by UTF-16 code units",
      '{"b":1,"a":2,"\\ud83d\\ude00":3,"\\ufb33":4}',
      '{"a":2,"b":1,"\u{1f600}":3,"\ufb33":4}',
    ],
    ["numbers in their shortest form", "[1.0,1e2,-0,0.50,1E21]", "[1,100,0,0.5,1e+21]"],
    [
      "numbers that do not survive a double as their text",
      "[12345678901234567890,1e400]",
      "[12345678901234567890,1e400]",
    ],
    ["lone surrogates as their escape", '"\\ud800"', '"\\ud800"'],
    ["strings untouched", '" e\\u0301\\u2028 "', '" e\u0301\u2028 "'],
    ["a member called __proto__", '{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
  ])("writes %s", (_what, text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    ["null and absent", '{"a":null}', "{}"],
    ["the order of an array", "[1,2]", "[2,1]"],
    ["composed and decomposed characters", '"é"', '"e\\u0301"'],
    ["a large integer and its neighbour", "12345678901234567890", "12345678901234567891"],
    ["zero and absent", '{"version":0}', "{}"],
  ])("tells apart %s", (_what, a, b) => {
    expect(canonical(a)).not.toBe(canonical(b));
  });

  it("hashes the empty object to the well-known SHA-256 of {}", () => {
    expect(canonicalHash({})).toBe("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });
});
