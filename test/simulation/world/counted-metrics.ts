/** Metrics that a run adds up. */
import type { Metrics } from "../../../shared/platform/metrics.ts";

export function countedIn(counts: Map<string, number>): Metrics {
  return {
    count: (metric, _connection, times = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + times),
    milliseconds: () => undefined,
    perSecond: () => undefined,
  };
}
