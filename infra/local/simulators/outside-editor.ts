/** Carries out outside edits: now, later, or around the requests that they wait for. */
import { type ChangedDefinition, commonChange } from "./common-change.ts";
import type { CommonEdit } from "./outside-edit.ts";
import { OutsideEditError } from "./outside-edit-error.ts";
import { type MatchableRequest, requestMatches } from "./request-match.ts";
import type { OwnEdit, SimulatorTypes } from "./simulated-provider.ts";
import type { SimulatorState } from "./simulator-state.ts";

export type OutsideEditResult =
  | { readonly done: true; readonly definitionId?: string }
  /** It waits; should its definition be gone by then, it has no effect. */
  | { readonly done: false };

type WaitingEdit<Edit> = { readonly edit: Edit; seen: number };

const commonActions: ReadonlySet<string> = new Set<CommonEdit["action"]>([
  "edit",
  "rename",
  "delete",
  "create",
  "duplicate",
  "add-workspace",
  "set-key",
]);

export class OutsideEditor<T extends SimulatorTypes> {
  readonly #state: SimulatorState<T>;
  #waiting: WaitingEdit<T["edit"]>[] = [];

  constructor(state: SimulatorState<T>) {
    this.#state = state;
  }

  /** @throws {OutsideEditError} where it is to be done now and cannot */
  edit(edit: T["edit"]): OutsideEditResult {
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

  pending(): readonly T["edit"][] {
    return this.#waiting.map(({ edit }) => edit);
  }

  forgetPending(): void {
    this.#waiting = [];
  }

  #applyIfPossible(edit: T["edit"]): void {
    try {
      this.#change(edit);
    } catch (error) {
      if (!(error instanceof OutsideEditError)) throw error;
    }
  }

  #change(edit: T["edit"]): ChangedDefinition | undefined {
    const workspace = this.#workspaceOf(edit);
    return commonActions.has(edit.action)
      ? commonChange(this.#state, workspace, edit as CommonEdit)
      : this.#state.provider.change(this.#state, workspace, edit as OwnEdit<T>);
  }

  #workspaceOf(edit: T["edit"]): T["workspace"] {
    if (edit.workspace !== undefined && !this.#state.workspaces.has(edit.workspace)) {
      throw new OutsideEditError(`there is no workspace ${edit.workspace}`);
    }
    return this.#state.workspace(edit.workspace);
  }
}
