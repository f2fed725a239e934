/**
 * What one process knows of the shared state: that of its last question. A store that does not answer is an answer
 * here, logged once and counted each time.
 */
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { LimiterClock } from "./limiter-clock.ts";
import type { LimiterState } from "./limiter-state.ts";
import type { LimiterReading, LimiterStore, LimiterWrite, LimiterWriteAnswer } from "./limiter-store.ts";

export type KnownStateParts = {
  readonly store: LimiterStore;
  readonly clock: LimiterClock;
  readonly log: Log;
  readonly metrics: Metrics;
};

export class KnownState {
  readonly #parts: KnownStateParts;
  readonly #connection: string;
  #state: LimiterState | undefined;
  #failures = 0;

  constructor(parts: KnownStateParts, connection: string) {
    this.#parts = parts;
    this.#connection = connection;
  }

  /** Questions in a row that were not answered. */
  get failures(): number {
    return this.#failures;
  }

  /** As far as it is known without asking. */
  get state(): LimiterState | undefined {
    return this.#state;
  }

  /** `undefined`: the store does not answer. */
  async read(): Promise<LimiterState | undefined> {
    const answer = await this.#ask((store) => store.read(this.#connection));
    return answer?.state;
  }

  /** `undefined`: the store does not answer; it may have been written. */
  write(write: LimiterWrite): Promise<LimiterWriteAnswer | undefined> {
    return this.#ask((store) => store.write(this.#connection, write));
  }

  async #ask<Answer extends LimiterReading>(
    question: (store: LimiterStore) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    const { store, clock, log, metrics } = this.#parts;
    const askedAt = clock.now();
    let answer: Answer;
    try {
      answer = await question(store);
    } catch (error) {
      metrics.count("LimiterUnavailable", this.#connection);
      this.#failures += 1;
      if (this.#failures === 1) {
        const reason = error instanceof Error ? error.name : typeof error;
        log.error("limiter-unavailable", { connection: this.#connection, reason });
      }
      return undefined;
    }
    clock.storeAnswered(askedAt, answer.storeDateAt);
    this.#failures = 0;
    this.#state = answer.state;
    return answer;
  }
}
