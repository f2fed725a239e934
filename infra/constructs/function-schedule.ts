/** Runs a function again and again, first at deployment, and rings when it has not been run for too long. */
import { Duration } from "aws-cdk-lib";
import { Stats, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { BundledFunction } from "./bundled-function.ts";
import { InvocationSchedule } from "./invocation-schedule.ts";
import { OperatorAlarm } from "./operator-alarm.ts";

/** A run may be late, and the hours in which the alarm counts do not begin with the schedule's. */
const GRACE_HOURS = 2;

export interface FunctionScheduleProps {
  readonly target: BundledFunction;
  /** Whole hours. */
  readonly every: Duration;
  readonly alarmTopic: ITopic;
}

export class FunctionSchedule extends InvocationSchedule {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    const { target, every } = props;
    super(scope, id, { target, every });
    const silentHours = every.toHours() + GRACE_HOURS;
    new OperatorAlarm(this, "NotRunning", {
      topic: props.alarmTopic,
      runbookSection: `${target.name}/NotRunning`,
      meaning: `The function ${target.name} has not run for ${silentHours} hours.`,
      metric: target.function.metricInvocations({ statistic: Stats.SUM, period: Duration.hours(1) }),
      below: true,
      threshold: 1,
      periods: silentHours,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}
