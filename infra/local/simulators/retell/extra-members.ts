/** Members inside `response_engine` and `tool_mocks` that no document names. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import type { Switches } from "./switches.ts";

/**
 * What is stored of an object that may carry more members than the documented ones.
 * @returns undefined where extra members are there and refused
 */
export function withoutExtraMembers(
  value: JsonObject,
  documented: readonly string[],
  extra: Switches["unknownNestedMembers"],
): JsonObject | undefined {
  const entries = Object.entries(value);
  const known = entries.filter(([member]) => documented.includes(member));
  if (extra === "kept" || known.length === entries.length) return value;
  return extra === "ignored" ? Object.fromEntries(known) : undefined;
}
