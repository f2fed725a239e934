/** How the local engines start, what they say when they cannot, and what a restart finds again. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { CreateTableCommand, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Engines, startEngines } from "../../../infra/local/engines/start-engines.ts";
import { dynamoDbClient, s3Client, sqsClient } from "../../support/engines.ts";
import { isRunning } from "../../support/is-running.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Engines that end with the test. */
async function start(...input: Parameters<typeof startEngines>): Promise<Engines> {
  const engines = await startEngines(...input);
  onTestFinished(() => engines.stop());
  return engines;
}

/** A port that somebody else listens on until the test ends. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

const portOf = (endpoint: string) => Number(new URL(endpoint).port);

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe("starting", () => {
  it("gives each stack its own engines on free ports", async () => {
    const [one, other] = await Promise.all([
      start({ dataDir: temporaryFolder() }),
      start({ dataDir: temporaryFolder() }),
    ]);
    await sqsClient(one).send(new CreateQueueCommand({ QueueName: "mine" }));
    const { QueueUrls } = await sqsClient(other).send(new ListQueuesCommand());
    expect(QueueUrls ?? []).toEqual([]);
    expect(one.dynamodb.endpoint).not.toBe(other.dynamodb.endpoint);
  });

  it("uses the ports that it is given, also at once after the engines before let them go", async () => {
    const dataDir = temporaryFolder();
    const first = await start({ dataDir });
    const ports = { dynamodbPort: portOf(first.dynamodb.endpoint), sqsPort: portOf(first.sqs.endpoint) };
    await first.stop();
    const second = await start({ dataDir, ...ports });
    expect([second.dynamodb, second.sqs, second.s3]).toEqual([first.dynamodb, first.sqs, first.s3]);
  });

  it.each(["dynamodbPort", "sqsPort"])("says in one line that a given %s is taken", async (option) => {
    const port = await takenPort();
    const starting = startEngines({ dataDir: temporaryFolder(), [option]: port });
    const what = option === "sqsPort" ? "SQS" : "DynamoDB";
    await expect(starting).rejects.toMatchObject({
      name: "EngineUnavailableError",
      code: "port-taken",
      message: `Port ${port} for ${what} is already in use`,
    });
  });

  it.each(["/nowhere/dynoxide", import.meta.filename])(
    "says that the DynamoDB engine %s cannot run",
    async (binary) => {
      const starting = startEngines({ dataDir: temporaryFolder() }, { binary });
      await expect(starting).rejects.toMatchObject({
        code: "start-failed",
        message: expect.stringMatching(/^The DynamoDB engine did not start: .+$/),
      });
    },
  );

  it("refuses a data folder that other engines own, and leaves those alone", async () => {
    const dataDir = temporaryFolder();
    const owner = await start({ dataDir });
    await expect(startEngines({ dataDir })).rejects.toMatchObject({ code: "data-in-use" });
    await dynamoDbClient(owner).send(new ListTablesCommand());
  });

  it("listens on this machine's own address only", async () => {
    const { dynamodb, sqs } = await start({ dataDir: temporaryFolder() });
    for (const port of [portOf(dynamodb.endpoint), portOf(sqs.endpoint)]) {
      expect(await accepts("127.0.0.1", port)).toBe(true);
      expect(await accepts("127.0.0.2", port)).toBe(false);
    }
  });
});

describe("DynamoDB that somebody else runs", () => {
  it("is used where it is named", async () => {
    const theirs = await start({ dataDir: temporaryFolder() });
    const ours = await start({ dataDir: temporaryFolder() }, { endpoint: theirs.dynamodb.endpoint });
    expect(ours.dynamodb.endpoint).toBe(theirs.dynamodb.endpoint);
    expect(ours.processIds).toHaveLength(1);
    await sqsClient(ours).send(new ListQueuesCommand());
  });

  it("must answer", async () => {
    const starting = startEngines({ dataDir: temporaryFolder() }, { endpoint: "http://127.0.0.1:1" });
    await expect(starting).rejects.toMatchObject({
      code: "start-failed",
      message: "The DynamoDB endpoint http://127.0.0.1:1 (AWS_ENDPOINT_URL_DYNAMODB) does not answer",
    });
  });
});

describe("stopping", () => {
  it("takes less than two seconds while clients are connected and waiting, and leaves no process", async () => {
    const engines = await start({ dataDir: temporaryFolder() });
    const queue = await sqsClient(engines).send(new CreateQueueCommand({ QueueName: "polled" }));
    const poll = sqsClient(engines).send(
      new ReceiveMessageCommand({ QueueUrl: queue.QueueUrl, WaitTimeSeconds: 20 }),
    );
    const settled = Promise.allSettled([poll]);
    await dynamoDbClient(engines).send(new ListTablesCommand());
    const stoppedAt = performance.now();
    await engines.stop();
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect(engines.processIds.filter(isRunning)).toEqual([]);
    expect(await engines.ended).toBeUndefined();
    await settled;
  });

  it("keeps tables, queues, buckets and objects for the next start", async () => {
    const dataDir = temporaryFolder();
    const before = await start({ dataDir });
    await dynamoDbClient(before).send(
      new CreateTableCommand({
        TableName: "kept",
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    await sqsClient(before).send(new CreateQueueCommand({ QueueName: "kept" }));
    await s3Client(before).send(new CreateBucketCommand({ Bucket: "kept" }));
    const object = { Bucket: "kept", Key: "anchors/2026-11-21.json" };
    await s3Client(before).send(new PutObjectCommand({ ...object, Body: '{"heads":1}' }));
    await before.stop();

    const after = await start({ dataDir });
    expect((await dynamoDbClient(after).send(new ListTablesCommand())).TableNames).toEqual(["kept"]);
    const { QueueUrls } = await sqsClient(after).send(new ListQueuesCommand());
    expect(QueueUrls?.map((url) => url.split("/").at(-1))).toEqual(["kept"]);
    const { Body } = await s3Client(after).send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe('{"heads":1}');
  });
});
