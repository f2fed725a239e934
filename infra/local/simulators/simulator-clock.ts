/** Time as a simulator sees it. It comes in as a parameter, so that a simulation can run on a virtual clock. */
export type SimulatorClock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs the action once, `delayMs` from now and never before `after` has returned; the answer cancels it. */
  after(delayMs: number, action: () => void): () => void;
};

export const systemClock: SimulatorClock = {
  now: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Everything that one simulator has scheduled, so that closing or resetting it ends all of it. */
export class ScheduledActions {
  readonly #clock: SimulatorClock;
  readonly #cancels = new Set<() => void>();

  constructor(clock: SimulatorClock) {
    this.#clock = clock;
  }

  after(delayMs: number, action: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
  }

  /** Resolves after `delayMs`, at once (without a turn of the event loop) for 0. Never resolves once cancelled. */
  async wait(delayMs: number): Promise<void> {
    if (delayMs > 0) await new Promise<void>((resolve) => this.after(delayMs, resolve));
  }

  cancelAll(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
