/**
 * The past: every version of every definition, and the documents that they name. Nothing in it ever expires, and no
 * role of the stack may update or delete an item. Encrypted with DynamoDB's own key, so that no function needs a KMS
 * grant.
 */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";

export class HistoryTable extends Table {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.addGlobalSecondaryIndex({
      indexName: "byRecordedAt",
      partitionKey: { name: "feedMonth", type: AttributeType.STRING },
      sortKey: { name: "feedKey", type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [
        "connection",
        "definitionId",
        "version",
        "changeType",
        "source",
        "requestId",
        "actorClaimed",
        "actorAuthenticated",
        "reference",
      ],
    });
  }
}
