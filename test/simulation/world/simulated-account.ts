/** The provider's side: a simulated workspace on the virtual clock that notes who has done what. */
import type { Delivery, SimulatedRequest } from "../../../infra/local/simulators/delivery.ts";
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import { OutsideEditError } from "../../../infra/local/simulators/outside-edit-error.ts";
import type { OutsideEditInput } from "../../../infra/local/simulators/retell/outside-edit.ts";
import { createRetellSimulator } from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { Secret } from "../../../shared/platform/secret-cache.ts";
import type { ArrivedCall, Facts } from "./facts.ts";
import type { KeyTrouble } from "./scenario.ts";
import type { Sender } from "./simulated-transport.ts";
import type { VirtualTime } from "./virtual-time.ts";

const WORKSPACE = "workspace_1";
export const ENGINES = ["llm_1", "llm_2"] as const;

type Simulator = ReturnType<typeof createRetellSimulator>;

export class SimulatedAccount {
  readonly #time: VirtualTime;
  readonly #facts: Facts;
  readonly #simulator: Simulator;
  readonly #onEffect: (effect: Effect) => void;
  readonly #onCall: (call: ArrivedCall, body: string) => void;
  #issued = 0;
  #keyVersion = 1;

  constructor(
    time: VirtualTime,
    facts: Facts,
    switches: Partial<Switches>,
    listeners: { onEffect(effect: Effect): void; onCall(call: ArrivedCall, body: string): void },
  ) {
    this.#time = time;
    this.#facts = facts;
    this.#onEffect = (effect) => listeners.onEffect(effect);
    this.#onCall = (call, body) => listeners.onCall(call, body);
    const engine = { type: "retell-llm" as const, version: 3, modifiedAt: 1_700_000_000_000 };
    this.#simulator = createRetellSimulator({
      clock: {
        now: () => time.now(),
        after: (delayMs, action) => time.after(delayMs, () => this.#noticing(action)),
      },
      keys: { [keyText(1)]: { workspace: WORKSPACE } },
      seed: [{ id: WORKSPACE, orgName: "Acme", engines: ENGINES.map((id) => ({ ...engine, id })) }],
      switches,
      newId: () => {
        this.#issued += 1;
        return `test_case_${this.#issued}`;
      },
    });
  }

  async arrive(request: SimulatedRequest, fault: FaultInput | undefined, sender: Sender): Promise<Delivery> {
    this.#notice();
    const call: ArrivedCall = {
      number: this.#facts.calls.length + 1,
      method: request.method,
      path: request.target,
      at: this.#time.now(),
      effectsBefore: this.#facts.effects.length,
      requestId: sender.requestId,
      epoch: sender.epoch,
      invocation: sender.invocation,
    };
    this.#facts.calls.push(call);
    if (fault !== undefined) this.#simulator.workspace.addFault(fault);
    const delivery = this.#simulator.handle(request);
    // With nothing to wait for, a call takes effect before the next event.
    this.#time.after(0, () => {
      this.#notice();
      // One that was refused for its key has not met its fault; nobody else shall.
      this.#simulator.workspace.clearFaults();
    });
    this.#onCall(call, request.body ?? "");
    return await delivery;
  }

  /** An outside edit; `undefined` where it cannot be made. */
  edit(edit: OutsideEditInput): string | undefined {
    try {
      const result = this.#simulator.workspace.edit(edit);
      return result.done ? result.definitionId : undefined;
    } catch (error) {
      if (!(error instanceof OutsideEditError)) throw error;
      return undefined;
    } finally {
      this.#notice();
    }
  }

  definition(definitionId: string): JsonObject | undefined {
    return this.#simulator.workspace.definition(definitionId);
  }

  definitions(): readonly JsonObject[] {
    return this.#simulator.workspace.definitions();
  }

  /** The key as the secret store has it. */
  get secret(): Secret {
    return { text: keyText(this.#keyVersion), version: `version-${this.#keyVersion}` };
  }

  plan({ from, until, kind }: KeyTrouble): void {
    const at = (instant: number, action: () => void) => this.#time.after(instant - this.#time.now(), action);
    const restricted = { workspace: WORKSPACE, permissions: { testing: "read" as const } };
    at(from, () => this.#setKey(kind === "read-only" ? restricted : null));
    at(until, () => {
      if (kind === "replaced") this.#keyVersion += 1;
      this.#setKey({ workspace: WORKSPACE });
    });
  }

  #setKey(key: Extract<OutsideEditInput, { action: "set-key" }>["key"]): void {
    this.#simulator.workspace.edit({ action: "set-key", apiKey: keyText(this.#keyVersion), key });
  }

  #noticing(action: () => void): void {
    action();
    // What the action starts goes on in microtasks; the next event of this instant sees all of it.
    this.#time.after(0, () => this.#notice());
  }

  #notice(): void {
    for (const effect of this.#simulator.workspace.effects({ after: this.#facts.effects.length })) {
      this.#facts.effects.push(effect);
      this.#onEffect(effect);
    }
  }
}

function keyText(version: number): string {
  return `key_${version}`;
}
