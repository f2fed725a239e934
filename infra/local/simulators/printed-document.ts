/** How an answer prints a stored document; that is one of the open points of every provider. */
import {
  isJsonArray,
  isJsonObject,
  type JsonValue,
  withPlainNumbers,
} from "../../../shared/platform/json.ts";
import type { CommonSwitches } from "./common-switches.ts";

export function printedDocument(value: JsonValue, { answerForm }: Pick<CommonSwitches, "answerForm">) {
  if (answerForm === "sorted-members") return withSortedMembers(value);
  return answerForm === "plain-numbers" ? withPlainNumbers(value) : value;
}

function withSortedMembers(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(withSortedMembers);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([member, inner]) => [member, withSortedMembers(inner)]));
}
