/** Invokes a function again and again, first at deployment. */
import { Aws, type Duration } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSchedule, ScheduleExpression } from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import type { BundledFunction } from "./bundled-function.ts";

export interface InvocationScheduleProps {
  readonly target: BundledFunction;
  /** Whole minutes. */
  readonly every: Duration;
  /** The event that the function gets; without one, what EventBridge Scheduler sends by itself. */
  readonly input?: object;
}

export class InvocationSchedule extends Construct {
  constructor(scope: Construct, id: string, { target, every, input }: InvocationScheduleProps) {
    super(scope, id);
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
      target: {
        arn: target.function.functionArn,
        roleArn: role.roleArn,
        ...(input !== undefined && { input: JSON.stringify(input) }),
      },
    });
    schedule.node.addDependency(role);
  }
}
