/**
 * The limiter's clock: this process's, corrected where the store's answers show that it is far off. Their `Date` d is cut
 * to the second, and was made some time between asking and the answer: so this clock is ahead by more than
 * `askedAt - d - 1 s`, and by `answeredAt - d` at most. It is corrected by the middle of the two, which is wrong by half
 * of their distance at most, where that is far from zero and both are on the same side of it.
 *
 * What a difference below that does: a process ahead by s pushes an idle line up to s into the future (at most s of
 * the rate is lost, once), and one behind finds the line busy and waits up to s longer. A process sends by its own
 * clock, so two that differ by s can meet in one window what the line keeps apart: a window of length W may hold what
 * the limit allows in W + s. With answers that come at once a process is off by 2 seconds at most, so that s is 4; one
 * whose answers all take t seconds may be off by t + 1. On hosts with a time service s is milliseconds.
 */
import type { Clock } from "../platform/clock.ts";

const LARGEST_DIFFERENCE_MS = 1_500;
/** A second is cut off at most. */
const CUT_OFF_MS = 1_000;

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
    // Set back while it waited: the two instants are not of one clock.
    if (storeDateAt === undefined || answeredAt < askedAt) return;
    const leastAheadMs = askedAt - storeDateAt - CUT_OFF_MS;
    const mostAheadMs = answeredAt - storeDateAt;
    const aheadMs = (leastAheadMs + mostAheadMs) / 2;
    const wrongByMs = (mostAheadMs - leastAheadMs) / 2;
    if (Math.abs(aheadMs) > Math.max(LARGEST_DIFFERENCE_MS, wrongByMs)) {
      this.#correctionMs -= Math.round(aheadMs);
    }
  }
}
