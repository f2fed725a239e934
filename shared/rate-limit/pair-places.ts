/**
 * Where on the line a read and its write stand. A pair takes two places, and at rates at which a read lasts longer than
 * an interval its write would always come too late for the second one. So the write is put off by some whole pairs, to
 * the place that the write of a pair before would have had. Each call still has a place of its own, and no window holds
 * more calls than the line has places in it; writes that were merely allowed to be late would meet the calls behind.
 *
 * That holds as long as all take two places: behind pairs whose writes are put off a single call leaves its second
 * place to one of those, up to `pairedUntil`. Until then a write may be put off by more pairs than the one before; by
 * less only where the line is left empty for the difference, or two of them would meet.
 */
import type { LimiterState } from "./limiter-state.ts";
import type { LimiterWrite } from "./limiter-store.ts";

export type Places = Pick<LimiterWrite, "set" | "conditions"> & {
  /** By how much the line grows. */
  readonly plusUs: number;
  /** The part of it that is taken. */
  readonly takenUs: number;
  /** By how much the pair's write is put off. */
  readonly apartUs: number;
};

/** The write behind a read that lasts longer needs a new slot in most cases. */
const LONGEST_APART_US = 1_000_000;
/** A slot can be used for an interval: so a write may be late by this part of a pair. */
const LATE = 1 / 4;
/** Writes are put off by less again when there is time for reads that last so many times as long. */
const ROOM_BEFORE_LESS = 2;

/**
 * `readUs`: from sending the read until the write can be sent. `begin`: where an idle line begins, `undefined` where
 * the places are those behind the busy line's end. Microseconds.
 */
export function placesFor(
  { tat, pairedUntil, apart }: Pick<LimiterState, "tat" | "pairedUntil" | "apart">,
  { slots, readUs }: { readonly slots: 1 | 2; readonly readUs: number },
  intervalUs: number,
  begin: number | undefined,
): Places {
  const place = begin ?? tat;
  const isBehindPairs = pairedUntil > place;
  const isNotBehindPairs = { attribute: "pairedUntil", atMost: place } as const;
  const pairUs = 2 * intervalUs;
  if (slots === 1) {
    const takenUs = isBehindPairs ? pairUs : intervalUs;
    const conditions = isBehindPairs ? [] : [isNotBehindPairs];
    return { plusUs: takenUs, takenUs, apartUs: 0, set: {}, conditions };
  }
  const before = isBehindPairs ? apart : 0;
  const isLess = before > pairsApart(ROOM_BEFORE_LESS * readUs, intervalUs);
  const pairs = isLess ? before - 1 : Math.max(before, pairsApart(readUs, intervalUs));
  const apartUs = pairs * pairUs;
  const plusUs = isLess ? 2 * pairUs : pairUs;
  const until = plusUs + apartUs;
  return {
    plusUs,
    takenUs: pairUs,
    apartUs,
    set: {
      pairedUntil: begin === undefined ? { from: "tat", plus: until } : { plus: begin + until },
      apart: { plus: pairs },
    },
    conditions: [isBehindPairs ? { attribute: "apart", atMost: Math.max(before, pairs) } : isNotBehindPairs],
  };
}

function pairsApart(readUs: number, intervalUs: number): number {
  const missingUs = Math.min(LONGEST_APART_US, readUs - intervalUs);
  return Math.max(0, Math.ceil(missingUs / (2 * intervalUs) - LATE));
}
