/** How long a message stays away before it is delivered again. */
import { backoffMs } from "./backoff.ts";

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 60_000;

/** Of what is wanted; messages that wait for the same thing shall not all come back in the same instant. */
const SPREAD = 0.1;

/** SQS counts its 12 hours from the receive on, so what an invocation may take is left. */
export const LONGEST_WAIT_MS = 43_200_000 - 600_000;

/**
 * SQS moves a message away that was received 1000 times, and a request may wait for 12 days. So a message may have been
 * received a hundred times in any case, and a hundred times more for each time that its age has grown by the factor e:
 * 294 times after six hours, 666 times after 12 days. What was spent on a long trouble leaves enough for short waits
 * after it.
 */
const RECEIVES = { atOnce: 100, perGrowth: 100, growsFromMs: 3_600_000 };

/**
 * The longer a pause has lasted, the longer it may last still: messages come back within a sixtieth of their age after
 * its end, not before half of that. So there are always some to find out that it is over, and few receives are spent.
 */
const PAUSE_SPREAD = { ofAge: 1 / 60, ofPause: 20 };

export type WaitingMessage = {
  /** From 1. */
  readonly receiveCount: number;
  /** Milliseconds since it was sent. */
  readonly ageMs: number;
};

export type WaitKind =
  /** Something else went wrong: exponential backoff with full jitter. */
  | "backoff"
  /** The wait is computed and has its own jitter (a turn in the rate limit): it is not stretched by a backoff. */
  | "turn"
  /** The same, and the turn comes after a pause of all. */
  | "pause";

/** At least `wantedMs` and what the number of receives demands. `fraction` is random in [0, 1). Milliseconds. */
export function waitMs(
  message: WaitingMessage,
  wantedMs: number,
  fraction: number,
  kind: WaitKind = "backoff",
): number {
  const { receiveCount, ageMs } = message;
  const backoff =
    kind === "backoff" ? backoffMs(receiveCount - 1, BACKOFF_BASE_MS, BACKOFF_CAP_MS, fraction) : 0;
  const allowedMs = untilAllowedMs(message);
  const pauseMs = kind === "pause" ? afterPauseMs(wantedMs, ageMs) : 0;
  const least = Math.max(wantedMs + pauseMs / 2, allowedMs);
  const spread = allowedMs === least || kind === "backoff" ? SPREAD * least : pauseMs / 2;
  return Math.min(LONGEST_WAIT_MS, Math.max(backoff, Math.round(least + fraction * spread)));
}

/** Milliseconds until it may be received once more. */
function untilAllowedMs({ receiveCount, ageMs }: WaitingMessage): number {
  const { atOnce, perGrowth, growsFromMs } = RECEIVES;
  const allowedAtMs = growsFromMs * (Math.exp(Math.max(0, receiveCount + 1 - atOnce) / perGrowth) - 1);
  return Math.max(0, allowedAtMs - ageMs);
}

function afterPauseMs(pausedMs: number, ageMs: number): number {
  return Math.min(PAUSE_SPREAD.ofAge * ageMs, PAUSE_SPREAD.ofPause * pausedMs);
}
