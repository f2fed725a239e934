/**
 * The slots of one delivery: those that it needs in any case are reserved before it touches anything, further ones
 * when their call comes. The read of a read-and-write pair is sent so late that the write can follow it at once: what
 * an outside edit can be overwritten in stays as short as the two calls.
 */
import type { Clock } from "../platform/clock.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import type { Lane, Limiter, LimiterWaitReason, Slot } from "./limiter.ts";
import { type ReadSpan, readAt } from "./read-span.ts";

/** A delivery that has begun waits longer for its next slot than one that could still be put back at no cost. */
const LONGEST_WAIT_UNDER_WAY_MS = 10_000;
/** What a delivery does between its reservation and its last call, besides waiting for it. */
const BESIDES_CALLS_MS = 1_000;
/**
 * A table that is slower to take the intent would let many workers' writes go at once when it answers again. So much a
 * write may be later than the bound of limits.ts has it.
 */
const LONGEST_AFTER_TURN_MS = 250;

export type SlotWait = { readonly waitMs: number; readonly reason: LimiterWaitReason };

export type CallSlotsParts = {
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly lane: Lane;
  readonly readSpan: ReadSpan;
  /** Epoch ms by which the last call must have begun. */
  readonly lastCallBy: number;
};

export class CallSlots {
  readonly #parts: CallSlotsParts;
  #left: readonly Slot[] = [];
  /** Epoch ms since when the next call is a write whose slot has come. */
  #writeDueAt: number | undefined;
  #readBeganAt: number | undefined;

  constructor(parts: CallSlotsParts) {
    this.#parts = parts;
  }

  /** Before anything else is done: nothing is lost by coming back later. `undefined`: reserved. */
  async reserve(slots: 1 | 2): Promise<SlotWait | undefined> {
    const { clock, lane, lastCallBy, limiter } = this.#parts;
    // What cannot be used in this invocation is not taken: at slow rates slots may lie many seconds away.
    const lastWithinMs = lastCallBy - clock.now() - BESIDES_CALLS_MS;
    const answer = await limiter.reserve({ lane, slots, lastWithinMs });
    if (answer.kind === "wait") return answer;
    this.#left = answer.slots;
    return undefined;
  }

  /** Resolves when a read may be sent. @throws {ProviderCallError} `throttled` */
  async beforeRead(): Promise<void> {
    const { clock, readSpan } = this.#parts;
    const next = await this.#take((slot, write) =>
      write === undefined ? slot.startsAt : readAt(slot, write, readSpan),
    );
    this.#readBeganAt = next === undefined ? undefined : clock.now();
  }

  /**
   * Resolves when a write may be sent; asked before the intent, because an intent without its write would have to be
   * taken back. @throws {ProviderCallError} `throttled`
   */
  async beforeWrite(): Promise<void> {
    if (this.#writeDueAt !== undefined) return;
    const { clock, limiter, readSpan } = this.#parts;
    if (this.#readBeganAt !== undefined) readSpan.took(clock.now() - this.#readBeganAt);
    await this.#take((slot) => slot.startsAt);
    this.#writeDueAt = limiter.now();
  }

  /** Has the turn passed that {@link beforeWrite} waited for, or has a pause begun since? Then it is not sent. */
  isWriteLate(): boolean {
    const { limiter } = this.#parts;
    const now = limiter.now();
    const isOverdue = this.#writeDueAt !== undefined && now > this.#writeDueAt + LONGEST_AFTER_TURN_MS;
    return isOverdue || limiter.pausedUntil() > now;
  }

  /** The write that {@link beforeWrite} waited for is sent now. */
  async atWrite(): Promise<void> {
    await this.beforeWrite();
    this.#writeDueAt = undefined;
  }

  /** Is the write sent so near to its read that a refusal may be due to that (`LimitNews.tooNear`)? */
  get isWriteTooNear(): boolean {
    return this.#readBeganAt !== undefined && this.#parts.readSpan.isTrial;
  }

  /** What the provider made of the write: refused as one too many, or taken. */
  writeAnswered({ isRefused }: { readonly isRefused: boolean }): void {
    if (this.#readBeganAt !== undefined) this.#parts.readSpan.writeAnswered(isRefused);
  }

  /** Waits for the next slot's turn; answers the slot after it. */
  async #take(turn: (slot: Slot, next: Slot | undefined) => number): Promise<Slot | undefined> {
    const { clock, limiter } = this.#parts;
    for (;;) {
      const [slot, next] = await this.#slots();
      const waitMs = turn(slot, next) - limiter.now();
      if (waitMs > 0) await clock.sleep(waitMs);
      this.#left = next === undefined ? [] : [next];
      this.#stopIfPaused();
      // A process that stood still meanwhile has missed its turn.
      if (limiter.now() < slot.expiresAt) return next;
    }
  }

  /** What is left of the reserved slots, or a new one. */
  async #slots(): Promise<readonly [Slot, Slot?]> {
    const { clock, lane, lastCallBy, limiter } = this.#parts;
    const [first, second] = this.#left.filter(({ expiresAt }) => expiresAt > limiter.now());
    if (first !== undefined) return [first, ...(second === undefined ? [] : [second])] as [Slot, Slot?];
    const waitsUntil = Math.min(clock.now() + LONGEST_WAIT_UNDER_WAY_MS, lastCallBy);
    for (;;) {
      const maxWaitMs = Math.max(0, waitsUntil - clock.now());
      const answer = await limiter.reserve({ lane, slots: 1, maxWaitMs });
      const [slot] = answer.kind === "reserved" ? answer.slots : [];
      if (slot !== undefined) return [slot];
      // A scan takes no slot ahead of its time: it comes back for the one that is free next.
      const waitMs = answer.kind === "wait" ? answer.waitMs : 0;
      if (clock.now() + waitMs > waitsUntil) throw throttled(waitMs);
      await clock.sleep(waitMs);
    }
  }

  /** While it waited, another call of this process may have been told that nobody shall send. */
  #stopIfPaused(): void {
    const { limiter } = this.#parts;
    const pauseMs = limiter.pausedUntil() - limiter.now();
    if (pauseMs > 0) throw throttled(pauseMs);
  }
}

function throttled(retryAfterMs: number): ProviderCallError {
  return new ProviderCallError({ code: "throttled", retryAfterMs });
}
