/** A test's hands on a simulated provider, in its own process; `control-api.ts` offers the same over HTTP. */
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { Effect } from "./effects-log.ts";
import { type FaultInput, faultSchema } from "./fault.ts";
import type { QueuedFault } from "./fault-queue.ts";
import type { OutsideEditor, OutsideEditResult } from "./outside-editor.ts";
import type { LoggedRequest, RequestFilter } from "./request-log.ts";
import type { SimulatorTypes } from "./simulated-provider.ts";
import type { SimulatorState } from "./simulator-state.ts";

export type SimulatorSnapshot<T extends SimulatorTypes> = {
  /** Epoch ms on the simulated server's clock. */
  readonly serverNow: number;
  readonly switches: T["switches"];
  readonly workspaces: readonly T["seed"][];
  readonly pendingFaults: readonly QueuedFault[];
  readonly pendingEdits: readonly T["edit"][];
};

export class SimulatorControl<T extends SimulatorTypes> {
  readonly #state: SimulatorState<T>;
  readonly #editor: OutsideEditor<T>;

  constructor(state: SimulatorState<T>, editor: OutsideEditor<T>) {
    this.#state = state;
    this.#editor = editor;
  }

  get switches(): T["switches"] {
    return this.#state.switches;
  }

  /** Changes the switches that are named. @throws where a name or value is unknown */
  setSwitches(changes: Partial<T["switches"]>): T["switches"] {
    return this.#state.setSwitches(changes);
  }

  /** Queues a fault and returns its id, which the request that meets it is logged with. */
  addFault(fault: FaultInput): number {
    return this.#state.faults.add(faultSchema.parse(fault));
  }

  clearFaults(): void {
    this.#state.faults.clear();
  }

  /** @throws {OutsideEditError} where it is to be done now and cannot */
  edit(edit: T["editInput"]): OutsideEditResult {
    return this.#editor.edit(this.#state.provider.edit.parse(edit));
  }

  /** All are checked before the first is carried out. @throws as {@link edit} */
  editAll(edits: readonly unknown[]): readonly OutsideEditResult[] {
    return edits.map((edit) => this.#state.provider.edit.parse(edit)).map((edit) => this.#editor.edit(edit));
  }

  /** A definition as it is stored, whatever reads show. */
  definition(definitionId: string, workspace?: string): JsonObject | undefined {
    return this.#state.workspace(workspace).definition(definitionId);
  }

  /** All stored definitions, oldest first. */
  definitions(workspace?: string): readonly JsonObject[] {
    return this.#state
      .workspace(workspace)
      .rows()
      .map(({ document }) => document);
  }

  requests(filter?: RequestFilter): readonly LoggedRequest[] {
    return this.#state.requests.list(filter);
  }

  effects(filter?: { after?: number; definitionId?: string }): readonly Effect[] {
    return this.#state.effects.list(filter);
  }

  snapshot(): SimulatorSnapshot<T> {
    return {
      serverNow: this.#state.serverNow(),
      switches: this.#state.switches,
      workspaces: [...this.#state.workspaces.values()].map((workspace) => workspace.toSeed()),
      pendingFaults: this.#state.faults.pending(),
      pendingEdits: this.#editor.pending(),
    };
  }

  /** Back to the start, as if just started without a data file. */
  reset(): void {
    this.#editor.forgetPending();
    this.#state.reset();
  }
}
