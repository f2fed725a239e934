/** Carries out outside edits: now, later, or around the requests that they wait for. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import type { EffectCause } from "../effects-log.ts";
import { type MatchableRequest, requestMatches } from "../request-match.ts";
import type { OutsideEdit } from "./outside-edit.ts";
import type { SimulatorState } from "./simulator-state.ts";
import { engineKey } from "./test-case-document.ts";
import type { Workspace } from "./workspace.ts";

/** The edit names something that is not there. */
export class OutsideEditError extends Error {
  override name = "OutsideEditError";
}

export type OutsideEditResult =
  | { readonly done: true; readonly definitionId?: string }
  /** It waits; should its definition be gone by then, it has no effect. */
  | { readonly done: false };

type WaitingEdit = { readonly edit: OutsideEdit; seen: number };

export class OutsideEditor {
  readonly #state: SimulatorState;
  #waiting: WaitingEdit[] = [];

  constructor(state: SimulatorState) {
    this.#state = state;
  }

  /** @throws {OutsideEditError} where it is to be done now and cannot */
  edit(edit: OutsideEdit): OutsideEditResult {
    if (edit.when !== undefined) {
      this.#waiting.push({ edit, seen: 0 });
      return { done: false };
    }
    if (edit.afterMs !== undefined) {
      this.#state.scheduled.after(edit.afterMs, () => this.#applyIfPossible(edit));
      return { done: false };
    }
    return { done: true, ...this.#change(edit) };
  }

  /** To be called around the effect of every request. */
  requestArrived(phase: "before" | "after", request: MatchableRequest): void {
    for (const waiting of [...this.#waiting]) {
      const { when } = waiting.edit;
      if (when?.phase !== phase || !requestMatches(when.match, request)) continue;
      waiting.seen += 1;
      const first = when.match.nth ?? 1;
      const last =
        when.match.times === "always" ? Number.POSITIVE_INFINITY : first + (when.match.times ?? 1) - 1;
      if (waiting.seen >= first) this.#applyIfPossible(waiting.edit);
      if (waiting.seen >= last) this.#waiting = this.#waiting.filter((other) => other !== waiting);
    }
  }

  pending(): readonly OutsideEdit[] {
    return this.#waiting.map(({ edit }) => edit);
  }

  forgetPending(): void {
    this.#waiting = [];
  }

  #applyIfPossible(edit: OutsideEdit): void {
    try {
      this.#change(edit);
    } catch (error) {
      if (!(error instanceof OutsideEditError)) throw error;
    }
  }

  #change(edit: OutsideEdit): { definitionId: string } | undefined {
    const workspace = this.#workspaceOf(edit);
    switch (edit.action) {
      case "edit":
        return this.#rewrite(workspace, edit, (document) =>
          withoutMembers({ ...document, ...edit.set }, edit.unset),
        );
      case "rename":
        return this.#rewrite(workspace, edit, (document) => ({ ...document, name: edit.name }));
      case "move":
        return this.#rewrite(workspace, edit, (document) => ({
          ...document,
          response_engine: edit.responseEngine,
        }));
      case "delete":
        existing(workspace, edit.definitionId);
        this.#store(workspace, edit.definitionId, undefined, { by: "outside", action: edit.action });
        return { definitionId: edit.definitionId };
      case "create":
        return this.#create(workspace, edit.definition, edit.action);
      case "duplicate": {
        const original = existing(workspace, edit.definitionId);
        return this.#create(
          workspace,
          { ...original, name: edit.name ?? original["name"] ?? "" },
          edit.action,
        );
      }
      case "migrate-models":
        this.#migrateModels(workspace, edit);
        return undefined;
      case "add-engine":
        workspace.addEngine(edit.engine);
        this.#state.save();
        return undefined;
      case "delete-engine":
        this.#deleteEngine(workspace, engineKey(edit.type, edit.id));
        return undefined;
      case "add-workspace":
        this.#state.addWorkspace(edit.seed);
        this.#state.save();
        return undefined;
      case "set-key":
        if (edit.key !== null && !this.#state.workspaces.has(edit.key.workspace)) {
          throw new OutsideEditError(`there is no workspace ${edit.key.workspace}`);
        }
        this.#state.setKey(edit.apiKey, edit.key);
        return undefined;
    }
  }

  #rewrite(
    workspace: Workspace,
    edit: { action: string; definitionId: string; bumpTimestamp?: boolean },
    change: (document: JsonObject) => JsonObject,
  ): { definitionId: string } {
    const changed = change(existing(workspace, edit.definitionId));
    const document = edit.bumpTimestamp === false ? changed : this.#stamped(changed);
    this.#store(workspace, edit.definitionId, document, { by: "outside", action: edit.action });
    return { definitionId: edit.definitionId };
  }

  #create(workspace: Workspace, members: JsonObject, action: string): { definitionId: string } {
    const definitionId = workspace.issueId();
    const document = {
      ...members,
      test_case_definition_id: definitionId,
      type: "simulation",
      creation_timestamp: this.#state.stamp(),
    };
    this.#store(workspace, definitionId, this.#stamped(document), { by: "outside", action });
    return { definitionId };
  }

  #migrateModels(
    workspace: Workspace,
    { replacements, bumpTimestamp }: { replacements: Record<string, string>; bumpTimestamp: boolean },
  ): void {
    for (const { id, document } of workspace.rows()) {
      const model = document["llm_model"];
      if (typeof model !== "string" || !Object.hasOwn(replacements, model)) continue;
      const migrated: JsonObject = { ...document, llm_model: replacements[model] ?? model };
      const stored = bumpTimestamp ? this.#stamped(migrated) : migrated;
      this.#store(workspace, id, stored, { by: "migration" });
    }
  }

  #deleteEngine(workspace: Workspace, key: string): void {
    if (!workspace.engines.has(key)) throw new OutsideEditError(`there is no engine ${key}`);
    workspace.deleteEngine(key);
    this.#state.save();
    if (this.#state.switches.orphans !== "deleted") return;
    for (const { id } of workspace.rows({ engine: key })) {
      this.#store(workspace, id, undefined, { by: "outside", action: "delete-engine" });
    }
  }

  #stamped(document: JsonObject): JsonObject {
    return { ...document, user_modified_timestamp: this.#state.stamp() };
  }

  #store(workspace: Workspace, id: string, document: JsonObject | undefined, cause: EffectCause): void {
    workspace.store(id, document, this.#state.clock.now(), cause);
  }

  #workspaceOf(edit: OutsideEdit): Workspace {
    if (edit.workspace !== undefined && !this.#state.workspaces.has(edit.workspace)) {
      throw new OutsideEditError(`there is no workspace ${edit.workspace}`);
    }
    return this.#state.workspace(edit.workspace);
  }
}

/** @throws {OutsideEditError} */
function existing(workspace: Workspace, id: string): JsonObject {
  const document = workspace.definition(id);
  if (document === undefined) throw new OutsideEditError(`there is no definition ${id}`);
  return document;
}

function withoutMembers(document: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([member]) => !members.includes(member)));
}
