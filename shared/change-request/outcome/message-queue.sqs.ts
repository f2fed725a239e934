/** A connection's change queue as its worker sees it. */
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { hideMessage } from "../../platform/hide-message.sqs.ts";
import type { MessageQueue } from "./message-queue.ts";

/** Attributes count towards SQS's 1 MiB; a body that leaves them no room goes alone, and the log has the reason. */
const MAX_BODY_BYTES_WITH_ATTRIBUTES = 1024 * 1024 - 1024;

export function createMessageQueue(
  client: SQSClient,
  urls: { readonly queue: string; readonly deadLetters: string },
): MessageQueue {
  return {
    hide: hideMessage(client, urls.queue),

    async deadLetter({ messageId, messageGroupId, body, reason, requestId, attempts }) {
      await client.send(
        new SendMessageCommand({
          QueueUrl: urls.deadLetters,
          MessageBody: body,
          MessageGroupId: messageGroupId,
          // A redelivery that sends the letter again within five minutes sends it once.
          MessageDeduplicationId: messageId,
          ...(Buffer.byteLength(body) <= MAX_BODY_BYTES_WITH_ATTRIBUTES && {
            MessageAttributes: {
              reason: { DataType: "String", StringValue: reason },
              attempts: { DataType: "Number", StringValue: String(attempts) },
              ...(requestId !== undefined && { requestId: { DataType: "String", StringValue: requestId } }),
            },
          }),
        }),
      );
    },
  };
}
