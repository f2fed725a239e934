/**
 * The limiter's clock: this process's, corrected where the store's answers show that it is far off. Their `Date` is
 * cut to the second, so a smaller difference cannot be told from none.
 *
 * What a difference below that does: a process ahead by s pushes an idle line up to s into the future (at most s of
 * the rate is lost, once), one behind finds the line busy and waits up to s longer. No window is ever exceeded,
 * because slots are counted on the line, which never goes back, and not on anybody's clock.
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
