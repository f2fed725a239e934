/** Arbitrary JSON as providers may send it: unusual names, numbers with an own text, nested members. */
import fc from "fast-check";
import { type JsonObject, type JsonValue, parseJson } from "../../shared/platform/json.ts";

const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    "1.0",
    "-0",
    "0.10",
    "1e3",
    "1E+2",
    "12345678901234567890",
    "0.1000000000000000055511151231257827",
    "1e400",
  ),
);

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "\u0000",
    "\u0000number:1",
    "\u0000string:x",
    "\ud800",
    "é",
    "e\u0301",
    " trailing ",
    "\u2028",
    "__proto__",
  ),
);

const name = fc.oneof(
  { weight: 5, arbitrary: fc.string({ maxLength: 6 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "__proto__",
      "constructor",
      "toString",
      "a/b",
      "m~n",
      "",
      "-",
      "0",
      "\u0000proto",
      "length",
    ),
  },
);

/** A JSON text, so that numbers come with a text of their own. */
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: "json" },
    fc.constantFrom("null", "true", "false"),
    numberText,
    text.map((value) => JSON.stringify(value)),
    fc.array(tie("value"), { maxLength: 4, depthIdentifier: "json" }).map((items) => `[${items.join(",")}]`),
    objectText(tie("value")),
  ),
})).value;

function objectText(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .uniqueArray(fc.tuple(name, value), { maxLength: 5, selector: ([key]) => key })
    .map((members) => `{${members.map(([key, member]) => `${JSON.stringify(key)}:${member}`).join(",")}}`);
}

export const arbitraryJson: fc.Arbitrary<JsonValue> = jsonText.map(parseJson);
export const arbitraryObject: fc.Arbitrary<JsonObject> = objectText(jsonText).map(
  (json) => parseJson(json) as JsonObject,
);
