import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll } from "vitest";
import { killIfAlive } from "../../infra/local/engines/kill-if-alive.ts";
import { type Engines, startEngines } from "../../infra/local/engines/start-engines.ts";

/** The engines of one test file, on a folder of their own that is removed after its last test. */
export interface TestEngines {
  /** The running engines; not before the file's own `beforeAll` hooks. */
  readonly current: Engines;
  /** Ends the engines with SIGKILL and starts them again on what is on disk; ports change. */
  crashAndRestart(): Promise<Engines>;
}

/** Gives the test file real engines. Call it at the top of the file, before hooks that need them. */
export function withEngines(): TestEngines {
  let dataDir: string | undefined;
  let engines: Engines | undefined;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "test-case-sync-"));
    engines = await startEngines({ dataDir });
  });
  afterAll(async () => {
    await engines?.stop();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  const current = () => {
    if (engines === undefined)
      throw new Error("The engines are not running: withEngines() starts them in beforeAll");
    return engines;
  };
  return {
    get current() {
      return current();
    },
    async crashAndRestart() {
      const crashed = current();
      for (const processId of crashed.processIds) killIfAlive(processId);
      await crashed.ended;
      engines = await startEngines({ dataDir: dataDir ?? "" });
      return engines;
    },
  };
}

/** The engines accept any credentials; the SDK wants some. */
const testCredentials = { accessKeyId: "test", secretAccessKey: "test" };

export function dynamoDbClient(engines: Engines): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: engines.dynamodb.endpoint,
    region: engines.sqs.region,
    credentials: testCredentials,
  });
}

export function sqsClient(engines: Engines): SQSClient {
  return new SQSClient({
    endpoint: engines.sqs.endpoint,
    region: engines.sqs.region,
    credentials: testCredentials,
  });
}

export function s3Client(engines: Engines): S3Client {
  return new S3Client({
    endpoint: engines.s3.endpoint,
    region: engines.sqs.region,
    credentials: testCredentials,
  });
}
