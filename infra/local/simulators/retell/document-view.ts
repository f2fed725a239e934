/** How an answer shows a stored document. */
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import { printedDocument } from "../printed-document.ts";
import type { Switches } from "./switches.ts";

export function documentView(document: JsonObject, switches: Switches): JsonValue {
  const { modelsShownAs } = switches;
  const model = document["llm_model"];
  const shownModel =
    typeof model === "string" && Object.hasOwn(modelsShownAs, model) ? modelsShownAs[model] : undefined;
  const shown = shownModel === undefined ? document : { ...document, llm_model: shownModel };
  return printedDocument(shown, switches);
}
