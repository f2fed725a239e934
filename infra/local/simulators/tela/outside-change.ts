/** Carries out the outside edits that only Tela knows. */
import { type ChangedDefinition, existing, rewrite, store } from "../common-change.ts";
import type { AccountState, OwnEdit } from "../simulated-provider.ts";
import type { TelaTypes } from "./plan.ts";
import type { Workspace } from "./workspace.ts";

/** @throws {OutsideEditError} where it names something that is not there */
export function outsideChange(
  state: AccountState<TelaTypes>,
  workspace: Workspace,
  edit: OwnEdit<TelaTypes>,
): ChangedDefinition | undefined {
  switch (edit.action) {
    case "move":
      return rewrite(state, workspace, edit, (document) => ({ ...document, promptId: edit.promptId }));
    case "undelete":
      return rewrite(state, workspace, edit, (document) => ({ ...document, deletedAt: null }));
    case "purge":
      existing(workspace, edit.definitionId);
      store(state, workspace, edit.definitionId, undefined, { by: "outside", action: edit.action });
      return { definitionId: edit.definitionId };
    case "put-project":
      workspace.projects.set(edit.project.id, edit.project);
      state.save();
      return undefined;
    case "put-prompt":
      workspace.prompts.set(edit.prompt.id, edit.prompt);
      state.save();
      return undefined;
  }
}
