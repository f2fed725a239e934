/** Names and ids in a provider's JSON. */
import { isJsonObject, type JsonValue } from "../platform/json.ts";

/** The object's own text of this name; `undefined` where it has none, or an empty one. */
export function textMember(value: JsonValue | undefined, name: string): string | undefined {
  const member = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof member === "string" && member !== "" ? member : undefined;
}

/** A name that a scope is called after is part of table keys: Unicode, and limited in size. */
export function isScopeName(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_SCOPE_NAME && value.isWellFormed();
}

export const MAX_SCOPE_NAME = 512;
