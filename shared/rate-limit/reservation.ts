/**
 * Which write takes the next free slots, and which slots it has taken: the generic cell rate algorithm in one
 * conditional write. Its form (line-step.ts) is chosen for a state that may be old; where the real one is different a
 * condition does not hold, the write's answer shows the real one, and the next plan fits. What may not be waited for
 * is not written at all.
 */
import type { Lane } from "./limiter.ts";
import type { LimiterState } from "./limiter-state.ts";
import type { Condition, LimiterWrite } from "./limiter-store.ts";
import { LATENESS_US, type Limits } from "./limits.ts";
import { busyStep, idleStep, minuteStep } from "./line-step.ts";
import { currentRate } from "./rate-curve.ts";

export type Wish = {
  readonly lane: Lane;
  readonly slots: 1 | 2;
  /** How long may be waited for the first slot. */
  readonly maxWaitUs: number;
  readonly now: number;
};

/** Whole microseconds on the limiter's clock. */
export type PlannedSlot = { readonly startsAt: number; readonly expiresAt: number };

export type ReservationPlan =
  | {
      readonly kind: "write";
      readonly write: LimiterWrite;
      readonly isBusy: boolean;
      /** The slots that were taken, from the state after the write. */
      readonly slotsIn: (after: LimiterState) => readonly PlannedSlot[];
    }
  /** `readyAt`: before, this wish cannot be met. */
  | { readonly kind: "refused"; readonly readyAt: number };

/** The part of the rate that scans have while changes are waiting. */
const SCAN_SHARE = 0.3;
/** For so long after a change had to wait, scans keep to their share. */
const CONTENTION_US = 5_000_000;
/** The line is longer for a scan whose turn has come: changes that fill it to its end do not shut the scan out. */
const ROOM_FOR_SCAN = 4;
/**
 * The write of a pair may come so late after its slot, because above some calls per second a read lasts longer than an
 * interval. A write that waited for another place of its own would meet the bound of limits.ts to the call, and give
 * outside edits as much more time to be overwritten. So a window may hold, beyond limit and burst, one call for two
 * intervals of this, where many reads end late at once; none at 2 calls per second and below.
 */
const PAIR_LATENESS_US = 500_000;

/** After so many pauses in a row without an accepted call one call at a time finds out whether the next one is. */
const PROBING_STRIKES = 4;
const PROBE_INTERVAL_US = 500_000;

/** Requests per second that are tried now. */
export function triedRate(state: LimiterState, { ceiling, adaptive }: Limits): number {
  return adaptive ? currentRate(state, ceiling) : ceiling;
}

/** The distance of slots now. */
export function intervalUs(state: LimiterState, limits: Limits): number {
  const probeUs = state.strikes >= PROBING_STRIKES ? PROBE_INTERVAL_US : 0;
  return Math.max(limits.line.intervalUs, Math.ceil(1_000_000 / triedRate(state, limits)), probeUs);
}

/** The write for a state like this; its conditions make sure that the real state is like it. */
export function planReservation(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  return wish.lane === "change" ? planForChange(state, wish, limits) : planForScan(state, wish, limits);
}

function planForChange(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  const { now, slots } = wish;
  const { line, minute } = limits;
  const interval = intervalUs(state, limits);
  const longestTat = now + wish.maxWaitUs + line.toleranceUs;
  const longestMinuteTat = now + wish.maxWaitUs + (minute?.toleranceUs ?? 0);
  const tooFarUs = Math.max(
    state.tat - longestTat,
    minute === undefined ? 0 : state.minuteTat - longestMinuteTat,
  );
  if (tooFarUs > 0) return { kind: "refused", readyAt: now + tooFarUs };
  const since = unusedSince(now, interval);
  const isBusy = state.tat >= since;
  const waitsForMinute = minute !== undefined && state.minuteTat > now + minute.toleranceUs;
  const plus = slots * interval;
  const steps = [
    isBusy ? busyStep("tat", since, longestTat, plus) : idleStep("tat", now, plus),
    ...(minute === undefined
      ? []
      : [
          minuteStep(state, minute, slots, {
            isBusy,
            since,
            now,
            latest: longestMinuteTat,
            intervalUs: interval,
          }),
        ]),
  ];
  return {
    kind: "write",
    isBusy,
    write: {
      set: {
        ...Object.assign({}, ...steps.map(({ set }) => set)),
        ...((isBusy || waitsForMinute) && { contendedUntil: { plus: now + CONTENTION_US } }),
      },
      conditions: steps.flatMap(({ conditions }) => conditions),
    },
    slotsIn: (after) => slotsBehind(after, wish, { interval, toleranceUs: line.toleranceUs, minute }),
  };
}

/**
 * A scan takes an idle line, unless changes have been waiting lately: then it has its share, one slot in the line at a
 * time, idle or not. So a change waits for one scan at most. Scans leave the burst to changes, and take their turn behind
 * those that have used it up.
 */
function planForScan(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  const { now, slots } = wish;
  const { line, minute } = limits;
  const interval = intervalUs(state, limits);
  const idleAt = Math.max(state.tat, state.minuteTat);
  const isIdle = idleAt < now;
  const isContended = state.contendedUntil >= now;
  const isItsTurn = state.scanTat <= now;
  if (!isItsTurn && (isContended || !isIdle)) {
    return { kind: "refused", readyAt: isContended ? state.scanTat : Math.min(idleAt, state.scanTat) };
  }
  const isBurstUsed = state.tat > now + line.toleranceUs;
  const toleranceUs = isBurstUsed ? line.toleranceUs : 0;
  const roomUs = wish.maxWaitUs + ROOM_FOR_SCAN * interval;
  const latest = now + roomUs + toleranceUs;
  const longestMinuteTat = now + roomUs + (minute?.toleranceUs ?? 0);
  const tooFarUs = Math.max(
    state.tat - latest,
    minute === undefined ? 0 : state.minuteTat - longestMinuteTat,
  );
  if (tooFarUs > 0) return { kind: "refused", readyAt: now + tooFarUs };
  const isBusy = state.tat >= now;
  const plus = slots * interval;
  const steps = [
    isBusy ? busyStep("tat", now, latest, plus) : idleStep("tat", now, plus),
    ...(minute === undefined
      ? []
      : [
          minuteStep(state, minute, slots, {
            isBusy,
            since: now,
            now,
            latest: longestMinuteTat,
            intervalUs: interval,
          }),
        ]),
  ];
  const permission: Condition =
    isIdle && !isContended
      ? { attribute: "contendedUntil", below: now }
      : { attribute: "scanTat", atMost: now };
  const slotUs = Math.max(interval, minute?.intervalUs ?? 0);
  const shareUs = Math.ceil((slots * slotUs) / SCAN_SHARE);
  const lastLine = minute === undefined ? "tat" : "minuteTat";
  return {
    kind: "write",
    isBusy,
    write: {
      set: {
        ...Object.assign({}, ...steps.map(({ set }) => set)),
        scanTat: isIdle ? { plus: now + shareUs } : { from: lastLine, plus: shareUs },
      },
      conditions: [...steps.flatMap(({ conditions }) => conditions), permission],
    },
    slotsIn: (after) => slotsBehind(after, wish, { interval, toleranceUs, minute }),
  };
}

/** The last slots of the line: they are those of the write that led to this state. */
function slotsBehind(
  after: LimiterState,
  { now, slots }: Wish,
  {
    interval,
    toleranceUs,
    minute,
  }: { readonly interval: number; readonly toleranceUs: number; readonly minute: Limits["minute"] },
): readonly PlannedSlot[] {
  return Array.from({ length: slots }, (_, index) => {
    const left = slots - index;
    const place = after.tat - left * interval;
    const minutePlace =
      minute === undefined
        ? place
        : after.minuteTat - left * Math.max(minute.intervalUs, interval) - minute.toleranceUs + toleranceUs;
    const due = Math.max(place, minutePlace);
    const startsAt = Math.max(now, due - toleranceUs);
    const lateness = index === 0 ? LATENESS_US : PAIR_LATENESS_US;
    return { startsAt, expiresAt: Math.min(startsAt, due) + Math.max(interval, lateness) };
  });
}

/** A slot that has only just passed unused is still as good as its own time: nothing is lost by a late reservation. */
export function unusedSince(now: number, interval: number): number {
  return now - Math.floor(interval / 2);
}
