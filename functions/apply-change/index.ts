/** Composition root: the environment's tables, queues and secrets, and the handler over them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";

import { createCommitStore } from "../../shared/change-request/attempt/commit.dynamodb.ts";
import { createMessageQueue } from "../../shared/change-request/outcome/message-queue.sqs.ts";
import { createRequestStore } from "../../shared/change-request/record/request-store.dynamodb.ts";
import { createConnectionHealthStore } from "../../shared/connection/connection-health.dynamodb.ts";
import { type AccessParts, providerAccess } from "../../shared/connection/provider-access.http.ts";
import { createHistoryStore } from "../../shared/definition/history/history-store.dynamodb.ts";
import { createMirrorLists } from "../../shared/definition/mirror/mirror-lists.dynamodb.ts";
import { createMirrorStore } from "../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../shared/platform/config.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { createMetrics } from "../../shared/platform/metrics.emf.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createSecretCache } from "../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../shared/platform/secret-store.secretsmanager.ts";
import { createHttpAgent } from "../../shared/providers/http-agent.http.ts";
import { createLimiterStore } from "../../shared/rate-limit/limiter-store.dynamodb.ts";
import { type ConnectionQueue, createHandler } from "./handler.ts";

/** A replaced key is used after this time at the latest; one that is refused is read anew at once. */
const SECRET_LIFETIME_MS = 300_000;

const environment = requiredVariables(process.env, [
  "STATE_TABLE",
  "HISTORY_TABLE",
  "CONNECTIONS",
  "CONNECTION_SECRETS",
  "CHANGE_REQUEST_QUEUES",
]);
const tables = { state: environment.STATE_TABLE, history: environment.HISTORY_TABLE };
const secretArns = JSON.parse(environment.CONNECTION_SECRETS) as Record<string, string>;
const queueOf = JSON.parse(environment.CHANGE_REQUEST_QUEUES) as Record<
  string,
  { url: string; arn: string; deadLetterUrl: string }
>;

const dynamoDb = new DynamoDBClient();
const sqs = new SQSClient();
const secrets = createSecretCache(
  createSecretStore(new SecretsManagerClient()),
  systemClock,
  SECRET_LIFETIME_MS,
);
const log = createLogger();
const metrics = createMetrics();
const parts = { clock: systemClock, random: systemRandom, log, metrics };
const rateLimits = createLimiterStore(dynamoDb, tables.state);
const access: AccessParts = { ...parts, secrets, dispatcher: createHttpAgent(), rateLimits, lane: "change" };

export const handler = metrics.publishedBy(
  createHandler({
    queues: new Map(parseConnections(JSON.parse(environment.CONNECTIONS)).map(queueEntry)),
    log,
  }),
);

function queueEntry(connection: Connection): [arn: string, queue: ConnectionQueue] {
  const queue = queueOf[connection.id];
  const secretArn = secretArns[connection.id];
  if (queue === undefined || secretArn === undefined) {
    throw new Error(`the environment names no queue or no secret of the connection ${connection.id}`);
  }
  return [
    queue.arn,
    {
      apply: {
        ...parts,
        ...providerAccess(access, connection, secretArn),
        requests: createRequestStore(dynamoDb, tables.state),
        mirrors: createMirrorStore(dynamoDb, tables.state),
        mirrorLists: createMirrorLists(dynamoDb, tables.state),
        history: createHistoryStore(dynamoDb, tables.history),
        commits: createCommitStore(dynamoDb, tables),
        health: createConnectionHealthStore(dynamoDb, tables.state),
      },
      messages: createMessageQueue(sqs, { queue: queue.url, deadLetters: queue.deadLetterUrl }),
    },
  ];
}
