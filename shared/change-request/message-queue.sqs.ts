/** A connection's change queue as its worker sees it. */
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { MessageQueue } from "./message-queue.ts";

export function createMessageQueue(
  client: SQSClient,
  urls: { readonly queue: string; readonly deadLetters: string },
): MessageQueue {
  return {
    async hide(receiptHandle, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: urls.queue,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },

    async deadLetter({ messageId, messageGroupId, body, reason, requestId, attempts }) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: urls.deadLetters,
          MessageBody: body,
          MessageGroupId: messageGroupId,
          // A redelivery that sends the letter again within five minutes sends it once.
          MessageDeduplicationId: messageId,
          MessageAttributes: {
            reason: { DataType: "String", StringValue: reason },
            attempts: { DataType: "Number", StringValue: String(attempts) },
            ...(requestId !== undefined && { requestId: { DataType: "String", StringValue: requestId } }),
          },
        }),
      );
    },
  };
}
