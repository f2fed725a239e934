/**
 * Which write takes the next free slots, and which slots it has taken: the generic cell rate algorithm in conditional
 * writes. DynamoDB's expressions have no maximum, so each line has two forms. Busy: slots behind those of others are
 * taken, `tat + n x T`. Idle: slots from now on, `now + n x T`. Their conditions leave nothing between them, and a
 * wish that may not be waited for fits neither.
 *
 * A second limit (per minute) has a line of its own that the same write moves. It moves by at least as much as the
 * first one and is therefore never before it, so that a slot never lies behind its place in that line; its form can
 * only be idle where the first one's is.
 */
import type { Lane } from "./limiter.ts";
import type { LimiterState } from "./limiter-state.ts";
import type { Condition, LimiterWrite } from "./limiter-store.ts";
import { LATENESS_US, type Limits } from "./limits.ts";
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
/** The write of a read-and-write pair may come so late after its slot: its read lasts longer than an interval. */
const PAIR_LATENESS_US = 500_000;

/** What the state says about the distance of slots now. */
export function intervalUs(state: LimiterState, { line, ceiling, adaptive }: Limits): number {
  const probing = state.strikes >= 2 ? 500_000 : 0;
  if (!adaptive) return Math.max(probing, line.intervalUs);
  return Math.max(probing, line.intervalUs, Math.ceil(1_000_000 / currentRate(state, ceiling)));
}

/** The write for a state like this; its conditions make sure that the real state is like it. */
export function planReservation(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  return wish.lane === "change" ? planForChange(state, wish, limits) : planForScan(state, wish, limits);
}

function planForChange(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  const { now, maxWaitUs, slots } = wish;
  const { line, minute } = limits;
  const interval = intervalUs(state, limits);
  // A slot that has only just passed unused is still as good as its own time: nothing is lost by a late reservation.
  const since = now - Math.floor(interval / 2);
  const latest = now + maxWaitUs + line.toleranceUs;
  const isBusy = state.tat >= since;
  if (isBusy && state.tat > latest) return { kind: "refused", readyAt: state.tat - latest + now };
  const first = isBusy
    ? busyStep("tat", since, latest, slots * interval)
    : idleStep("tat", now, slots * interval);
  const second = minuteStep(state, wish, minute, { isBusy, since, interval });
  if (second !== undefined && "readyAt" in second) return { kind: "refused", readyAt: second.readyAt };
  return {
    kind: "write",
    isBusy,
    write: {
      set: {
        ...first.set,
        ...second?.set,
        ...(isBusy && { contendedUntil: { plus: now + CONTENTION_US } }),
      },
      conditions: [...first.conditions, ...(second?.conditions ?? [])],
    },
    slotsIn: (after) => slotsBehind(after, wish, { interval, toleranceUs: line.toleranceUs, minute }),
  };
}

function planForScan(state: LimiterState, wish: Wish, limits: Limits): ReservationPlan {
  const { now, slots } = wish;
  const { minute } = limits;
  const interval = intervalUs(state, limits);
  const emptyAt = Math.max(state.tat, state.minuteTat);
  const isIdle = emptyAt < now;
  const isContended = state.contendedUntil >= now;
  const isItsTurn = state.scanTat <= now;
  if (!isItsTurn && (isContended || !isIdle)) {
    return { kind: "refused", readyAt: isContended ? state.scanTat : Math.min(emptyAt, state.scanTat) };
  }
  const maxWaitUs = wish.maxWaitUs + ROOM_FOR_SCAN * interval;
  const latest = now + maxWaitUs;
  if (emptyAt > latest) return { kind: "refused", readyAt: now + emptyAt - latest };
  const isBusy = state.tat >= now;
  const plus = slots * interval;
  const first = isBusy ? busyStep("tat", now, latest, plus) : idleStep("tat", now, plus);
  const withoutBurst = minute && { ...minute, toleranceUs: 0 };
  const second = minuteStep(state, { ...wish, maxWaitUs }, withoutBurst, { isBusy, since: now, interval });
  if (second !== undefined && "readyAt" in second) return { kind: "refused", readyAt: second.readyAt };
  const share = Math.ceil(plus / SCAN_SHARE);
  const permission: Condition =
    isIdle && !isContended
      ? { attribute: "contendedUntil", below: now }
      : { attribute: "scanTat", atMost: now };
  return {
    kind: "write",
    isBusy,
    write: {
      set: {
        ...first.set,
        ...second?.set,
        scanTat: isIdle
          ? { plus: now + share }
          : { from: second === undefined ? "tat" : "minuteTat", plus: share },
      },
      conditions: [...first.conditions, ...(second?.conditions ?? []), permission],
    },
    slotsIn: (after) => slotsBehind(after, wish, { interval, toleranceUs: 0, minute: withoutBurst }),
  };
}

type Step = Pick<LimiterWrite, "set" | "conditions">;

function busyStep(attribute: "tat" | "minuteTat", since: number, latest: number, plus: number): Step {
  return {
    set: { [attribute]: { from: attribute, plus } },
    conditions: [{ attribute, atLeast: since, atMost: latest }],
  };
}

function idleStep(attribute: "tat" | "minuteTat", now: number, plus: number): Step {
  return { set: { [attribute]: { plus: now + plus } }, conditions: [{ attribute, below: now }] };
}

function minuteStep(
  state: LimiterState,
  { now, slots, maxWaitUs }: Wish,
  minute: Limits["minute"],
  first: { readonly isBusy: boolean; readonly since: number; readonly interval: number },
): Step | { readonly readyAt: number } | undefined {
  if (minute === undefined) return undefined;
  const plus = slots * Math.max(minute.intervalUs, first.interval);
  const since = first.isBusy ? first.since : now;
  const latest = now + maxWaitUs + minute.toleranceUs;
  if (state.minuteTat > latest) return { readyAt: now + state.minuteTat - latest };
  if (state.minuteTat >= since) return busyStep("minuteTat", since, latest, plus);
  if (!first.isBusy) return idleStep("minuteTat", now, plus);
  // The limit per minute was configured while the first line was busy: it begins behind all slots that are taken.
  return {
    set: { minuteTat: { plus: latest + plus } },
    conditions: [{ attribute: "minuteTat", below: since }],
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
