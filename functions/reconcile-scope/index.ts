/** Composition root: the environment's tables, queues and secrets, and the handler over them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createRequestStore } from "../../shared/change-request/record/request-store.dynamodb.ts";
import { createChangeQueue } from "../../shared/change-request/submission/change-queue.sqs.ts";
import { createConnectionHealthStore } from "../../shared/connection/connection-health.dynamodb.ts";
import { type AccessParts, providerAccess } from "../../shared/connection/provider-access.http.ts";
import { createHistoryStore } from "../../shared/definition/history/history-store.dynamodb.ts";
import { createKnownDefinitions } from "../../shared/definition/mirror/known-definitions.dynamodb.ts";
import { createMirrorStore } from "../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../shared/platform/config.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { hideMessage } from "../../shared/platform/hide-message.sqs.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { createMetrics } from "../../shared/platform/metrics.emf.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createSecretCache } from "../../shared/platform/secret-cache.ts";
import { createSecretStore } from "../../shared/platform/secret-store.secretsmanager.ts";
import { createHttpAgent } from "../../shared/providers/http-agent.http.ts";
import { createLimiterStore } from "../../shared/rate-limit/limiter-store.dynamodb.ts";
import { createKnownScopeStore } from "../../shared/reconciliation/run/known-scopes.dynamodb.ts";
import { createReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import { createRunStore } from "../../shared/reconciliation/run/run-store.dynamodb.ts";
import { createScopeRunStore } from "../../shared/reconciliation/run/scope-runs.dynamodb.ts";
import { createObservationStore } from "../../shared/reconciliation/scan/observation-store.dynamodb.ts";
import { createHandler, type ReconciliationQueueOf } from "./handler.ts";

/** A replaced key is used after this time at the latest; one that is refused is read anew at once. */
const SECRET_LIFETIME_MS = 300_000;

const environment = requiredVariables(process.env, [
  "STATE_TABLE",
  "HISTORY_TABLE",
  "CONNECTIONS",
  "CONNECTION_SECRETS",
  "RECONCILIATION_QUEUES",
  "CHANGE_REQUEST_QUEUES",
]);
const tables = { state: environment.STATE_TABLE, history: environment.HISTORY_TABLE };
const secretArns = JSON.parse(environment.CONNECTION_SECRETS) as Record<string, string>;
const queueOf = JSON.parse(environment.RECONCILIATION_QUEUES) as Record<string, { url: string; arn: string }>;
const changeQueueUrls = JSON.parse(environment.CHANGE_REQUEST_QUEUES) as Record<string, string>;

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
const access: AccessParts = { ...parts, secrets, dispatcher: createHttpAgent(), rateLimits, lane: "scan" };
const changes = createChangeQueue(sqs, new Map(Object.entries(changeQueueUrls)));

export const handler = metrics.publishedBy(
  createHandler({
    queues: new Map(parseConnections(JSON.parse(environment.CONNECTIONS)).map(queueEntry)),
    log,
  }),
);

function queueEntry(connection: Connection): [arn: string, queue: ReconciliationQueueOf] {
  const queue = queueOf[connection.id];
  const secretArn = secretArns[connection.id];
  if (queue === undefined || secretArn === undefined) {
    throw new Error(`the environment names no queue or no secret of the connection ${connection.id}`);
  }
  return [
    queue.arn,
    {
      reconcile: {
        ...parts,
        ...providerAccess(access, connection, secretArn),
        health: createConnectionHealthStore(dynamoDb, tables.state),
        runs: createRunStore(dynamoDb, tables.state),
        scopeRuns: createScopeRunStore(dynamoDb, tables.state),
        knownScopes: createKnownScopeStore(dynamoDb, tables.state),
        knownDefinitions: createKnownDefinitions(dynamoDb, tables.state),
        mirrors: createMirrorStore(dynamoDb, tables.state),
        history: createHistoryStore(dynamoDb, tables.history),
        observations: createObservationStore(dynamoDb, tables),
        requests: createRequestStore(dynamoDb, tables.state),
        changes,
        messages: createReconciliationQueue(sqs, queue.url),
      },
      hide: hideMessage(sqs, queue.url),
    },
  ];
}
