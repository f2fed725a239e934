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
import { type Places, placesFor } from "./pair-places.ts";
import { currentRate } from "./rate-curve.ts";

export type Wish = {
  readonly lane: Lane;
  readonly slots: 1 | 2;
  /** From sending a pair's read until its write can be sent. */
  readonly readUs: number;
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

/** After so many pauses in a row without an accepted call one call at a time finds out whether the next one is. */
const PROBING_STRIKES = 4;
const PROBE_INTERVAL_US = 500_000;

/** Requests per second that are tried now. */
export function triedRate(state: LimiterState, { ceiling, adaptive }: Limits): number {
  return adaptive ? currentRate(state, ceiling) : ceiling;
}

/** The distance of slots now; that of the ceiling at least, because no higher rate is tried. */
export function intervalUs(state: LimiterState, limits: Limits): number {
  const probeUs = state.strikes >= PROBING_STRIKES ? PROBE_INTERVAL_US : 0;
  return Math.max(Math.ceil(1_000_000 / triedRate(state, limits)), probeUs);
}

/** The write for a state like this; its conditions make sure that the real state is like it. */
export function planReservation(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  return wish.lane === "change" ? planForChange(state, wish, limits) : planForScan(state, wish, limits);
}

function planForChange(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  const { now } = wish;
  const { line } = limits;
  const interval = intervalUs(state, limits);
  const longest = {
    tat: now + wish.maxWaitUs + line.toleranceUs,
    ...longestMinute(wish.maxWaitUs, wish, limits),
  };
  const tooFarUs = tooFar(state, longest);
  if (tooFarUs > 0) return { kind: "refused", readyAt: now + tooFarUs };
  const since = unusedSince(now, interval);
  const isBusy = state.tat >= since;
  const taken = takePlaces(state, wish, limits, { interval, isBusy, since, longest });
  return {
    kind: "write",
    isBusy,
    write: {
      set: { ...taken.set, ...(isBusy && { contendedUntil: { plus: now + CONTENTION_US } }) },
      conditions: taken.conditions,
    },
    slotsIn: (after) => slotsBehind(after, wish, taken, line.toleranceUs),
  };
}

/**
 * A scan takes an idle line, unless changes have been waiting lately: then it has its share, one slot in the line at a
 * time, idle or not. So a change waits for one scan at most. Scans leave the burst to changes.
 */
function planForScan(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  const { now } = wish;
  const { minute } = limits;
  const interval = intervalUs(state, limits);
  const idleAt = Math.max(state.tat, state.minuteTat, state.pairedUntil);
  const isIdle = idleAt < now;
  const isContended = state.contendedUntil >= now;
  const isItsTurn = state.scanTat <= now;
  if (!isItsTurn && (isContended || !isIdle)) {
    return { kind: "refused", readyAt: isContended ? state.scanTat : Math.min(idleAt, state.scanTat) };
  }
  const longestUs = wish.maxWaitUs + ROOM_FOR_SCAN * interval;
  const longest = { tat: now + longestUs, ...longestMinute(longestUs, wish, limits) };
  const tooFarUs = tooFar(state, longest);
  if (tooFarUs > 0) return { kind: "refused", readyAt: now + tooFarUs };
  const isBusy = state.tat >= now;
  const taken = takePlaces(state, wish, limits, { interval, isBusy, since: now, longest });
  const permission: Condition =
    isIdle && !isContended
      ? { attribute: "contendedUntil", below: now }
      : { attribute: "scanTat", atMost: now };
  const shareUs = Math.ceil(taken.plusUs / SCAN_SHARE);
  const lastLine = minute === undefined ? "tat" : "minuteTat";
  return {
    kind: "write",
    isBusy,
    write: {
      set: {
        ...taken.set,
        scanTat: isIdle ? { plus: now + shareUs } : { from: lastLine, plus: shareUs },
      },
      conditions: [...taken.conditions, permission],
    },
    slotsIn: (after) => slotsBehind(after, wish, taken, 0),
  };
}

/** How long the lines may be for a wish, as their ends. */
type Longest = { readonly tat: number; readonly minuteTat?: number };

function longestMinute(waitUs: number, { now }: Wish, { minute }: Limits): Partial<Longest> {
  return minute === undefined ? {} : { minuteTat: now + waitUs + minute.toleranceUs };
}

function tooFar(state: LimiterState, { tat, minuteTat = Number.POSITIVE_INFINITY }: Longest): number {
  return Math.max(state.tat - tat, state.minuteTat - minuteTat);
}

type Taken = Places & { readonly intervalUs: number; readonly minute: Limits["minute"] };
type PlannedLines = {
  readonly interval: number;
  readonly isBusy: boolean;
  readonly since: number;
  readonly longest: Longest;
};

/** The next places of all lines. */
function takePlaces(
  state: LimiterState,
  wish: Wish,
  { minute }: Limits,
  { interval, isBusy, since, longest }: PlannedLines,
): Taken {
  // The line is idle from when on no write that was put off is left either.
  const begin = Math.max(wish.now, state.pairedUntil);
  const places = placesFor(state, wish, interval, isBusy ? undefined : begin);
  const { plusUs } = places;
  const steps = [
    isBusy ? busyStep("tat", since, longest.tat, plusUs) : idleStep("tat", wish.now, begin + plusUs),
    places,
    ...(minute === undefined
      ? []
      : [
          minuteStep(state, minute, wish.slots, {
            isBusy,
            since,
            now: begin,
            latest: longest.minuteTat ?? longest.tat,
            plusUs,
          }),
        ]),
  ];
  return {
    ...places,
    set: Object.assign({}, ...steps.map(({ set }) => set)),
    conditions: steps.flatMap(({ conditions }) => conditions),
    intervalUs: interval,
    minute,
  };
}

/** The last slots of the line: they are those of the write that led to this state. */
function slotsBehind(
  after: LimiterState,
  { now, slots }: Wish,
  { plusUs, takenUs, apartUs, intervalUs, minute }: Taken,
  toleranceUs: number,
): readonly PlannedSlot[] {
  const place = after.tat - takenUs;
  const minutePlace =
    minute === undefined
      ? place
      : after.minuteTat - Math.max(slots * minute.intervalUs, plusUs) - minute.toleranceUs + toleranceUs;
  const stepUs = Math.max(minute?.intervalUs ?? 0, intervalUs);
  const read = Math.max(place, minutePlace);
  const write = Math.max(place + intervalUs, minutePlace + stepUs) + apartUs;
  return [read, write].slice(0, slots).map((due) => {
    const startsAt = Math.max(now, due - toleranceUs);
    return { startsAt, expiresAt: Math.min(startsAt, due) + Math.max(intervalUs, LATENESS_US) };
  });
}

/** A slot that has only just passed unused is still as good as its own time: nothing is lost by a late reservation. */
export function unusedSince(now: number, interval: number): number {
  return now - Math.floor(interval / 2);
}
