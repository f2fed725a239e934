/** The members in which two contents differ. */
import type { JsonObject, JsonValue } from "../../platform/json.ts";
import { canonicallyEqual } from "./canonical-form.ts";

/** Top-level members in which two contents differ. */
export function touchedMembers(base: JsonObject, wanted: JsonObject): readonly string[] {
  const names = new Set([...Object.keys(base), ...Object.keys(wanted)]);
  return [...names].filter((name) => !canonicallyEqual(memberOf(base, name), memberOf(wanted, name)));
}

/** An own member; `undefined` where there is none. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
