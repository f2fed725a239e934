/** Composition root of the hourly sweep over requests that nothing leads to an end any more. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createRequestStore } from "../../shared/change-request/record/request-store.dynamodb.ts";
import { sweepLostRequests } from "../../shared/change-request/record/sweep-lost-requests.ts";
import { createSweepStore } from "../../shared/change-request/record/sweep-store.dynamodb.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { requiredVariables } from "../../shared/platform/environment.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { createMetrics } from "../../shared/platform/metrics.emf.ts";

const environment = requiredVariables(process.env, ["STATE_TABLE"]);
const dynamoDb = new DynamoDBClient();
const metrics = createMetrics();
const dependencies = {
  requests: createRequestStore(dynamoDb, environment.STATE_TABLE),
  sweeps: createSweepStore(dynamoDb, environment.STATE_TABLE),
  clock: systemClock,
  metrics,
  log: createLogger(),
};

/** Invoked by the schedule; its event says nothing that is needed. */
export const handler = metrics.publishedBy(async (): Promise<void> => sweepLostRequests(dependencies));
