/** Waiting: a message that was received stays away for so many seconds (1 to 43 200), and comes back then. */
import { ChangeMessageVisibilityCommand, type SQSClient } from "@aws-sdk/client-sqs";

export function hideMessage(
  client: SQSClient,
  queueUrl: string,
): (receiptHandle: string, seconds: number) => Promise<void> {
  return async (receiptHandle, seconds) => {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  };
}
