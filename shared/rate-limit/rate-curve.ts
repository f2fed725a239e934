/**
 * How many requests per second are tried now, where the provider's limit is not known.
 */
import type { LimiterState } from "./limiter-state.ts";

type Memory = Pick<LimiterState, "rate" | "peak" | "cut" | "proven" | "rejected" | "decreasedAt">;

export const tuning = {
  LEAST_RATE: 0.1,
  FIRST_RATE: 2,
  FIRST_GROWTH: 0.12,
  FIRST_CUT: 0.1,
  STEP: 0.01,
  BETWEEN_CALLS: 220,
  BETWEEN_SECONDS: 20,
  LINEAR: 0.7,
  CUBIC: 0.05,
  THIN: 1,
  PRIOR: 0,
};

/** Requests per second, at most `ceiling`. */
export function currentRate(memory: Memory, ceiling: number): number {
  const { rate, proven } = memory;
  if (rate === 0) return Math.min(ceiling, tuning.FIRST_RATE + tuning.FIRST_GROWTH * proven);
  const x = proven / Math.max(tuning.BETWEEN_CALLS, tuning.BETWEEN_SECONDS * rate);
  return Math.min(ceiling, rate * Math.exp(tuning.STEP * (tuning.LINEAR * x + tuning.CUBIC * x ** 3)));
}

/** The memory after a refused call. */
export function afterRejection(
  memory: Memory & Pick<LimiterState, "tat">,
  ceiling: number,
  now: number,
): Memory {
  const isFirst = memory.rate === 0;
  const peak = currentRate(memory, ceiling);
  const { proven, rejected } = memory;
  if (proven === 0) return { ...memory, cut: 0, decreasedAt: now };
  const excess = Math.max(0, rejected - 1) / (proven + rejected + tuning.PRIOR);
  const cut = Math.max(isFirst ? tuning.FIRST_CUT : tuning.STEP, Math.min(0.5, excess));
  return {
    rate: Math.max(Math.min(ceiling, tuning.LEAST_RATE), peak * (1 - cut)),
    peak,
    cut,
    proven: 0,
    rejected: 0,
    decreasedAt: now,
  };
}
