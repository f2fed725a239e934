/**
 * When a request is given up. A failed write is charged to the request only if the provider confirmed another one's
 * write since: then it is the request that fails. Otherwise it is the connection, and that costs the request nothing.
 */
import { type ConnectionHealth, unhealthyMs } from "../connection/connection-health.ts";

/** Failed writes that a request may be charged for. */
export const ATTEMPT_BUDGET = 8;
/** How long a request may meet failures while its connection is healthy. */
export const MAX_HEALTHY_AGE_MS = 86_400_000;
/** How long a request may wait at all, whatever for: SQS forgets its message after 14 days. */
export const MAX_QUEUE_AGE_MS = 12 * 86_400_000;

/** What of a request's record the budget needs. */
export type Charged = {
  readonly requestId: string;
  readonly charges?: number;
  /** Epoch ms of the last failed write that nobody is charged for yet. */
  readonly failedAt?: number;
};

/** The request's charges with the pending failure, if it is the request's own. */
export function chargesOf(
  { requestId, charges = 0, failedAt }: Charged,
  { lastWrite }: Pick<ConnectionHealth, "lastWrite">,
): number {
  const isOwnFault =
    failedAt !== undefined &&
    lastWrite !== undefined &&
    lastWrite.requestId !== requestId &&
    lastWrite.at > failedAt;
  return charges + (isOwnFault ? 1 : 0);
}

export function isExhausted(charges: number): boolean {
  return charges >= ATTEMPT_BUDGET;
}

/**
 * Milliseconds since the request first met a failure, without the time in which its connection was unhealthy; 0 where
 * it met none. `failing.unhealthyMs` is what {@link unhealthyMs} was then.
 */
export function healthyAgeMs(
  failing: { readonly since: number; readonly unhealthyMs: number } | undefined,
  health: ConnectionHealth,
  now: number,
): number {
  if (failing === undefined) return 0;
  return Math.max(0, now - failing.since - (unhealthyMs(health, now) - failing.unhealthyMs));
}
