/**
 * A connection's configured limits as arithmetic: the least distance of two slots, and how much earlier than its slot
 * a call may be sent. Whole microseconds, rounded so that no limit is exceeded.
 *
 * The bound. Slots lie at least an interval T apart, whatever a worker believes of the learned rate, because no worker
 * uses an interval below the ceiling's. A call is sent at most the tolerance before its slot and less than an interval
 * (or LATENESS, where that is longer) after it. So the slots of the calls in a window of length W lie in a stretch
 * shorter than W + tolerance + max(T, LATENESS), and with tolerance = burst x T - max(T, LATENESS) that is at most
 * W / T + burst calls: the limit plus the burst. A burst shorter than LATENESS counts as one of LATENESS, because no
 * process is more punctual.
 *
 * Beyond the bound: between a write's turn and its call its intent is written, which may take up to 250 ms (call-slots.ts).
 * Where the table stalls for many workers at once, creates and the writes of pairs may be that much later, and a window
 * holds at most what the limit allows in another 250 ms: 3 calls at 10 per second, 13 at 50. For what a slow read adds to
 * the writes of pairs see reservation.ts.
 */
import type { Connection } from "../platform/config.ts";

export type RateLimitConfig = Connection["rateLimit"];

/** Later than this after the beginning of its slot (or an interval, where that is longer) a call needs another slot. */
export const LATENESS_US = 50_000;

export type Line = {
  /** Least distance of two slots. */
  readonly intervalUs: number;
  /** A call may be sent so much before its slot. */
  readonly toleranceUs: number;
};

export type Limits = {
  /** Requests per second that are never exceeded. */
  readonly ceiling: number;
  /** Is a lower rate looked for where the ceiling turns out to be too high? */
  readonly adaptive: boolean;
  readonly line: Line;
  readonly minute?: Line;
};

/**
 * Of a minute's calls this part may be made as fast as the limit per second lets them, the rest is spread evenly: so
 * no minute has more than its limit, and a small batch need not wait.
 */
const FREE_PART_OF_MINUTE = 1 / 20;
const MINUTE_US = 60_000_000;

export function limitsOf(config: RateLimitConfig): Limits {
  const { requestsPerSecond, requestsPerMinute, burst, adaptive } = config;
  const line = lineOf(1_000_000 / requestsPerSecond, burst);
  const minute = requestsPerMinute === undefined ? undefined : minuteLine(requestsPerMinute, burst);
  return {
    ceiling: requestsPerSecond,
    adaptive,
    line,
    // One that is never reached because of the limit per second needs no line of its own.
    ...(minute !== undefined && minute.intervalUs > line.intervalUs && { minute }),
  };
}

function minuteLine(requestsPerMinute: number, burst: number): Line {
  const free = Math.max(burst, Math.floor(requestsPerMinute * FREE_PART_OF_MINUTE));
  const spread = Math.ceil(requestsPerMinute * (1 - FREE_PART_OF_MINUTE));
  return lineOf(MINUTE_US / spread, free);
}

function lineOf(exactIntervalUs: number, burst: number): Line {
  const intervalUs = Math.ceil(exactIntervalUs);
  return {
    intervalUs,
    toleranceUs: Math.max(0, burst * intervalUs - Math.max(intervalUs, LATENESS_US)),
  };
}
