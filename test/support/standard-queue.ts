import { randomUUID } from "node:crypto";
import { CreateQueueCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { createReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import type { ReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.ts";
import { type FifoQueue, fifoQueue } from "./fifo-queue.ts";

/** A standard queue, filled as its producers do and emptied as Lambda's poller does. */
export type StandardQueue = Pick<
  FifoQueue,
  "name" | "url" | "receive" | "delete" | "changeVisibility" | "attributes"
> &
  ReconciliationQueue;

/** Creates a standard queue with a name of its own. Visibility timeout 30 s unless given. */
export async function createStandardQueue(
  client: SQSClient,
  endpoint: string,
  attributes: Record<string, string> = {},
): Promise<StandardQueue> {
  const name = randomUUID();
  const Attributes = { VisibilityTimeout: "30", ...attributes };
  await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  const { send: _toGroups, ...queue } = fifoQueue(client, endpoint, name);
  return { ...queue, send: createReconciliationQueue(client, queue.url).send };
}
