/**
 * The one rate limit of a connection, shared by all workers: who wants to call the provider reserves the next free
 * slot and sends when it has come.
 */

/** Changes go before scans: a scan (a list page, a reconciliation's read) delays a change by at most one slot. */
export type Lane = "change" | "scan";

/** The right to make one call. */
export type Slot = {
  /** Epoch ms on the limiter's clock: the call must not begin earlier. */
  readonly startsAt: number;
  /** Epoch ms: a call that has not begun by now (its process stood still, say) needs another slot. */
  readonly expiresAt: number;
};

export type Reservation =
  | { readonly kind: "reserved"; readonly slots: readonly Slot[] }
  /** Nothing is taken. The message comes back when its turn may be near; this costs it no attempt. */
  | { readonly kind: "wait"; readonly waitMs: number; readonly reason: LimiterWaitReason };

export type LimiterWaitReason =
  /** The next free slot is further away than it may be waited for here. */
  | "no-slot-near"
  /** The provider said 429, or that its quota is used up. */
  | "provider-pause"
  /** The limiter's table does not answer: nothing is sent. */
  | "limiter-unavailable";

export type ReserveOptions = {
  readonly lane: Lane;
  /** A read and the write that follows it take two consecutive slots in one write. */
  readonly slots: 1 | 2;
  /** How long may be waited for the first slot here, milliseconds; default: max(2 s, 3 intervals). */
  readonly maxWaitMs?: number;
  /** Within this the last slot must begin, milliseconds. */
  readonly lastWithinMs?: number;
};

/** What an answer of the provider tells about its limit. */
export type LimitNews = {
  /** It was a 429. */
  readonly rejected: boolean;
  /** A write right behind its read, where it is open whether any is accepted there: it says nothing about the rate. */
  readonly tooNear?: boolean;
  /** As sent, uncapped; absent where there was none or a broken one. */
  readonly retryAfterMs?: number;
  /** From the `RateLimit` header: calls left, and milliseconds until there are more. */
  readonly remaining?: number;
  readonly resetMs?: number;
};

export interface Limiter {
  /** Never rejects: a table that does not answer is a wait. */
  reserve(options: ReserveOptions): Promise<Reservation>;
  /** Shares what an answer told with all workers. Costs nothing where it told nothing new; never rejects. */
  learn(news: LimitNews): Promise<void>;
  /** Epoch ms until which nobody sends, as far as this process knows: asked again right before each call. */
  pausedUntil(): number;
  /** Epoch ms on the limiter's clock: this process's, corrected where DynamoDB's `Date` shows that it is far off. */
  now(): number;
}
