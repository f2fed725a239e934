/**
 * rate-limiter-flexible on DynamoDB: a counter per second that all workers share. With its in-memory block, as its
 * documentation recommends: a process that has seen the counter full asks again only in the next window.
 */
import { setTimeout as delay } from "node:timers/promises";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import { RateLimiterDynamo, RateLimiterRes } from "rate-limiter-flexible";
import { meterTable } from "../table-meter.ts";
import { workUntilAccepted } from "./call-until-accepted.ts";
import type { CreatePolicy } from "./policy.ts";

export const createPolicy: CreatePolicy = async (parts) => {
  const { task, meter, note } = parts;
  const client = new DynamoDB({
    endpoint: task.dynamodbEndpoint,
    region: task.region,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  meterTable(client, meter);
  const limiter = new RateLimiterDynamo({
    storeClient: client,
    tableName: task.tables.flexible,
    tableCreated: true,
    ttlSet: true,
    keyPrefix: task.cell.id,
    points: task.cell.ceiling,
    duration: 1,
    inMemoryBlockOnConsumed: task.cell.ceiling,
  });
  await parts.calls.warmUp();
  await limiter.get("warm-up");
  return workUntilAccepted(parts, async () => {
    for (;;) {
      try {
        await limiter.consume("provider");
        return;
      } catch (rejection) {
        if (rejection instanceof RateLimiterRes) {
          note("no-points");
          await delay(rejection.msBeforeNext);
        } else {
          // Its two conditional writes can both fail when the window ends between them.
          note("window-ended");
        }
      }
    }
  });
};
