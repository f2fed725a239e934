/**
 * What a refusal of the provider changes for everybody: a pause, and a lower rate. A pause is a line that is full until
 * its end, so that slots begin one after the other when it is over.
 */
import type { LimitNews } from "./limiter.ts";
import { type LimiterAttribute, type LimiterState, microseconds } from "./limiter-state.ts";
import type { Assignment, Condition, LimiterWrite } from "./limiter-store.ts";
import type { Limits } from "./limits.ts";
import { afterRefusal, rateBeforeStorm, sampleWithPause } from "./rate-curve.ts";

/** No provider's wish is followed for longer: after that one call tries again. */
const LONGEST_TOLD_MS = 600_000;
/**
 * Where the provider does not say how long. Short, because a single refusal costs the use of the limit for so long;
 * doubled from pause to pause while nothing is accepted.
 */
const FIRST_UNTOLD_MS = 250;
const LONGEST_UNTOLD_MS = 60_000;
/** So many pauses in a row without an accepted call, about half a minute: a lower rate would not help. */
const STORM_STRIKES = 7;

/** The refused call. Instants in epoch microseconds. */
export type RefusedCall = {
  readonly slotAt: number;
  /** Requests per second when its slot was reserved. */
  readonly rate: number;
};

export type PausePlan = {
  readonly write: LimiterWrite;
  /** Epoch microseconds; not after now where nothing is paused. */
  readonly pausedUntil: number;
  readonly pauses: boolean;
};

/** `undefined`: the news change nothing. `now` in epoch microseconds, `fraction` is random in [0, 1). */
export function planPause(
  news: LimitNews,
  state: LimiterState,
  { limits, now, fraction, call }: PauseContext,
): PausePlan | undefined {
  const told = toldWaitMs(news);
  if (!news.rejected && told === undefined) return afterAccepted(state);
  // A call that was sent before the last pause ended knows nothing of it.
  const isStrike = news.rejected && call.slotAt >= state.pausedUntil;
  const waitMs = told ?? (isStrike ? untoldWaitMs(state.strikes, fraction) : 0);
  const until = now + microseconds(waitMs);
  const changes = new Changes(state);
  const pauses = changes.raise("pausedUntil", until);
  if (pauses) {
    const lineEnd = until + limits.line.toleranceUs;
    changes.raise("tat", lineEnd);
    if (limits.minute !== undefined) changes.raise("minuteTat", lineEnd);
  }
  const strikes = state.strikes + 1;
  if (isStrike) changes.setIfUnchanged({ strikes });
  if (news.rejected && limits.adaptive) {
    // Sent before the pause ended, or while nothing is accepted at all: at a lower rate it would have been refused too.
    const isOfTheRate = isStrike && state.strikes === 0 && news.tooNear !== true;
    const learned = isOfTheRate ? afterRefusal(state, limits.ceiling, now, call.rate) : {};
    const memory = isStrike && strikes === STORM_STRIKES ? rateBeforeStorm(state) : learned;
    const pauseUs = Math.max(0, until - Math.max(now, state.pausedUntil));
    changes.setIfUnchanged({ ...memory, ...sampleWithPause({ ...state, ...memory }, pauseUs) });
  }
  const write = changes.write();
  return write && { write, pausedUntil: Math.max(until, state.pausedUntil), pauses };
}

/**
 * Something was accepted: it is no storm. Told at once, because a refusal may follow before the next reservation, and
 * the process may never make one; it costs a write only after a pause.
 */
function afterAccepted({ strikes, pausedUntil }: LimiterState): PausePlan | undefined {
  if (strikes === 0) return undefined;
  const conditions = [{ attribute: "strikes", atLeast: strikes, atMost: strikes }] as const;
  return { write: { set: { strikes: { plus: 0 } }, conditions }, pausedUntil, pauses: false };
}

export type PauseContext = {
  readonly limits: Limits;
  readonly now: number;
  readonly fraction: number;
  readonly call: RefusedCall;
};

/** The write for a state like this; its conditions make sure that the real state is like it. */
class Changes {
  readonly #state: LimiterState;
  readonly #set: Partial<Record<LimiterAttribute, Assignment>> = {};
  readonly #conditions: Condition[] = [];

  constructor(state: LimiterState) {
    this.#state = state;
  }

  /** `false`: it is as late already. */
  raise(attribute: LimiterAttribute, to: number): boolean {
    if (this.#state[attribute] >= to) return false;
    this.#set[attribute] = { plus: to };
    this.#conditions.push({ attribute, below: to });
    return true;
  }

  /** Of two workers with the same news one is to be heard: the other one plans anew. */
  setIfUnchanged(attributes: Partial<LimiterState>): void {
    for (const [name, plus] of Object.entries(attributes)) {
      const attribute = name as LimiterAttribute;
      this.#set[attribute] = { plus };
      // These two go up all the time, and what comes too late for the old rate counts for the new one.
      if (attribute === "proven" || attribute === "accepted") continue;
      const { [attribute]: before } = this.#state;
      this.#conditions.push({ attribute, ...(before > 0 && { atLeast: before }), atMost: before });
    }
  }

  write(): LimiterWrite | undefined {
    return Object.keys(this.#set).length === 0 ? undefined : { set: this.#set, conditions: this.#conditions };
  }
}

/** Milliseconds that the provider asks for, if it does. */
function toldWaitMs({ rejected, retryAfterMs, remaining, resetMs }: LimitNews): number | undefined {
  const isUsedUp = remaining !== undefined && remaining <= 0;
  const waits = [rejected ? retryAfterMs : undefined, isUsedUp ? resetMs : undefined].filter(
    (ms) => ms !== undefined && Number.isFinite(ms) && ms > 0,
  ) as number[];
  return waits.length === 0 ? undefined : Math.min(LONGEST_TOLD_MS, Math.max(...waits));
}

function untoldWaitMs(strikes: number, fraction: number): number {
  const ms = Math.min(LONGEST_UNTOLD_MS, FIRST_UNTOLD_MS * 2 ** Math.min(30, strikes));
  return ms * (0.5 + fraction / 2);
}
