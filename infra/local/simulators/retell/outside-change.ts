/** Carries out the outside edits that only Retell knows. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { type ChangedDefinition, rewrite, store } from "../common-change.ts";
import { OutsideEditError } from "../outside-edit-error.ts";
import type { AccountState, OwnEdit } from "../simulated-provider.ts";
import type { OutsideEdit } from "./outside-edit.ts";
import type { RetellTypes } from "./plan.ts";
import { engineKey } from "./test-case-document.ts";
import type { Workspace } from "./workspace.ts";

type State = AccountState<RetellTypes>;

/** @throws {OutsideEditError} where it names something that is not there */
export function outsideChange(
  state: State,
  workspace: Workspace,
  edit: OwnEdit<RetellTypes>,
): ChangedDefinition | undefined {
  switch (edit.action) {
    case "move":
      return rewrite(state, workspace, edit, (document) => ({
        ...document,
        response_engine: edit.responseEngine,
      }));
    case "migrate-models":
      migrateModels(state, workspace, edit);
      return undefined;
    case "add-engine":
      workspace.addEngine(edit.engine);
      state.save();
      return undefined;
    case "delete-engine":
      deleteEngine(state, workspace, engineKey(edit.type, edit.id));
      return undefined;
  }
}

function migrateModels(
  state: State,
  workspace: Workspace,
  { replacements, bumpTimestamp }: Extract<OutsideEdit, { action: "migrate-models" }>,
): void {
  for (const { id, document } of workspace.rows()) {
    const model = document["llm_model"];
    if (typeof model !== "string" || !Object.hasOwn(replacements, model)) continue;
    const migrated: JsonObject = { ...document, llm_model: replacements[model] ?? model };
    const stored = bumpTimestamp ? stamped(migrated, state.stamp()) : migrated;
    store(state, workspace, id, stored, { by: "migration" });
  }
}

function deleteEngine(state: State, workspace: Workspace, key: string): void {
  if (!workspace.engines.has(key)) throw new OutsideEditError(`there is no engine ${key}`);
  workspace.deleteEngine(key);
  state.save();
  if (state.switches.orphans !== "deleted") return;
  for (const { id } of workspace.rows({ scope: key })) {
    store(state, workspace, id, undefined, { by: "outside", action: "delete-engine" });
  }
}

export function stamped(document: JsonObject, stamp: number): JsonObject {
  return { ...document, user_modified_timestamp: stamp };
}
