/** JSON text in ASCII alone, for channels that replace or refuse some characters. */
import { stringifyJson } from "./json.ts";

/** The compact JSON text of a value, everything beyond ASCII as `\uXXXX`; it parses to the same value. */
export function asciiJson(value: unknown): string {
  // Outside strings JSON is ASCII anyway, so every such character stands where an escape may stand.
  return stringifyJson(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
