/**
 * How long it usually takes from sending a read until the write that follows from it can be sent: a moving mean of
 * what this process has seen, as TCP estimates round trips (RFC 6298), with room above for one in twenty that lasts longer.
 */
import type { Slot } from "./limiter.ts";

/** So late a timer may be. */
const LATENESS_MS = 50;
/** Before anything is measured. */
const INITIAL = { meanMs: 150, deviationMs: 25 };
const GAIN = 1 / 8;
/** Mean deviations above the mean; RFC 6298 takes four, where being early costs more. */
const DEVIATIONS = 2;
/** So many writes in a row that are refused behind their reads are no accident. */
const REFUSED_IN_A_ROW = 2;
/** After so many that were taken it is tried again whether a read may be sent right before its write. */
const TAKEN_BEFORE_NEAR = 200;
/** So many that are taken right behind their reads show that it is not the distance that others are refused for. */
const TAKEN_NEAR = 3;

export class ReadSpan {
  #meanMs = INITIAL.meanMs;
  #deviationMs = INITIAL.deviationMs;
  #isMeasured = false;
  #refusedInARow = 0;
  #apartFor = 0;
  /** In a row, since it was last tried. */
  #takenNear = 0;

  /**
   * A provider that lets one call through for each interval refuses every write that comes right behind its read, at any
   * rate. For such a one the two are sent an interval apart.
   */
  get isApart(): boolean {
    return this.#apartFor > 0;
  }

  /**
   * Is it open whether this provider takes writes right behind their reads? Then one that is refused there says nothing
   * about the rate: the trial of the distance would cost more of it than a process wins back until the next one.
   */
  get isTrial(): boolean {
    return !this.isApart && this.#takenNear < TAKEN_NEAR;
  }

  writeAnswered(isRefused: boolean): void {
    this.#refusedInARow = isRefused ? this.#refusedInARow + 1 : 0;
    if (this.#refusedInARow >= REFUSED_IN_A_ROW) {
      this.#apartFor = TAKEN_BEFORE_NEAR;
      this.#takenNear = 0;
    } else if (this.isApart) {
      if (!isRefused) this.#apartFor -= 1;
    } else if (this.isTrial) {
      this.#takenNear = isRefused ? 0 : this.#takenNear + 1;
    }
  }

  took(ms: number): void {
    if (!this.#isMeasured) {
      this.#meanMs = ms;
      this.#deviationMs = ms / 4;
      this.#isMeasured = true;
      return;
    }
    this.#deviationMs += GAIN * (Math.abs(ms - this.#meanMs) - this.#deviationMs);
    this.#meanMs += GAIN * (ms - this.#meanMs);
  }

  expectedMs(): number {
    return this.#meanMs + DEVIATIONS * this.#deviationMs;
  }
}

/**
 * When a pair's read is sent: so late that the write can follow it at once, but with time left in the slot for
 * whatever may delay it. Epoch ms.
 */
export function readAt({ startsAt, expiresAt }: Slot, write: Slot, span: ReadSpan): number {
  if (span.isApart) return startsAt;
  const latest = expiresAt - Math.min(LATENESS_MS, (expiresAt - startsAt) / 2);
  return Math.max(startsAt, Math.min(write.startsAt - span.expectedMs(), latest));
}
