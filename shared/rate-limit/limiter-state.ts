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
  /** Pauses in a row between which the provider accepted nothing. */
  "strikes",
  /** Requests per second after the last change of the rate; 0: the provider has not refused anything yet. */
  "rate",
  /** Requests per second before the last series of changes; what a 429 storm leaves of it is no limit. */
  "peak",
  /** By how much the rate grows until the next refusal is expected, as a part of itself. */
  "step",
  /** Calls that were accepted under load since the last change of the rate: idle time proves nothing. */
  "proven",
  /** All calls that were accepted since then. */
  "accepted",
  /** Refused calls of the present sample. */
  "refused",
  /** Instant of the sample's first refusal; nothing counts before. */
  "sampleFrom",
  /** Requests per second at which the sample's calls were sent. */
  "sampleRate",
] as const;

export type LimiterAttribute = (typeof limiterAttributes)[number];

export type LimiterState = Readonly<Record<LimiterAttribute, number>>;

/** Whole microseconds of milliseconds. */
export function microseconds(ms: number): number {
  return Math.round(ms * 1_000);
}
