import { mkdirSync, realpathSync } from "node:fs";
import { chooseDynamoDbSource, type DynamoDbSource, installedDynamoDbBinary } from "./dynamodb-source.ts";
import { EngineUnavailableError } from "./engine-unavailable-error.ts";
import { type EngineHost, forkEngineHost } from "./fork-engine-host.ts";
import { localHost, localRegion } from "./local-endpoint.ts";

export interface EngineOptions {
  /** Everything that the engines keep lies in this folder; it is made if need be. One stack at a time owns it. */
  readonly dataDir: string;
  /** A free port is chosen where none is given. */
  readonly dynamodbPort?: number;
  readonly sqsPort?: number;
}

/** Running local engines. They accept any credentials and listen on this machine only. */
export interface Engines extends Omit<EngineHost, "ready"> {
  readonly dynamodb: { readonly endpoint: string };
  readonly sqs: { readonly endpoint: string; readonly region: string };
  readonly s3: { readonly endpoint: string };
}

const probeDeadlineMs = 3000;

/**
 * Starts DynamoDB, SQS and S3 on a data folder and returns when they listen. They end with this process,
 * however it ends.
 * @throws EngineUnavailableError with one line for the user; nothing is left running then
 */
export async function startEngines(
  options: EngineOptions,
  source: DynamoDbSource = chooseDynamoDbSource(
    installedDynamoDbBinary(),
    process.env["AWS_ENDPOINT_URL_DYNAMODB"],
  ),
): Promise<Engines> {
  if ("endpoint" in source) await requireAnswer(source.endpoint);
  mkdirSync(options.dataDir, { recursive: true });
  const host = await forkEngineHost({
    // One spelling of the path: the search for an engine that was left behind goes by it.
    dataDir: realpathSync(options.dataDir),
    ...("binary" in source && { dynamodbBinary: source.binary }),
    dynamodbPort: options.dynamodbPort ?? 0,
    sqsPort: options.sqsPort ?? 0,
  });
  const queueEndpoint = `http://${localHost}:${host.ready.sqsPort}`;
  return {
    dynamodb: {
      endpoint: "endpoint" in source ? source.endpoint : `http://${localHost}:${host.ready.dynamodb?.port}`,
    },
    sqs: { endpoint: queueEndpoint, region: localRegion },
    // One engine emulates both.
    s3: { endpoint: queueEndpoint },
    processIds: host.processIds,
    ended: host.ended,
    stop: host.stop,
  };
}

/** An endpoint that somebody else runs is checked once here, instead of failing in every function later. */
async function requireAnswer(endpoint: string): Promise<void> {
  try {
    await fetch(endpoint, { method: "POST", signal: AbortSignal.timeout(probeDeadlineMs) });
  } catch (error) {
    throw new EngineUnavailableError(
      "start-failed",
      `The DynamoDB endpoint ${endpoint} (AWS_ENDPOINT_URL_DYNAMODB) does not answer`,
      { cause: error },
    );
  }
}
