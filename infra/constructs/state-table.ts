/**
 * The present: mirrors with their claims, change requests' records, connections' state. Items that may be forgotten
 * carry `expiresAt` (epoch seconds). Encrypted with DynamoDB's own key, so that no function needs a KMS grant.
 */
import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";

export class StateTable extends Table {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "expiresAt",
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.addGlobalSecondaryIndex({
      indexName: "byScope",
      partitionKey: { name: "scopeKey", type: AttributeType.STRING },
      sortKey: { name: "firstSeenKey", type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [
        "connection",
        "definitionId",
        "name",
        "scope",
        "version",
        "deleted",
        "contentHash",
        "providerModifiedAt",
        "listRowHash",
        "missingSince",
      ],
    });
    this.addGlobalSecondaryIndex({
      indexName: "byConnection",
      partitionKey: { name: "connectionKey", type: AttributeType.STRING },
      sortKey: { name: "firstSeenKey", type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.addGlobalSecondaryIndex({
      indexName: "requestsByTime",
      partitionKey: { name: "requestsKey", type: AttributeType.STRING },
      sortKey: { name: "submittedKey", type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }
}
