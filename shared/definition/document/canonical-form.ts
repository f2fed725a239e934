/**
 * The canonical form of JSON and its hash: the one implementation that everybody uses to compare.
 *
 * RFC 8785 with two additions, so that nothing is ever lost or refused: a number that does not survive a double
 * stands as its text, and a lone surrogate as its escape (`JSON.stringify` writes it so). `null` and absent differ,
 * arrays keep their order, strings are never trimmed or normalised.
 *
 * Written here because the kept libraries know no raw numbers; a property test compares it with one of them.
 */
import { createHash } from "node:crypto";
import { isJsonArray, isJsonObject, isRawNumber, type JsonValue } from "../../platform/json.ts";

export function canonicalJson(value: JsonValue): string {
  if (isRawNumber(value)) return canonicalNumberText(value.rawJSON);
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .sort(byCodeUnits)
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as JsonValue)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

export function canonicallyEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** `sha256:` and the hex SHA-256 of the canonical form. */
export function canonicalHash(value: JsonValue): string {
  return `sha256:${sha256Hex(canonicalJson(value))}`;
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** RFC 8785 orders members by UTF-16 code units, which is how JavaScript compares strings. */
function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalNumberText(text: string): string {
  const shortest = String(Number(text));
  return sameDecimal(text, shortest) ? shortest.replace(/^-0$/, "0") : text;
}

/** Do two number texts name the same decimal? `1.50e1` and `15` do; a 20-digit id and its double do not. */
function sameDecimal(a: string, b: string): boolean {
  const [left, right] = [decimalParts(a), decimalParts(b)];
  return (
    left !== undefined &&
    right !== undefined &&
    left.digits === right.digits &&
    (left.digits === "" || (left.negative === right.negative && left.exponent === right.exponent))
  );
}

function decimalParts(text: string): { negative: boolean; digits: string; exponent: number } | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", power = "0"] = match;
  const unpadded = (whole + fraction).replace(/^0+/, "");
  const digits = unpadded.replace(/0+$/, "");
  const exponent = Number(power) - fraction.length + (unpadded.length - digits.length);
  return Number.isSafeInteger(exponent) ? { negative: sign === "-", digits, exponent } : undefined;
}
