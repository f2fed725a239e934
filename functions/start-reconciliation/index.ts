/** Composition root of the schedule's start of reconciliation runs, one schedule for each connection. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { systemClock } from "../../shared/platform/clock.ts";
import { parseConnections } from "../../shared/platform/config.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { createMetrics } from "../../shared/platform/metrics.emf.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import { createRunStore } from "../../shared/reconciliation/run/run-store.dynamodb.ts";
import { startRun } from "../../shared/reconciliation/run/start-run.ts";

const environment = requiredVariables(process.env, ["STATE_TABLE", "CONNECTIONS", "RECONCILIATION_QUEUES"]);
const connections = new Map(
  parseConnections(JSON.parse(environment.CONNECTIONS)).map((connection) => [connection.id, connection]),
);
const queueUrls = JSON.parse(environment.RECONCILIATION_QUEUES) as Record<string, string>;
const runs = createRunStore(new DynamoDBClient(), environment.STATE_TABLE);
const sqs = new SQSClient();
const metrics = createMetrics();
const log = createLogger();

/** The schedule's input names the connection. A run that is still going on is left alone: the next start comes. */
export const handler = metrics.publishedBy(async (event: { readonly connection: string }): Promise<void> => {
  const connection = connections.get(event.connection);
  const queueUrl = queueUrls[event.connection];
  if (connection === undefined || queueUrl === undefined) {
    throw new Error(`the schedule names no connection of this deployment: ${event.connection}`);
  }
  const messages = createReconciliationQueue(sqs, queueUrl);
  await startRun(
    { connection, runs, messages, clock: systemClock, random: systemRandom, metrics, log },
    { trigger: "schedule" },
  );
});
