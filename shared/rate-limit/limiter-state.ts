/**
 * What all workers of a connection know together about its rate limit. Every attribute is a number, and 0 where it was
 * never written. Instants are whole epoch microseconds on the limiter's clock: integers below 2^53, so that sums of
 * thousands of intervals are exact.
 */

export const limiterAttributes = [
  /**
   * The instant from which on the line of reserved slots is empty: the theoretical arrival time of the generic cell
   * rate algorithm (ITU-T I.371). Never goes back.
   */
  "tat",
  /** The same for the limit per minute; never before `tat`. 0 without such a limit. */
  "minuteTat",
  /** From then on a scan may have a slot although changes are waiting. */
  "scanTat",
  /** Changes have been waiting for slots lately: until then scans have their share only. */
  "contendedUntil",
  /** Nobody sends before. */
  "pausedUntil",
  /** Pauses in a row whose length the provider did not tell. */
  "strikes",
  /** Requests per second that the last decrease came down to; 0: there was none yet. */
  "rate",
  /** Requests per second at which the provider refused a call last. */
  "peak",
  /** How far the last decrease went down, as a part of the rate before. */
  "cut",
  /** Slots that were used under load since the last decrease: idle time proves nothing. */
  "proven",
  /** Calls refused since the last decrease. */
  "rejected",
  /** Instant of the last decrease. */
  "decreasedAt",
] as const;

export type LimiterAttribute = (typeof limiterAttributes)[number];

export type LimiterState = Readonly<Record<LimiterAttribute, number>>;

export const untouchedState: LimiterState = {
  tat: 0,
  minuteTat: 0,
  scanTat: 0,
  contendedUntil: 0,
  pausedUntil: 0,
  strikes: 0,
  rate: 0,
  peak: 0,
  cut: 0,
  proven: 0,
  rejected: 0,
  decreasedAt: 0,
};

/** Whole microseconds of milliseconds. */
export function microseconds(ms: number): number {
  return Math.round(ms * 1_000);
}
