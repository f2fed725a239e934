/**
 * Where the daily anchors of the history go: a bucket under Object Lock. Whoever rewrites the tables, heads included,
 * is still found out against the last anchor.
 */
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";

export class AnchorBucket extends Bucket {
  /** ARN pattern of the anchors' objects. */
  readonly anchorObjects: string;

  constructor(scope: Construct, id: string) {
    super(scope, id, {
      // Compliance, not governance: not even the account's root can shorten it, which is what makes it evidence.
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(365)),
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "One locked object a day, written by one role: an access log would need a bucket of its own to say that.",
    });
    this.anchorObjects = this.arnForObjects("anchors/*");
  }
}
