/** Runs a function once a day, first at deployment, and rings when a day passes without a run. */
import { Aws, Duration } from "aws-cdk-lib";
import { Stats, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { BundledFunction } from "./bundled-function.ts";
import { OperatorAlarm } from "./operator-alarm.ts";

export interface DailyScheduleProps {
  readonly target: BundledFunction;
  readonly alarmTopic: ITopic;
}

export class DailySchedule extends Construct {
  constructor(scope: Construct, id: string, props: DailyScheduleProps) {
    super(scope, id);
    const { target } = props;
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
      scheduleExpression: "rate(1 day)",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: target.function.functionArn, roleArn: role.roleArn },
    });
    schedule.node.addDependency(role);
    new OperatorAlarm(this, "NotRunning", {
      topic: props.alarmTopic,
      runbookSection: `${target.name}/NotRunning`,
      meaning: `The daily function ${target.name} has not run for 26 hours.`,
      metric: target.function.metricInvocations({ statistic: Stats.SUM, period: Duration.hours(1) }),
      below: true,
      threshold: 1,
      periods: 26,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}
