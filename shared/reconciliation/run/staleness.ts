/** How old the last reconciliation is: the older, the less the history tells of what was done outside. Pure. */
import type { Current } from "./run-store.ts";

/**
 * Milliseconds since the last run over all scopes that was completed; before there is one, since the first that was
 * begun; 0 before that.
 */
export function reconciliationAgeMs({ lastCompletedAt, firstStartedAt }: Current, now: number): number {
  return Math.max(0, now - (lastCompletedAt ?? firstStartedAt ?? now));
}
