/** Definitions in a local stack's simulated workspace, made by the outside editor. */
import type { JsonObject } from "../../shared/platform/json.ts";
import type { LocalStack } from "./local-stack.ts";
import { refundCase } from "./retell-world.ts";

/** Adds an engine; default: the one that `refundCase` names. */
export async function addEngine(stack: LocalStack, id?: string): Promise<void> {
  const { llm_id } = refundCase["response_engine"] as { llm_id: string };
  await stack.simulator("POST", "edits", {
    action: "add-engine",
    engine: { type: "retell-llm", id: id ?? llm_id, version: 3, modifiedAt: 1_700_000_000_000 },
  });
}

/** `refundCase` at another engine. */
export function caseOf(llmId: string): JsonObject {
  return { ...refundCase, response_engine: { type: "retell-llm", llm_id: llmId, version: 3 } };
}

/** Creates `count` definitions outside and answers their ids. */
export async function createOutside(
  stack: LocalStack,
  count: number,
  definition: JsonObject = refundCase,
): Promise<string[]> {
  const edits = Array.from({ length: count }, (_, index) => ({
    action: "create",
    definition: { ...definition, name: `${String(definition["name"])} ${index}` },
  }));
  const { results } = await stack.simulator<{ results: { definitionId: string }[] }>("POST", "edits", edits);
  return results.map(({ definitionId }) => definitionId);
}

/** A definition as the simulated provider holds it. */
export async function storedDefinition(
  stack: LocalStack,
  definitionId: string,
): Promise<JsonObject | undefined> {
  const state = await stack.simulator<{ workspaces: { definitions: JsonObject[] }[] }>("GET", "state");
  return state.workspaces
    .flatMap(({ definitions }) => definitions)
    .find((definition) => definition["test_case_definition_id"] === definitionId);
}
