import { describe, expect, test } from "vitest";
import { SynthesizedStack } from "./synthesized-stack.ts";

const stack = new SynthesizedStack();
const tables = stack.resources<Record<string, unknown>>("AWS::DynamoDB::Table");
const state = tables.find(({ logicalId }) => logicalId.startsWith("State"))?.properties;
const history = tables.find(({ logicalId }) => logicalId.startsWith("History"))?.properties;

const keys = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: "HASH" },
  { AttributeName: range, KeyType: "RANGE" },
];

describe("the tables", () => {
  test.each(tables)(
    "$logicalId survives: kept with the stack gone, guarded, restorable to any second",
    (table) => {
      expect(table.properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        KeySchema: keys("pk", "sk"),
      });
      expect(stack.template.Resources[table.logicalId]).toMatchObject({
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
      });
    },
  );

  test("there are two, and only items of the state expire", () => {
    expect(tables).toHaveLength(2);
    expect(state?.["TimeToLiveSpecification"]).toEqual({ AttributeName: "expiresAt", Enabled: true });
    expect(history?.["TimeToLiveSpecification"]).toBeUndefined();
  });

  test("the state is listed by scope, by connection and by the time of the request", () => {
    expect(state?.["GlobalSecondaryIndexes"]).toEqual([
      {
        IndexName: "byScope",
        KeySchema: keys("scopeKey", "firstSeenKey"),
        Projection: {
          ProjectionType: "INCLUDE",
          NonKeyAttributes: [
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
        },
      },
      {
        IndexName: "byConnection",
        KeySchema: keys("connectionKey", "firstSeenKey"),
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
      {
        IndexName: "requestsByTime",
        KeySchema: keys("requestsKey", "submittedKey"),
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ]);
  });

  test("the history is listed by the time at which it was recorded", () => {
    expect(history?.["GlobalSecondaryIndexes"]).toEqual([
      {
        IndexName: "byRecordedAt",
        KeySchema: keys("feedMonth", "feedKey"),
        Projection: {
          ProjectionType: "INCLUDE",
          NonKeyAttributes: [
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
        },
      },
    ]);
  });

  test("every key is text", () => {
    for (const { properties } of tables) {
      const types = (properties["AttributeDefinitions"] as { AttributeType: string }[]).map(
        ({ AttributeType }) => AttributeType,
      );
      expect(new Set(types)).toEqual(new Set(["S"]));
    }
  });
});

describe("the anchor bucket", () => {
  test("keeps every anchor unchangeable for a year, out of the public's sight, also with the stack gone", () => {
    const [bucket, ...others] = stack.resources<Record<string, unknown>>("AWS::S3::Bucket");
    expect(others).toEqual([]);
    expect(bucket?.properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Days: 365, Mode: "COMPLIANCE" } } },
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(stack.template.Resources[bucket?.logicalId ?? ""]).toMatchObject({ DeletionPolicy: "Retain" });
  });
});

describe("the schedules", () => {
  test("are a run for each connection, an anchor every day, and a sweep over the open requests every hour", () => {
    const rate = (expression: string, target: string, schedule: string) => ({
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: `<${target}Function.Arn>`, RoleArn: `<${schedule}Role.Arn>` },
    });
    const run = rate("rate(15 minutes)", "ReconciliationStartReconciliation", "ReconciliationEveryretell");
    expect(stack.resources("AWS::Scheduler::Schedule").map(({ properties }) => properties)).toEqual([
      { ...run, Target: { ...run.Target, Input: '{"connection":"retell"}' } },
      rate("rate(1 day)", "AnchorHistory", "AnchorSchedule"),
      rate("rate(1 hour)", "SweepRequests", "SweepSchedule"),
    ]);
  });
});
