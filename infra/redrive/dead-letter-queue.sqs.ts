/** The dead-letter queue of a connection, as an operator goes through it. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { isRequestId } from "../../shared/change-request/change-request.ts";
import type { Letter } from "./letter-plan.ts";

export type ReceivedLetter = Letter & {
  readonly connection: string;
  readonly messageId: string;
  readonly receiptHandle: string;
};

export interface DeadLetterQueue {
  readonly connection: string;
  /**
   * The next letters, hidden from others for a while. None: no more can be seen. While a letter is hidden, those
   * behind it in its message group are not given out.
   */
  receive(): Promise<readonly ReceivedLetter[]>;
  delete(letter: ReceivedLetter): Promise<void>;
  /** Others may see the letter again. */
  release(letter: ReceivedLetter): Promise<void>;
  /** Letters in the queue, hidden ones too; SQS counts approximately. */
  count(): Promise<number>;
}

/** Longer than the letters of one receive take; should the command be killed, they come back by then. */
const HIDDEN_SECONDS = 300;
/** Zero would do, but the local engine takes it for no change. */
const RELEASE_SECONDS = 1;
/** A receive that does not wait asks only some of SQS's servers. */
const WAIT_SECONDS = 1;

export function createDeadLetterQueue(
  client: SQSClient,
  connection: string,
  QueueUrl: string,
): DeadLetterQueue {
  return {
    connection,
    async receive() {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: HIDDEN_SECONDS,
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ["SentTimestamp"],
          MessageAttributeNames: ["reason", "requestId", "attempts"],
        }),
      );
      return Messages.map((message) => letterOf(connection, message));
    },

    async delete({ receiptHandle }) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle }));
    },

    async release({ receiptHandle }) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: RELEASE_SECONDS,
        }),
      );
    },

    async count() {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        }),
      );
      return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
    },
  };
}

function letterOf(connection: string, message: Message): ReceivedLetter {
  const { MessageId = "", ReceiptHandle = "", Body = "", Attributes = {} } = message;
  const text = (name: string) => message.MessageAttributes?.[name]?.StringValue;
  const [requestId, reason, attempts] = [text("requestId"), text("reason"), text("attempts")];
  const named = requestIdIn(Body);
  return {
    connection,
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    sentAt: Number(Attributes["SentTimestamp"] ?? 0),
    ...(isRequestId(requestId) && { requestId }),
    ...(reason !== undefined && { reason }),
    ...(attempts !== undefined && { attempts: Number(attempts) }),
    ...(named !== undefined && { requestIdInBody: named }),
  };
}

/** Nothing else of a body is ever shown: it may hold customers' prompts. */
function requestIdIn(body: string): string | undefined {
  try {
    const requestId = (JSON.parse(body) as { requestId?: unknown } | null)?.requestId;
    return isRequestId(requestId) ? String(requestId) : undefined;
  } catch {
    // A dead letter need not be JSON at all.
    return undefined;
  }
}
