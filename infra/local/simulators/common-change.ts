/** Carries out the outside edits that every simulated provider knows. */
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { EffectCause } from "./effects-log.ts";
import type { CommonEdit } from "./outside-edit.ts";
import { OutsideEditError } from "./outside-edit-error.ts";
import type { AccountState, SimulatorTypes } from "./simulated-provider.ts";

export type ChangedDefinition = { readonly definitionId: string };

/** @throws {OutsideEditError} where it names something that is not there */
export function commonChange<T extends SimulatorTypes>(
  state: AccountState<T>,
  workspace: T["workspace"],
  edit: CommonEdit,
): ChangedDefinition | undefined {
  const { provider } = state;
  switch (edit.action) {
    case "edit":
      return rewrite(state, workspace, edit, (document) =>
        withoutMembers({ ...document, ...edit.set }, edit.unset),
      );
    case "rename":
      return rewrite(state, workspace, edit, (document) => ({
        ...document,
        [provider.nameMember]: edit.name,
      }));
    case "delete": {
      const document = existing(workspace, edit.definitionId);
      const left = provider.deleted(document, state.stamp(), state.switches);
      store(state, workspace, edit.definitionId, left, { by: "outside", action: edit.action });
      return { definitionId: edit.definitionId };
    }
    case "create":
      return create(state, workspace, edit.definition, edit.action);
    case "duplicate": {
      const original = existing(workspace, edit.definitionId);
      const name = edit.name ?? original[provider.nameMember] ?? "";
      return create(state, workspace, { ...original, [provider.nameMember]: name }, edit.action);
    }
    case "add-workspace":
      state.addWorkspace(edit.seed);
      state.save();
      return undefined;
    case "set-key":
      if (edit.key !== null && !state.workspaces.has(provider.key.parse(edit.key).workspace)) {
        throw new OutsideEditError("there is no such workspace");
      }
      state.setKey(edit.apiKey, edit.key);
      return undefined;
  }
}

/** @throws {OutsideEditError} */
export function rewrite<T extends SimulatorTypes>(
  state: AccountState<T>,
  workspace: T["workspace"],
  edit: { readonly action: string; readonly definitionId: string; readonly bumpTimestamp?: boolean },
  change: (document: JsonObject) => JsonObject,
): ChangedDefinition {
  const { definitionId, action, bumpTimestamp = true } = edit;
  const changed = change(existing(workspace, definitionId));
  const document = bumpTimestamp ? state.provider.stamped(changed, state.stamp(), state.switches) : changed;
  store(state, workspace, definitionId, document, { by: "outside", action });
  return { definitionId };
}

export function store<T extends SimulatorTypes>(
  state: AccountState<T>,
  workspace: T["workspace"],
  id: string,
  document: JsonObject | undefined,
  cause: EffectCause,
): void {
  workspace.store(id, document, state.clock.now(), cause);
}

/** @throws {OutsideEditError} */
export function existing(workspace: SimulatorTypes["workspace"], id: string): JsonObject {
  const document = workspace.definition(id);
  if (document === undefined) throw new OutsideEditError(`there is no definition ${id}`);
  return document;
}

function create<T extends SimulatorTypes>(
  state: AccountState<T>,
  workspace: T["workspace"],
  members: JsonObject,
  action: string,
): ChangedDefinition {
  const definitionId = workspace.issueId();
  const document = state.provider.newDocument(members, definitionId, state.stamp(), state.switches);
  store(state, workspace, definitionId, document, { by: "outside", action });
  return { definitionId };
}

function withoutMembers(document: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([member]) => !members.includes(member)));
}
