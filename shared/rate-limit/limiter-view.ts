/** What may be shown of a connection's rate limit. */

import { type LimiterState, microseconds } from "./limiter-state.ts";
import type { RateLimitConfig } from "./limits.ts";
import { limitsOf } from "./limits.ts";
import { triedRate } from "./reservation.ts";

export type LimiterView = {
  /** Requests per second that are tried now. */
  readonly current: number;
  /** Requests per second that are never exceeded. */
  readonly ceiling: number;
  /** Epoch ms; absent while nothing is paused. */
  readonly pausedUntil?: number;
  /** Epoch ms at which a call that is reserved now could begin. */
  readonly lanes: {
    readonly change: { readonly nextSlotAt: number };
    readonly scan: { readonly nextSlotAt: number };
  };
};

/** `now`: epoch ms. */
export function limiterView(state: LimiterState, rateLimit: RateLimitConfig, now: number): LimiterView {
  const limits = limitsOf(rateLimit);
  const { ceiling, line, minute } = limits;
  const nowUs = microseconds(now);
  const nextChange = Math.max(
    nowUs,
    state.tat - line.toleranceUs,
    minute === undefined ? 0 : state.minuteTat - minute.toleranceUs,
  );
  const lineEmptyAt = Math.max(nowUs, state.tat, state.minuteTat);
  const nextScan = state.contendedUntil >= nowUs ? Math.max(lineEmptyAt, state.scanTat) : lineEmptyAt;
  return {
    current: triedRate(state, limits),
    ceiling,
    ...(state.pausedUntil > nowUs && { pausedUntil: Math.ceil(state.pausedUntil / 1_000) }),
    lanes: {
      change: { nextSlotAt: Math.ceil(nextChange / 1_000) },
      scan: { nextSlotAt: Math.ceil(nextScan / 1_000) },
    },
  };
}
