import type { SimulatorClock } from "../../../infra/local/simulators/simulator-clock.ts";

/** A clock that stands still until it is moved; what was due by then has run when `advance` returns. */
export class ManualClock implements SimulatorClock {
  #now: number;
  #actions: { readonly at: number; readonly action: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const entry = { at: this.#now + delayMs, action };
    this.#actions.push(entry);
    return () => {
      this.#actions = this.#actions.filter((other) => other !== entry);
    };
  }

  /** How many actions wait for their time. */
  get pending(): number {
    return this.#actions.length;
  }

  advance(byMs: number): void {
    const end = this.#now + byMs;
    for (;;) {
      const next = this.#actions.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#actions = this.#actions.filter((entry) => entry !== next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
    }
    this.#now = end;
  }
}
