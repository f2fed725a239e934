import { randomUUID } from "node:crypto";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { localQueueUrl } from "../../infra/local/engines/local-queue-url.ts";

/** A FIFO queue, spoken to as its producers and Lambda's poller do. */
export interface FifoQueue {
  readonly name: string;
  readonly url: string;
  /** Sends with a new deduplication id, unless `input` has one. */
  send(group: string, body: string, input?: Partial<SendMessageCommandInput>): Promise<SentMessage>;
  /** The next message with all its attributes, or undefined if none comes within `waitSeconds` (default 0). */
  receive(options?: { waitSeconds?: number; visibilitySeconds?: number }): Promise<Message | undefined>;
  delete(message: Message | undefined): Promise<unknown>;
  changeVisibility(message: Message | undefined, seconds: number): Promise<unknown>;
  attributes(): Promise<Record<string, string>>;
}

interface SentMessage {
  readonly MessageId?: string | undefined;
  readonly SequenceNumber?: string | undefined;
}

/** Creates a FIFO queue with a name of its own. Visibility timeout 30 s unless given. */
export async function createFifoQueue(
  client: SQSClient,
  endpoint: string,
  attributes: Record<string, string> = {},
): Promise<FifoQueue> {
  const name = `${randomUUID()}.fifo`;
  const Attributes = { FifoQueue: "true", VisibilityTimeout: "30", ...attributes };
  await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return fifoQueue(client, endpoint, name);
}

/** An existing FIFO queue. */
export function fifoQueue(client: SQSClient, endpoint: string, name: string): FifoQueue {
  const QueueUrl = localQueueUrl(endpoint, name);
  return {
    name,
    url: QueueUrl,
    send: (group, body, input = {}) =>
      client.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: body,
          MessageGroupId: group,
          MessageDeduplicationId: randomUUID(),
          ...input,
        }),
      ),
    async receive({ waitSeconds = 0, visibilitySeconds } = {}) {
      const { Messages } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: waitSeconds,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["All"],
          ...(visibilitySeconds !== undefined && { VisibilityTimeout: visibilitySeconds }),
        }),
      );
      return Messages?.[0];
    },
    delete: (message) =>
      client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle })),
    changeVisibility: (message, VisibilityTimeout) =>
      client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      ),
    async attributes() {
      const get = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
      return (await client.send(get)).Attributes ?? {};
    },
  };
}
