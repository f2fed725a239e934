/** How long a message stays away before it is delivered again. */
import { backoffMs } from "./backoff.ts";

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 60_000;

/** Of what is wanted; messages that wait for the same thing shall not all come back in the same instant. */
const SPREAD = 0.1;

/** SQS counts its 12 hours from the receive on, so what an invocation may take is left. */
export const LONGEST_WAIT_MS = 43_200_000 - 600_000;

/**
 * SQS moves a message away that was received 1000 times. A request may wait for 12 days, so the waits grow with the
 * number of receives: with these, 12 days have passed by the receive number 810 or so.
 */
const STRETCHES = [
  { fromReceive: 800, waitMs: 3 * 3_600_000 },
  { fromReceive: 300, waitMs: 30 * 60_000 },
  { fromReceive: 100, waitMs: 5 * 60_000 },
];

/**
 * Exponential backoff with full jitter, but at least `wantedMs` and what the number of receives demands.
 * `receiveCount` counts from 1, `fraction` is random in [0, 1). `exact`: the wanted wait is computed and has its own
 * jitter (a turn in the rate limit), so that it is not stretched by a backoff.
 */
export function waitMs(
  receiveCount: number,
  wantedMs: number,
  fraction: number,
  { exact = false }: { readonly exact?: boolean } = {},
): number {
  const backoff = exact ? 0 : backoffMs(receiveCount - 1, BACKOFF_BASE_MS, BACKOFF_CAP_MS, fraction);
  const spread = exact ? 0 : SPREAD * fraction;
  const stretch = STRETCHES.find(({ fromReceive }) => receiveCount >= fromReceive)?.waitMs ?? 0;
  const least = Math.max(wantedMs, stretch);
  return Math.min(LONGEST_WAIT_MS, Math.max(backoff, Math.round(least * (1 + spread))));
}
