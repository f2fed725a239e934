/** The queue of the messages of runs in SQS: a standard queue, because their order means nothing. */
import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { reconciliationMessageBody } from "./reconciliation-message.ts";
import type { ReconciliationQueue } from "./reconciliation-queue.ts";

/** As many as one call takes. */
const BATCH = 10;

export function createReconciliationQueue(client: SQSClient, queueUrl: string): ReconciliationQueue {
  return {
    async send(messages) {
      for (let first = 0; first < messages.length; first += BATCH) {
        const batch = messages.slice(first, first + BATCH);
        try {
          const { Failed = [] } = await client.send(
            new SendMessageBatchCommand({
              QueueUrl: queueUrl,
              Entries: batch.map((message, index) => ({
                Id: String(index),
                MessageBody: reconciliationMessageBody(message),
              })),
            }),
          );
          if (Failed.length > 0) return { sent: false, reason: Failed[0]?.Code ?? "unknown" };
        } catch (error) {
          // Whatever it was: what has been sent does no harm when it is sent again.
          return { sent: false, reason: error instanceof Error ? error.name : "unknown" };
        }
      }
      return { sent: true };
    },
  };
}
