/** The one topic that every alarm rings. Who is woken up subscribes to it (stack output `AlarmTopic`). */
import { Aws } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

export class AlarmTopic extends Topic {
  constructor(scope: Construct, id: string) {
    // Not encrypted with a key: CloudWatch cannot publish through `alias/aws/sns` (it fails without a sign), and an
    // alarm carries only its name, its description and a number.
    super(scope, id, { enforceSSL: true });
    // The SSL rule replaces the topic's default policy, which let this account's alarms in.
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisAccount",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
  }
}
