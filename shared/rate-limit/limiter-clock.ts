/**
 * The limiter's clock: this process's, corrected where the store's answers show that it is far off. Their `Date` is
 * cut to the second, so a smaller difference cannot be told from none.
 *
 * What a difference below that does: a process ahead by s pushes an idle line up to s into the future (at most s of
 * the rate is lost, once), and one behind finds the line busy and waits up to s longer. A process sends by its own
 * clock, so two that differ by s can meet in one window what the line keeps apart: a window of length W may hold what
 * the limit allows in W + s. With this correction s is 4 seconds at most, on hosts with a time service milliseconds.
 */
import type { Clock } from "../platform/clock.ts";

const LARGEST_DIFFERENCE_MS = 1_500;
/** The mean of what a second cut off may hide. */
const HALF_A_SECOND_MS = 500;
/** A slower answer says too little about when it was made. */
const SLOWEST_ANSWER_MS = 1_000;

export class LimiterClock {
  readonly #clock: Pick<Clock, "now">;
  #correctionMs = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Epoch ms. */
  now(): number {
    return this.#clock.now() + this.#correctionMs;
  }

  /** `askedAt`: {@link now} when the store was asked. Call it when the answer has come. */
  storeAnswered(askedAt: number, storeDateAt: number | undefined): void {
    const answeredAt = this.now();
    if (storeDateAt === undefined || answeredAt - askedAt > SLOWEST_ANSWER_MS) return;
    const difference = storeDateAt + HALF_A_SECOND_MS - (askedAt + answeredAt) / 2;
    if (Math.abs(difference) > LARGEST_DIFFERENCE_MS) this.#correctionMs += Math.round(difference);
  }
}
