/** A cell's numbers, and its row of the table. */
import { percentile, rounded } from "../statistics.ts";
import { burstOf, type Cell, isLimitKnown, killedWorkers, mostAllowedInASecond } from "./cell.ts";
import {
  acceptedBetween,
  allowedBetween,
  mostInAnyWindow,
  rateReachedAt,
  rateRecoveredAfterMs,
  rejectedPer1000,
  utilisation,
} from "./measures.ts";
import type { CellResult } from "./run-wave.ts";

/** With an unknown limit: from when on a policy counts as having found it. */
const FOUND_SHARE = 0.9;
/** After a kill: as good as before. */
const RECOVERED_SHARE = 0.95;
/** Promised: workers are killed, and the limit is used again after so long. */
export const RECOVERED_WITHIN_MS = 10_000;

/** Shares are between 0 and 1; `NaN` where there is nothing to measure. */
export type Summary = {
  readonly cell: Cell;
  /** After the warm-up, until the end or the event. */
  readonly utilisation: number;
  /** After the warm-up, until the end or the event. */
  readonly rejectedPer1000: number;
  readonly warmUp: { readonly utilisation: number; readonly rejected: number };
  readonly writesPerCall: number;
  readonly cpuMsPerCall: number;
  /** From wanting a call until its accepted attempt was sent. */
  readonly waitMs: { readonly p50: number; readonly p95: number };
  /** From the read's answer at the worker to the write's arrival. */
  readonly overwriteWindowMs: { readonly p50: number; readonly p99: number };
  /** Calls in any second, refused ones too, by when they were sent and by when they arrived. */
  readonly mostInASecond: { readonly sent: number; readonly arrived: number };
  readonly foundAfterMs?: number;
  readonly afterEvent?: {
    readonly utilisation: number;
    readonly rejectedPer1000: number;
    /** Until the rate was again what it was before, compared with the limit. */
    readonly recoveredAfterMs?: number;
  };
  readonly events: Readonly<Record<string, number>>;
};

export function summarize(result: CellResult): Summary {
  const { cell, go, calls, limits, stats, eventAt } = result;
  const { startAt, measureFrom, until } = go;
  const foundAt = isLimitKnown(cell) ? undefined : rateReachedAt(calls, FOUND_SHARE * cell.limit, startAt);
  const steadyUntil = eventAt ?? until;
  const accepted = calls.filter((call) => call.accepted);
  const measured = accepted.filter(({ at }) => at >= measureFrom && at < until);
  const ofSurvivors = measured.filter(({ worker }) => stats.has(worker)).length;
  const sum = (value: (each: { tableWrites: number; cpuMs: number }) => number) =>
    [...stats.values()].reduce((total, each) => total + value(each), 0);
  const waits = measured.filter(({ method }) => method === "GET").map((call) => call.sentAt - call.wantedAt);
  const windows = measured.flatMap(({ at, readAnsweredAt }) =>
    readAnsweredAt === undefined ? [] : [at - readAnsweredAt],
  );
  const used = utilisation(calls, limits, measureFrom, steadyUntil);
  return {
    cell,
    utilisation: used,
    rejectedPer1000: rejectedPer1000(calls, measureFrom, steadyUntil),
    warmUp: {
      utilisation:
        acceptedBetween(calls, startAt, measureFrom) /
        (allowedBetween(limits, startAt, measureFrom) +
          (cell.counting === "token-bucket" ? burstOf(cell.limit) : 0)),
      rejected: calls.filter((call) => !call.accepted && call.at < measureFrom).length,
    },
    writesPerCall: sum(({ tableWrites }) => tableWrites) / ofSurvivors,
    cpuMsPerCall: sum(({ cpuMs }) => cpuMs) / ofSurvivors,
    waitMs: { p50: percentile(waits, 0.5), p95: percentile(waits, 0.95) },
    overwriteWindowMs: { p50: percentile(windows, 0.5), p99: percentile(windows, 0.99) },
    mostInASecond: {
      sent: mostInAnyWindow(calls.map(({ sentAt }) => sentAt)),
      arrived: mostInAnyWindow(calls.map(({ at }) => at)),
    },
    ...(foundAt !== undefined && { foundAfterMs: foundAt - startAt }),
    ...(eventAt !== undefined && { afterEvent: afterEvent(result, eventAt, used) }),
    events: sumOfEvents([...stats.values()].map(({ events }) => events)),
  };
}

function afterEvent(
  { cell, calls, limits, go: { until } }: CellResult,
  eventAt: number,
  before: number,
): NonNullable<Summary["afterEvent"]> {
  const from = eventAt + (killedWorkers(cell) > 0 ? RECOVERED_WITHIN_MS : 0);
  const goal = RECOVERED_SHARE * before * (limits.at(-1)?.perSecond ?? 0);
  const recoveredAfterMs = rateRecoveredAfterMs(calls, goal, eventAt, until);
  return {
    utilisation: utilisation(calls, limits, from, until),
    rejectedPer1000: rejectedPer1000(calls, eventAt, until),
    ...(recoveredAfterMs !== undefined && { recoveredAfterMs }),
  };
}

export function tableRow(summary: Summary): Record<string, string | number> {
  const { cell, waitMs, overwriteWindowMs, mostInASecond } = summary;
  const isPair = cell.form === "pair";
  return {
    policy: isPair ? `${cell.policy}, pairs` : cell.policy,
    provider: `${cell.counting} ${cell.limit}/s`,
    workers: cell.workers,
    "told limit": isLimitKnown(cell) ? "known" : `≤ ${cell.ceiling}/s`,
    "used %": percent(summary.utilisation),
    "429 per 1000": numberOr(summary.rejectedPer1000),
    "writes/call": numberOr(summary.writesPerCall, 2),
    "wait p50 · p95 s": `${numberOr(waitMs.p50 / 1_000, 2)} · ${numberOr(waitMs.p95 / 1_000, 2)}`,
    "window p50 · p99 ms": isPair
      ? `${numberOr(overwriteWindowMs.p50, 0)} · ${numberOr(overwriteWindowMs.p99, 0)}`
      : "",
    "CPU ms/call": numberOr(summary.cpuMsPerCall),
    "most in 1 s, sent · arrived": `${mostInASecond.sent} · ${mostInASecond.arrived}`,
    also: alsoText(summary),
  };
}

function alsoText({ cell, warmUp, foundAfterMs, afterEvent, mostInASecond, events }: Summary): string {
  const found =
    foundAfterMs === undefined ? "90 % not reached" : `90 % after ${rounded(foundAfterMs / 1_000)} s`;
  const first = `first ${cell.warmUpSeconds} s: ${percent(warmUp.utilisation)} %, ${warmUp.rejected} × 429`;
  const parts = isLimitKnown(cell) ? [first] : [found, first];
  if (afterEvent !== undefined) {
    const after = `${percent(afterEvent.utilisation)} %, ${numberOr(afterEvent.rejectedPer1000)} × 429 per 1000`;
    const { recoveredAfterMs } = afterEvent;
    const recovered =
      recoveredAfterMs === undefined
        ? "not recovered"
        : `recovered after ${rounded(recoveredAfterMs / 1_000)} s`;
    parts.push(
      cell.event === "limit-halved"
        ? `after halving ${after}`
        : `${killedWorkers(cell)} killed: ${recovered}, from 10 s on ${after}`,
    );
    if (killedWorkers(cell) > 0) parts.push(windowText(mostInASecond.sent, mostAllowedInASecond(cell)));
  }
  if (events["given-up"] !== undefined) parts.push(`${events["given-up"]} × given up`);
  if (events["limiter-unavailable"] !== undefined) {
    parts.push(`${events["limiter-unavailable"]} × limiter unavailable`);
  }
  return parts.join("; ");
}

function windowText(most: number, allowed: number): string {
  return most <= allowed ? "no window violated" : `a window violated: ${most} calls, ${allowed} allowed`;
}

function sumOfEvents(each: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [event, count] of each.flatMap((events) => Object.entries(events))) {
    sums[event] = (sums[event] ?? 0) + count;
  }
  return sums;
}

function percent(share: number): string {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : "–";
}

function numberOr(value: number, digits = 1): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}
