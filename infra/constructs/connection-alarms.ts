/**
 * What the system says about itself and a person has to look at, for one connection: an alarm on each of these metrics.
 * Everything else it counts is for graphs.
 */
import { Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { CountMetric } from "../../shared/platform/metrics.ts";
import { metricNamespace } from "./metric-namespace.ts";
import { OperatorAlarm } from "./operator-alarm.ts";

/** Each of these is worth a look when it happens once; the heading in the runbook is the function's and the metric's name. */
const alarms: readonly { metric: CountMetric; countedBy: string; meaning: (of: string) => string }[] = [
  {
    metric: "OutcomeUnknown",
    countedBy: "apply-change",
    meaning: (of) => `A change request for "${of}" failed, and it is unknown whether its write happened.`,
  },
  {
    metric: "LateEffect",
    countedBy: "apply-change",
    meaning: (of) => `A write to "${of}" that had been given up has taken effect after all.`,
  },
  {
    metric: "SuspectedDuplicate",
    countedBy: "apply-change",
    meaning: (of) => `A create for "${of}" has probably left more than one definition behind.`,
  },
  {
    metric: "ConnectionPaused",
    countedBy: "apply-change",
    meaning: (of) => `The provider refuses the key of "${of}", so its change requests wait.`,
  },
  {
    metric: "OtherWorkspace",
    countedBy: "apply-change",
    meaning: (of) => `The key of "${of}" belongs to another workspace, so what is not there is not believed.`,
  },
  {
    metric: "ConnectionDegraded",
    countedBy: "apply-change",
    meaning: (of) => `The provider of "${of}" fails, so its change requests wait.`,
  },
  {
    metric: "LimiterUnavailable",
    countedBy: "apply-change",
    meaning: (of) =>
      `The rate limit of "${of}" cannot be read or written, so nothing is sent to its provider.`,
  },
  {
    metric: "ScopeHalted",
    countedBy: "reconcile-scope",
    meaning: (of) =>
      `So much of a scope of "${of}" is missing that nothing of it is recorded before you decide.`,
  },
  {
    metric: "RunHalted",
    countedBy: "reconcile-scope",
    meaning: (of) => `A run over "${of}" was halted: its key seems to belong to another account.`,
  },
  {
    metric: "HealStopped",
    countedBy: "reconcile-scope",
    meaning: (of) =>
      `An outside change of "${of}" is not undone any more: it cannot be, or it comes again and again.`,
  },
  {
    metric: "RequestLost",
    countedBy: "sweep-requests",
    meaning: (of) => `A change request for "${of}" was open without a message and was ended as failed.`,
  },
  {
    metric: "RequestStuck",
    countedBy: "sweep-requests",
    meaning: (of) => `A change request for "${of}" has been open for an hour without any progress.`,
  },
];

export interface ConnectionAlarmsProps {
  /** The connection's id. */
  readonly of: string;
  readonly alarmTopic: ITopic;
}

export class ConnectionAlarms extends Construct {
  constructor(scope: Construct, id: string, { of, alarmTopic }: ConnectionAlarmsProps) {
    super(scope, id);
    for (const { metric, countedBy, meaning } of alarms) {
      new OperatorAlarm(this, metric, {
        topic: alarmTopic,
        runbookSection: `${countedBy}/${metric}`,
        of,
        meaning: meaning(of),
        metric: new Metric({
          namespace: metricNamespace,
          metricName: metric,
          dimensionsMap: { connection: of },
          statistic: Stats.SUM,
          period: Duration.minutes(5),
        }),
        threshold: 1,
      });
    }
  }
}
