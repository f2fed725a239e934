/** What goes wrong with one step of a worker: a call of a port, which takes time and may be its last. */
import type { Chance } from "./chance.ts";

export type StepFault =
  /** The process ends before the call is made. */
  | "crash-before"
  /** The call is under way when the process ends; it takes effect nevertheless. */
  | "crash-in-flight"
  /** The call has taken effect, its answer comes to nobody. */
  | "crash-after"
  /** Throttled or unavailable: an error, and no effect. */
  | "error-before"
  /** An error, although it took effect. */
  | "lost-answer"
  /** The answer was lost, and the SDK made the call again by itself: the second one's answer counts. */
  | "repeated";

export type StepFaultRates = { readonly [Fault in StepFault]?: number } & {
  /** The call takes long to arrive, perhaps longer than the process lives. */
  readonly slow?: number;
  /** The process stands still before it sees the answer. */
  readonly stall?: number;
};

/** One crash, at this step of the run. */
export type PlannedCrash = { readonly step: number; readonly fault: Extract<StepFault, `crash-${string}`> };

export class StepFaults {
  readonly #chance: Chance;
  readonly #rates: readonly (readonly [StepFault, number])[];
  readonly #slow: number;
  readonly #stall: number;
  readonly #planned: PlannedCrash | undefined;
  #steps = 0;
  #isOver = false;

  constructor(chance: Chance, rates: StepFaultRates, planned?: PlannedCrash) {
    const { slow = 0, stall = 0, ...faults } = rates;
    this.#chance = chance;
    this.#rates = Object.entries(faults) as [StepFault, number][];
    this.#slow = slow;
    this.#stall = stall;
    this.#planned = planned;
  }

  /** How many steps there have been. */
  get steps(): number {
    return this.#steps;
  }

  /** From now on nothing goes wrong any more. */
  stop(): void {
    this.#isOver = true;
  }

  next(): StepFault | undefined {
    this.#steps += 1;
    if (this.#planned?.step === this.#steps) return this.#planned.fault;
    if (this.#isOver) return undefined;
    let roll = this.#chance.fraction();
    for (const [fault, rate] of this.#rates) {
      if (roll < rate) return fault;
      roll -= rate;
    }
    return undefined;
  }

  /** Milliseconds by which a call arrives later than usual; mostly none. */
  slowMs(): number {
    return !this.#isOver && this.#chance.happens(this.#slow) ? this.#chance.magnitude(100, 20_000) : 0;
  }

  /** Milliseconds for which the process stands still now; mostly none. */
  stallMs(): number {
    return !this.#isOver && this.#chance.happens(this.#stall) ? this.#chance.magnitude(200, 40_000) : 0;
  }
}
