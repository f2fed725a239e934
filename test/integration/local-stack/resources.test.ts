/** The template's tables, queues, buckets and secrets on the local engines. */
import { DescribeTableCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand } from "@aws-sdk/client-s3";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, it, onTestFinished } from "vitest";
import { createBuckets } from "../../../infra/local/resources/buckets.s3.ts";
import { createQueues } from "../../../infra/local/resources/queues.sqs.ts";
import { startSecretsFront } from "../../../infra/local/resources/secrets-front.http.ts";
import { createTables } from "../../../infra/local/resources/tables.dynamodb.ts";
import { physicalIds } from "../../../infra/local/template/physical-ids.ts";
import { parseTemplate } from "../../../infra/local/template/template.ts";
import { createReconciliationQueue } from "../../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import { dynamoDbClient, s3Client, sqsClient, withEngines } from "../../support/engines.ts";
import { fifoQueue } from "../../support/fifo-queue.ts";

const engines = withEngines();

const keys = [
  { AttributeName: "pk", KeyType: "HASH" },
  { AttributeName: "sk", KeyType: "RANGE" },
];

function given(resources: Record<string, unknown>) {
  const template = parseTemplate(JSON.stringify({ Resources: resources }));
  const references = physicalIds(template, "stack", {
    region: "us-east-1",
    sqsEndpoint: engines.current.sqs.endpoint,
    apiEndpoint: "http://127.0.0.1:1",
  });
  return { template, references };
}

describe("tables", () => {
  const table = (name: string, nonKeyAttributes: string[]) => ({
    Type: "AWS::DynamoDB::Table",
    Properties: {
      TableName: name,
      AttributeDefinitions: ["pk", "sk", "scopeKey"].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S",
      })),
      KeySchema: keys,
      GlobalSecondaryIndexes: [
        {
          IndexName: "byScope",
          KeySchema: [{ AttributeName: "scopeKey", KeyType: "HASH" }],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: nonKeyAttributes },
        },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  });

  it("are made with their keys and indexes, once", async () => {
    const client = dynamoDbClient(engines.current);
    const { template, references } = given({ State: table("state", ["version", "name"]) });
    await createTables(client, template, references);
    const item = { pk: { S: "a" }, sk: { S: "b" } };
    await client.send(new PutItemCommand({ TableName: "state", Item: item }));
    await createTables(client, template, references);
    expect((await client.send(new ScanCommand({ TableName: "state" }))).Items).toEqual([item]);
    const { Table: made } = await client.send(new DescribeTableCommand({ TableName: "state" }));
    expect(made?.KeySchema).toEqual(keys);
    expect(made?.GlobalSecondaryIndexes).toMatchObject([
      {
        IndexName: "byScope",
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["version", "name"] },
      },
    ]);
  });

  it("of another template are not taken for the same", async () => {
    const client = dynamoDbClient(engines.current);
    const before = given({ Other: table("other", ["version"]) });
    await createTables(client, before.template, before.references);
    const after = given({ Other: table("other", ["version", "name"]) });
    await expect(createTables(client, after.template, after.references)).rejects.toThrow(
      "The table other in the data folder has other keys or indexes than the template; start with --fresh",
    );
  });
});

describe("queues", () => {
  const queues = (visibilityTimeout: number) =>
    given({
      Changes: {
        Type: "AWS::SQS::Queue",
        Properties: {
          QueueName: "changes.fifo",
          FifoQueue: true,
          VisibilityTimeout: visibilityTimeout,
          RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 7 },
        },
      },
      Dead: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true, MessageRetentionPeriod: 1_209_600 } },
    });

  it("are made with their attributes, keep their messages, and take over a new visibility timeout", async () => {
    const client = sqsClient(engines.current);
    const first = queues(60);
    await createQueues(client, first.template, first.references);
    const queue = fifoQueue(client, engines.current.sqs.endpoint, "changes.fifo");
    expect(first.references.ref("Changes")).toBe(queue.url);
    await queue.send("g", "kept");
    expect(await queue.attributes()).toMatchObject({
      FifoQueue: "true",
      VisibilityTimeout: "60",
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:Dead.fifo",
        maxReceiveCount: 7,
      }),
    });
    const dead = fifoQueue(client, engines.current.sqs.endpoint, "Dead.fifo");
    expect(await dead.attributes()).toMatchObject({ MessageRetentionPeriod: "1209600" });

    const second = queues(90);
    await createQueues(client, second.template, second.references);
    expect(await queue.attributes()).toMatchObject({ VisibilityTimeout: "90" });
    expect((await queue.receive())?.Body).toBe("kept");
  });

  it("are standard queues where the template does not say otherwise", async () => {
    const client = sqsClient(engines.current);
    const { template, references } = given({
      Runs: {
        Type: "AWS::SQS::Queue",
        Properties: {
          QueueName: "runs",
          VisibilityTimeout: 150,
          RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["DeadRuns", "Arn"] }, maxReceiveCount: 7 },
        },
      },
      DeadRuns: { Type: "AWS::SQS::Queue", Properties: { QueueName: "runs-dead" } },
    });
    // Twice: as at a second start.
    await createQueues(client, template, references);
    await createQueues(client, template, references);
    const url = references.ref("Runs");
    const attributes = await fifoQueue(client, engines.current.sqs.endpoint, "runs").attributes();
    expect(attributes).toMatchObject({
      VisibilityTimeout: "150",
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:runs-dead",
        maxReceiveCount: 7,
      }),
    });
    expect(attributes["FifoQueue"]).toBeUndefined();
    const message = { kind: "discover", connection: "retell", runId: "run-1" } as const;
    expect(await createReconciliationQueue(client, url).send([message, message])).toEqual({ sent: true });
  });
});

describe("buckets", () => {
  it("are made once", async () => {
    const client = s3Client(engines.current);
    const { template, references } = given({ Anchors: { Type: "AWS::S3::Bucket" } });
    await createBuckets(client, template, references);
    await createBuckets(client, template, references);
    await client.send(new HeadBucketCommand({ Bucket: "anchors" }));
  });
});

describe("secrets", () => {
  const arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:stack/connections/retell-local0";

  async function secretsClient(values: Map<string, string>): Promise<SecretsManagerClient> {
    const front = await startSecretsFront(values);
    onTestFinished(() => front.stop());
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    return new SecretsManagerClient({ endpoint: front.endpoint, region: "us-east-1", credentials });
  }

  it("are given by ARN and by name, with a version that changes with the value", async () => {
    const values = new Map([[arn, "key"]]);
    const client = await secretsClient(values);
    const get = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));
    const secret = await get(arn);
    expect(secret).toMatchObject({ ARN: arn, Name: "stack/connections/retell", SecretString: "key" });
    expect(await get("stack/connections/retell")).toMatchObject({ VersionId: secret.VersionId });
    const described = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(described.VersionIdsToStages).toEqual({ [secret.VersionId ?? ""]: ["AWSCURRENT"] });

    values.set(arn, "new key");
    const changed = await get(arn);
    expect(changed.SecretString).toBe("new key");
    expect(changed.VersionId).not.toBe(secret.VersionId);
  });

  it("are replaced by a put, which is another version", async () => {
    const other = arn.replace("retell", "other");
    const values = new Map([
      [arn, "key"],
      [other, "untouched"],
    ]);
    const client = await secretsClient(values);
    const before = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    const put = await client.send(
      new PutSecretValueCommand({ SecretId: "stack/connections/retell", SecretString: "new key" }),
    );
    expect(put).toMatchObject({ ARN: arn, VersionStages: ["AWSCURRENT"] });
    const after = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    expect(after).toMatchObject({ SecretString: "new key", VersionId: put.VersionId });
    expect(after.VersionId).not.toBe(before.VersionId);
    expect(values.get(other)).toBe("untouched");
  });

  it("that are put without a text are refused, and stay as they are", async () => {
    const values = new Map([[arn, "key"]]);
    const client = await secretsClient(values);
    const put = client.send(new PutSecretValueCommand({ SecretId: arn }));
    await expect(put).rejects.toMatchObject({ name: "InvalidParameterException" });
    expect(values.get(arn)).toBe("key");
  });

  it("that do not exist are an error of Secrets Manager's own", async () => {
    const client = await secretsClient(new Map());
    const get = client.send(new GetSecretValueCommand({ SecretId: arn }));
    await expect(get).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
