/** What a log of calls says about a limiter. Pure; instants are epoch milliseconds. */
import type { ProviderCall } from "./provider-log.http.ts";

type Arrival = Pick<ProviderCall, "at" | "accepted">;

/** A limit that held from an instant on. */
export type LimitFrom = { readonly from: number; readonly perSecond: number };

const WINDOW_MS = 1_000;
/** Over so long a rate is taken: shorter ones jump with every call. */
export const RATE_OVER_MS = 5_000;

/** Accepted calls from `from` until before `to`. */
export function acceptedBetween(calls: readonly Arrival[], from: number, to: number): number {
  return calls.filter(({ at, accepted }) => accepted && at >= from && at < to).length;
}

/** What the limits let through in the long run; a burst at the start comes on top of it. */
export function allowedBetween(limits: readonly LimitFrom[], from: number, to: number): number {
  return limits.reduce((sum, limit, index) => {
    const end = Math.min(to, limits[index + 1]?.from ?? Number.POSITIVE_INFINITY);
    const begin = Math.max(from, limit.from);
    return sum + (Math.max(0, end - begin) * limit.perSecond) / 1_000;
  }, 0);
}

export function utilisation(
  calls: readonly Arrival[],
  limits: readonly LimitFrom[],
  from: number,
  to: number,
): number {
  return acceptedBetween(calls, from, to) / allowedBetween(limits, from, to);
}

export function rejectedPer1000(calls: readonly Arrival[], from: number, to: number): number {
  const rejected = calls.filter(({ at, accepted }) => !accepted && at >= from && at < to).length;
  return (1_000 * rejected) / acceptedBetween(calls, from, to);
}

/** The most instants in any window of a second (its end not included). */
export function mostInAnyWindow(instants: readonly number[], windowMs = WINDOW_MS): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [first, most] = [0, 0];
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/**
 * The first instant from `from` on by which so many calls per second were accepted, over the last
 * {@link RATE_OVER_MS}; `undefined`: never.
 */
export function rateReachedAt(
  calls: readonly Arrival[],
  perSecond: number,
  from: number,
): number | undefined {
  const accepted = calls.filter((call) => call.accepted).map(({ at }) => at);
  const needed = Math.ceil((perSecond * RATE_OVER_MS) / 1_000);
  return accepted.find(
    (at, index) =>
      at >= from && (accepted[index - needed + 1] ?? Number.NEGATIVE_INFINITY) > at - RATE_OVER_MS,
  );
}

/**
 * How long after `from` the first stretch of {@link RATE_OVER_MS} begins that has so many accepted calls per second;
 * `undefined`: none until `to`.
 */
export function rateRecoveredAfterMs(
  calls: readonly Arrival[],
  perSecond: number,
  from: number,
  to: number,
): number | undefined {
  const stepMs = 100;
  for (let begin = from; begin + RATE_OVER_MS <= to; begin += stepMs) {
    const rate = (1_000 * acceptedBetween(calls, begin, begin + RATE_OVER_MS)) / RATE_OVER_MS;
    if (rate >= perSecond) return begin - from;
  }
  return undefined;
}

/** Calls per second, a mean over `overMs` that ends at each whole second after `from`. */
export function ratePerSecond(
  calls: readonly Arrival[],
  which: "accepted" | "rejected",
  { from, to, overMs = 3_000 }: { from: number; to: number; overMs?: number },
): readonly (readonly [second: number, rate: number])[] {
  const instants = calls.filter(({ accepted }) => accepted === (which === "accepted")).map(({ at }) => at);
  const seconds = Math.floor((to - from) / 1_000);
  return Array.from({ length: seconds }, (_, index) => {
    const end = from + (index + 1) * 1_000;
    const begin = Math.max(from, end - overMs);
    const count = instants.filter((at) => at >= begin && at < end).length;
    return [index + 1, (1_000 * count) / (end - begin)] as const;
  });
}
