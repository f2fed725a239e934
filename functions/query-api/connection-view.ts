/** A connection as the API shows it: what it is, and whether it can be used now. */
import type { ConnectionHealth } from "../../shared/connection/connection-health.ts";
import type { Connection } from "../../shared/platform/config.ts";
import { instantText } from "../../shared/platform/table-keys.ts";
import type { LimiterView } from "../../shared/rate-limit/limiter-view.ts";
import { optionalInstant } from "./optional-instant.ts";

export function connectionView(
  { id, provider, baseUrl }: Connection,
  { state, reason, pausedBy, since, nextProbeAt, workspace }: ConnectionHealth,
  rate: LimiterView,
): object {
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
    // What the key belonged to when the connection was used first, as far as the provider says.
    workspace: workspace ?? undefined,
    rate: {
      current: Number(rate.current.toFixed(3)),
      ceiling: rate.ceiling,
      pausedUntil: optionalInstant(rate.pausedUntil),
      lanes: {
        change: { nextSlotAt: instantText(rate.lanes.change.nextSlotAt) },
        scan: { nextSlotAt: instantText(rate.lanes.scan.nextSlotAt) },
      },
    },
  };
}
