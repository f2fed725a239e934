/** Composition root: the environment's tables and queues, and the API over them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { createRequestStore } from "../../shared/change-request/record/request-store.dynamodb.ts";
import { createChangeQueue } from "../../shared/change-request/submission/change-queue.sqs.ts";
import { createConnectionHealthStore } from "../../shared/connection/connection-health.dynamodb.ts";
import { createHistoryStore } from "../../shared/definition/history/history-store.dynamodb.ts";
import { createVersionFeed } from "../../shared/definition/history/version-feed.dynamodb.ts";
import { createMirrorLists } from "../../shared/definition/mirror/mirror-lists.dynamodb.ts";
import { createMirrorStore } from "../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { parseConnections } from "../../shared/platform/config.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { createMetrics } from "../../shared/platform/metrics.emf.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createLimiterStore } from "../../shared/rate-limit/limiter-store.dynamodb.ts";
import { createKnownScopeStore } from "../../shared/reconciliation/run/known-scopes.dynamodb.ts";
import { createReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import { createRunStore } from "../../shared/reconciliation/run/run-store.dynamodb.ts";
import { createScopeRunStore } from "../../shared/reconciliation/run/scope-runs.dynamodb.ts";
import { createApp } from "./app.ts";
import { createHandler } from "./handler.ts";

/** A message that a queue has not taken by then gets its 503, long before the gateway gives up after 30 s. */
const SEND_TIMEOUT_MS = 3_000;

const environment = requiredVariables(process.env, [
  "STATE_TABLE",
  "HISTORY_TABLE",
  "CONNECTIONS",
  "CONNECTION_SECRETS",
  "CHANGE_REQUEST_QUEUES",
  "RECONCILIATION_QUEUES",
]);
const connections = parseConnections(JSON.parse(environment.CONNECTIONS));
const queueUrls = JSON.parse(environment.CHANGE_REQUEST_QUEUES) as Record<string, string>;
const runQueueUrls = JSON.parse(environment.RECONCILIATION_QUEUES) as Record<string, string>;

const dynamoDb = new DynamoDBClient();
const sqs = new SQSClient({
  requestHandler: { connectionTimeout: 1_000, requestTimeout: SEND_TIMEOUT_MS, throwOnRequestTimeout: true },
});

const metrics = createMetrics();
const log = createLogger();
const requests = createRequestStore(dynamoDb, environment.STATE_TABLE);
const mirrors = createMirrorStore(dynamoDb, environment.STATE_TABLE);
const mirrorLists = createMirrorLists(dynamoDb, environment.STATE_TABLE);
const history = createHistoryStore(dynamoDb, environment.HISTORY_TABLE);
const rateLimits = createLimiterStore(dynamoDb, environment.STATE_TABLE);
const health = createConnectionHealthStore(dynamoDb, environment.STATE_TABLE);

/** Nothing else here talks to a provider: what that takes is loaded by the first dry run. */
const loadDryRunner = once(async () => {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const { createDryRunner } = await import("./dry-runner.ts");
  return createDryRunner({
    connections,
    secretArns: JSON.parse(environment.CONNECTION_SECRETS) as Record<string, string>,
    secretsManager: new SecretsManagerClient(),
    requests,
    mirrors,
    mirrorLists,
    history,
    health,
    rateLimits,
    clock: systemClock,
    random: systemRandom,
    metrics,
    log,
  });
});

export const handler = metrics.publishedBy(
  createHandler(
    createApp({
      connections,
      requests,
      queue: createChangeQueue(sqs, new Map(Object.entries(queueUrls))),
      dryRun: async (request, endsAt) => (await loadDryRunner())(request, endsAt),
      mirrors,
      mirrorLists,
      history,
      feed: createVersionFeed(dynamoDb, environment.HISTORY_TABLE),
      health,
      rateLimits,
      runs: createRunStore(dynamoDb, environment.STATE_TABLE),
      scopeRuns: createScopeRunStore(dynamoDb, environment.STATE_TABLE),
      knownScopes: createKnownScopeStore(dynamoDb, environment.STATE_TABLE),
      runQueues: new Map(
        Object.entries(runQueueUrls).map(([connection, url]) => [
          connection,
          createReconciliationQueue(sqs, url),
        ]),
      ),
      clock: systemClock,
      random: systemRandom,
      metrics,
      log,
    }),
  ),
);

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
