/**
 * An alarm that a person can act on: it has a fixed name, rings the alarm topic, and its description says in one
 * sentence what happened and where the runbook goes on.
 */
import { Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export interface OperatorAlarmProps {
  /** The heading in `infra/runbook.md`, for example `apply-change/Errors`. */
  readonly runbookSection: string;
  /** Which of several resources rings, for example a connection's id: the last part of the alarm's name. */
  readonly of?: string;
  /** One sentence for the person who is woken up. */
  readonly meaning: string;
  readonly metric: IMetric;
  /** Rings when the metric is at least this. With `below` it rings when the metric is less than this. */
  readonly threshold: number;
  readonly below?: boolean;
  /** How many periods in a row have to be over the threshold. Default: 1. */
  readonly periods?: number;
  /** What a period without a data point says. Default: nothing happened, all is well. */
  readonly treatMissingData?: TreatMissingData;
  readonly topic: ITopic;
}

export class OperatorAlarm extends Construct {
  constructor(scope: Construct, id: string, props: OperatorAlarmProps) {
    super(scope, id);
    const name = [
      Stack.of(this).stackName,
      props.runbookSection,
      ...(props.of === undefined ? [] : [props.of]),
    ];
    const alarm = new Alarm(this, "Alarm", {
      alarmName: name.join("/"),
      alarmDescription: `${props.meaning} Runbook: infra/runbook.md#${runbookAnchor(props.runbookSection)}`,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator:
        props.below === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: props.treatMissingData ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(props.topic));
  }
}

/** The anchor that Markdown viewers make of a heading: lower case, spaces to hyphens, other punctuation dropped. */
export function runbookAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, "")
    .replaceAll(" ", "-");
}
