/**
 * What a refusal of the provider changes for everybody: a pause, and at times a lower rate. A pause is a line that is
 * full until its end, so that slots begin one after the other when it is over.
 */
import type { LimitNews } from "./limiter.ts";
import { type LimiterAttribute, type LimiterState, microseconds } from "./limiter-state.ts";
import type { Assignment, Condition, LimiterWrite } from "./limiter-store.ts";
import type { Limits } from "./limits.ts";
import { afterRejection, tuning } from "./rate-curve.ts";

/** No provider's wish is followed for longer: after that one call tries again. */
const LONGEST_TOLD_MS = 600_000;
const FIRST_UNTOLD_MS = 250;
const LONGEST_UNTOLD_MS = 60_000;
/** Slots that were reserved ahead still go out at the old rate: their refusals say nothing about the new one. */
const BETWEEN_DECREASES_US = 2_000_000;

export type PausePlan = {
  readonly write: LimiterWrite;
  /** Epoch microseconds. */
  readonly pausedUntil: number;
  readonly pauses: boolean;
  readonly decreases: boolean;
};

/** `undefined`: the news change nothing. `fraction` is random in [0, 1). */
export function planPause(
  news: LimitNews,
  state: LimiterState,
  limits: Limits,
  now: number,
  fraction: number,
): PausePlan | undefined {
  const told = toldWaitMs(news);
  if (!news.rejected && told === undefined) return undefined;
  const isStrike = news.rejected && now >= state.pausedUntil;
  const decreases = news.rejected && limits.adaptive && now >= state.decreasedAt + BETWEEN_DECREASES_US;
  const next = decreases ? afterRejection(state, limits.ceiling, now) : undefined;
  const waitMs = told ?? (isStrike ? untoldWaitMs(state.strikes, fraction) : 0);
  const thin = next === undefined ? 0 : Math.max(0, state.tat - now) * next.cut * tuning.THIN;
  const until = now + Math.max(microseconds(waitMs), Math.round(thin));
  const set: Partial<Record<LimiterAttribute, Assignment>> = {};
  const conditions: Condition[] = [];
  const raise = (attribute: LimiterAttribute, to: number): boolean => {
    if (state[attribute] >= to) return false;
    set[attribute] = { plus: to };
    conditions.push({ attribute, below: to });
    return true;
  };
  const pauses = raise("pausedUntil", until);
  if (pauses) {
    const lineEnd = until + limits.line.toleranceUs;
    raise("tat", lineEnd);
    if (limits.minute !== undefined) raise("minuteTat", lineEnd);
    if (isStrike) set["strikes"] = { plus: state.strikes + 1 };
  }
  if (next !== undefined) {
    for (const [attribute, plus] of Object.entries(next)) set[attribute as LimiterAttribute] = { plus };
    conditions.push({ attribute: "decreasedAt", atMost: state.decreasedAt });
  }
  if (Object.keys(set).length === 0) return undefined;
  return {
    write: { set, conditions },
    pausedUntil: Math.max(until, state.pausedUntil),
    pauses,
    decreases: next !== undefined,
  };
}

/** Milliseconds that the provider asks for, if it does. */
function toldWaitMs({ rejected, retryAfterMs, remaining, resetMs }: LimitNews): number | undefined {
  const isUsedUp = remaining !== undefined && remaining <= 0;
  const waits = [rejected ? retryAfterMs : undefined, isUsedUp ? resetMs : undefined].filter(
    (ms) => ms !== undefined && ms > 0,
  );
  return waits.length === 0 ? undefined : Math.min(LONGEST_TOLD_MS, Math.max(...(waits as number[])));
}

function untoldWaitMs(strikes: number, fraction: number): number {
  const ms = Math.min(LONGEST_UNTOLD_MS, FIRST_UNTOLD_MS * 2 ** Math.min(30, strikes));
  return ms * (0.5 + fraction / 2);
}
