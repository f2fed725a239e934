/** Runs a function again and again, first at deployment, and rings when it has not been run for too long. */
import { Aws, Duration } from "aws-cdk-lib";
import { Stats, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { BundledFunction } from "./bundled-function.ts";
import { OperatorAlarm } from "./operator-alarm.ts";

/** A run may be late, and the hours in which the alarm counts do not begin with the schedule's. */
const GRACE_HOURS = 2;

export interface FunctionScheduleProps {
  readonly target: BundledFunction;
  /** Whole hours. */
  readonly every: Duration;
  readonly alarmTopic: ITopic;
}

export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { target, every } = props;
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [target.function.functionArn],
      }),
    );
    const schedule = new CfnSchedule(this, "Schedule", {
      scheduleExpression: ScheduleExpression.rate(every).expressionString,
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: target.function.functionArn, roleArn: role.roleArn },
    });
    schedule.node.addDependency(role);
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
