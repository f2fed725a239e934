/** What a run of the model comes to. */
import type { ModelRun } from "./run-model.ts";

export type ModelFigures = {
  /** Accepted calls as a part of what the limit let through: of the whole run, and from when 90 % were first reached. */
  readonly utilisation: number;
  readonly settledUtilisation: number;
  readonly rejectedPer1000: number;
  readonly settledRejectedPer1000: number;
  /** Milliseconds until 90 % of the limit were used over 5 s; infinite: never. */
  readonly reachedAfterMs: number;
  /** The same from the middle on, where something happened there: of the limit that holds from then on. */
  readonly recoveredAfterMs: number;
  readonly writesPerCall: number;
  /** The most calls that were sent in any second. */
  readonly mostSentInASecond: number;
  readonly waitP50Ms: number;
  readonly waitP95Ms: number;
};

const REACHED = 0.9;
const REACHED_OVER_MS = 5_000;

export function figuresOf({ options, calls, writes, waits }: ModelRun): ModelFigures {
  const end = options.seconds * 1_000;
  const middle = end / 2;
  const limitAt = (at: number) =>
    options.event === "limit-halved" && at >= middle ? options.limit / 2 : options.limit;
  const allowed = (from: number, to: number): number =>
    from < middle && to > middle
      ? allowed(from, middle) + allowed(middle, to)
      : ((to - from) * limitAt(from)) / 1_000;
  const inTime = calls.toSorted((a, b) => a.at - b.at);
  const accepted = inTime.filter((call) => call.accepted).map(({ at }) => at);
  const acceptedFrom = (from: number) => accepted.filter((at) => at >= from).length;
  const rejectedFrom = (from: number) => inTime.filter((call) => !call.accepted && call.at >= from).length;
  const reachedAfter = (from: number): number => {
    const needed = Math.ceil((REACHED * limitAt(from) * REACHED_OVER_MS) / 1_000);
    const at = accepted.find(
      (each, index) =>
        each >= from &&
        (accepted[index - needed + 1] ?? Number.NEGATIVE_INFINITY) > Math.max(from, each - REACHED_OVER_MS),
    );
    return at === undefined ? Number.POSITIVE_INFINITY : at - from;
  };
  const reachedAfterMs = reachedAfter(0);
  const settled = Math.min(reachedAfterMs, end - 1);
  const sortedWaits = waits.toSorted((a, b) => a - b);
  const quantile = (part: number) => sortedWaits[Math.floor(part * sortedWaits.length)] ?? 0;
  return {
    utilisation: acceptedFrom(0) / allowed(0, end),
    settledUtilisation: acceptedFrom(settled) / allowed(settled, end),
    rejectedPer1000: (1_000 * rejectedFrom(0)) / Math.max(1, acceptedFrom(0)),
    settledRejectedPer1000: (1_000 * rejectedFrom(settled)) / Math.max(1, acceptedFrom(settled)),
    reachedAfterMs,
    recoveredAfterMs: options.event === undefined ? 0 : reachedAfter(middle),
    writesPerCall: writes / calls.length,
    mostSentInASecond: mostInASecond(calls.map(({ sentAt }) => sentAt)),
    waitP50Ms: quantile(0.5),
    waitP95Ms: quantile(0.95),
  };
}

function mostInASecond(instants: readonly number[]): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
