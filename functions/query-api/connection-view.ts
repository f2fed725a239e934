/** A connection as the API shows it: what it is, and whether it can be used now. */
import type { ConnectionHealth } from "../../shared/connection/connection-health.ts";
import type { Connection } from "../../shared/platform/config.ts";
import { instantText } from "../../shared/platform/table-keys.ts";

export function connectionView(
  { id, provider, baseUrl, rateLimit }: Connection,
  { state, reason, pausedBy, since, nextProbeAt }: ConnectionHealth,
): object {
  const ceiling = rateLimit.requestsPerSecond;
  return {
    id,
    provider,
    baseUrl,
    state,
    reason,
    // Tells whether the pause can end by itself.
    pausedBy,
    since: optionalInstant(since),
    nextProbeAt: optionalInstant(nextProbeAt),
    // Nothing lowers the rate of a connection yet.
    rate: { current: ceiling, ceiling },
  };
}

function optionalInstant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : instantText(at);
}
