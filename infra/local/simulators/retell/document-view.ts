/** How an answer shows a stored document; how documents are printed is one of the open points. */
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  withPlainNumbers,
} from "../../../../shared/platform/json.ts";
import type { Switches } from "./switches.ts";

export function documentView(document: JsonObject, { answerForm, modelsShownAs }: Switches): JsonValue {
  const model = document["llm_model"];
  const shownModel =
    typeof model === "string" && Object.hasOwn(modelsShownAs, model) ? modelsShownAs[model] : undefined;
  const shown = shownModel === undefined ? document : { ...document, llm_model: shownModel };
  if (answerForm === "sorted-members") return withSortedMembers(shown);
  return answerForm === "plain-numbers" ? withPlainNumbers(shown) : shown;
}

function withSortedMembers(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(withSortedMembers);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([member, inner]) => [member, withSortedMembers(inner)]));
}
