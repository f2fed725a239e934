/**
 * Metrics as lines of CloudWatch's embedded metric format on the function's standard output: no call, no waiting, and
 * nothing in a line but names, numbers and the connection.
 */
import { Metrics as ConnectionMetrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Metrics } from "./metrics.ts";

export type EmbeddedMetrics = Metrics & {
  /** The same handler; what was counted meanwhile is published when it ends, also when it throws. */
  publishedBy<Event extends unknown[], Answer>(
    handler: (...event: Event) => Promise<Answer>,
  ): (...event: Event) => Promise<Answer>;
};

/** The namespace comes from `POWERTOOLS_METRICS_NAMESPACE`. */
export function createMetrics(): EmbeddedMetrics {
  // A line has one set of dimensions, so each connection has its own.
  const byConnection = new Map<string, ConnectionMetrics>();
  const of = (connection: string): ConnectionMetrics => {
    const known = byConnection.get(connection);
    if (known !== undefined) return known;
    const made = new ConnectionMetrics();
    // The function's name, which is there by default, would be part of each metric's identity: alarms and graphs ask
    // for a connection only.
    made.clearDefaultDimensions();
    made.setDefaultDimensions({ connection });
    byConnection.set(connection, made);
    return made;
  };
  const publish = (): void => {
    for (const metrics of byConnection.values()) {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    }
  };
  return {
    count: (metric, connection, times = 1) => {
      of(connection).addMetric(metric, MetricUnit.Count, times);
    },
    milliseconds: (metric, connection, value) => {
      of(connection).addMetric(metric, MetricUnit.Milliseconds, value);
    },
    perSecond: (metric, connection, value) => {
      of(connection).addMetric(metric, MetricUnit.CountPerSecond, value);
    },
    publishedBy:
      (handler) =>
      async (...event) => {
        try {
          return await handler(...event);
        } finally {
          publish();
        }
      },
  };
}
