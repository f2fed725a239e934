/**
 * When a process that was refused asks again. The line is full: who is refused comes back when its wish may be met, or
 * somewhat later, so that those who wait do not come all at once and all in vain. The more often it was refused, the
 * longer the queue before the line must be, and the longer it stays away. Until then further wishes of the process are
 * refused without a question, so that a queue of messages costs no writes.
 */
import type { Lane } from "./limiter.ts";
import type { Wish } from "./reservation.ts";

const MOST_DOUBLINGS = 3;

type Refusal = { readonly until: number; readonly maxWaitUs: number; readonly times: number };

export class RefusedWishes {
  readonly #refusals = new Map<Lane, Refusal>();

  /** Has it waited since it was last met? */
  has(lane: Lane): boolean {
    return this.#refusals.has(lane);
  }

  /** Epoch microseconds; past where it may be asked. A wish that may wait longer than the refused one is another one. */
  until({ lane, maxWaitUs }: Wish): number {
    const refusal = this.#refusals.get(lane);
    return refusal === undefined || maxWaitUs > refusal.maxWaitUs ? 0 : refusal.until;
  }

  /**
   * `readyAt`: before, it cannot be met. `spreadUs`: over what those who wait are spread at first;
   * `fraction` is random in [0, 1). Answers when to ask again.
   */
  note({ lane, maxWaitUs, now }: Wish, readyAt: number, spreadUs: number, fraction: number): number {
    const times = this.#refusals.get(lane)?.times ?? 0;
    const laterUs = spreadUs * 2 ** Math.min(MOST_DOUBLINGS, times) * fraction;
    const until = Math.max(now, readyAt) + Math.ceil(laterUs);
    this.#refusals.set(lane, { until, maxWaitUs, times: times + 1 });
    return until;
  }

  clear(): void {
    this.#refusals.clear();
  }
}
