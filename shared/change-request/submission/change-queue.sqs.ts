/** The change queues of all connections in SQS. */
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { ChangeQueue } from "./change-queue.ts";

/** `urls`: the queue's URL by connection. */
export function createChangeQueue(client: SQSClient, urls: ReadonlyMap<string, string>): ChangeQueue {
  return {
    async send({ connection, groupId, deduplicationId, body }) {
      const QueueUrl = urls.get(connection);
      if (QueueUrl === undefined) throw new Error(`the connection ${connection} has no queue`);
      try {
        await client.send(
          new SendMessageCommand({
            QueueUrl,
            MessageBody: body,
            MessageGroupId: groupId,
            MessageDeduplicationId: deduplicationId,
          }),
        );
        return { sent: true };
      } catch (error) {
        // Whatever it was (refused, throttled, unreachable, no answer in time): nobody may be told that the
        // message is in the queue, and a message that is there nevertheless does no harm.
        return { sent: false, reason: error instanceof Error ? error.name : "unknown" };
      }
    },
  };
}
