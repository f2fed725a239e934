/**
 * Plays `AWS::Lambda::EventSourceMapping` for a queue as Lambda does: long polling, batches, at most so many
 * invocations at a time. Successes are deleted; failures stay as they are and come back by their visibility
 * timeout, which the function may have changed. The order within a group is the queue's doing.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { failedMessages } from "./batch-response.ts";
import type { InvocationResult } from "./function-process.ts";
import { sqsEvent } from "./sqs-event.ts";

export type EventSourceSettings = {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  /** 1 to 10. */
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  /** False: the answer does not matter, only whether the invocation succeeded. */
  readonly reportBatchItemFailures: boolean;
};

/** The function behind the mapping. */
export type Target = {
  invoke(event: unknown): Promise<InvocationResult>;
  /** Resolves when an invocation would not have to wait, and when there will be none any more. */
  untilRoom(): Promise<void>;
};

export type EventSource = {
  /** Takes nothing more, within about a second, and returns when the running batches are done. */
  stop(): Promise<void>;
};

/**
 * Lambda's pollers wait 20 s. Here a stop would have to wait as long: the engine goes on with a poll that was
 * given up, and hands the next message to nobody, which blocks its group for the visibility timeout.
 */
const longPollSeconds = 1;
const pauseAfterErrorMs = 1_000;

/** @param report takes one line about what went wrong, without any content */
export function startEventSource(
  sqs: SQSClient,
  target: Target,
  settings: EventSourceSettings,
  report: (line: string) => void,
): EventSource {
  let stopping = false;
  const running = new Set<Promise<void>>();

  const poll = async (): Promise<void> => {
    while (!stopping) {
      if (running.size >= settings.maximumConcurrency) {
        await Promise.race(running);
        continue;
      }
      // A message that is received and then waits for a process uses up its visibility timeout.
      await target.untilRoom();
      const messages = await receive(sqs, settings, report);
      if (messages.length === 0) continue;
      if (stopping) return await giveBack(sqs, settings, messages, report);
      const batch = handle(sqs, target, settings, messages, report).finally(() => running.delete(batch));
      running.add(batch);
    }
  };
  const polling = poll();
  return {
    async stop() {
      stopping = true;
      await polling;
      await Promise.all(running);
    },
  };
}

async function receive(
  sqs: SQSClient,
  { queueUrl, queueArn, batchSize }: EventSourceSettings,
  report: (line: string) => void,
): Promise<readonly Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: batchSize,
    WaitTimeSeconds: longPollSeconds,
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  });
  try {
    return (await sqs.send(command)).Messages ?? [];
  } catch (error) {
    report(`receiving from ${queueArn} failed: ${error}`);
    await delay(pauseAfterErrorMs);
    // Nothing was received: the caller asks again.
    return [];
  }
}

/** Messages that arrived too late shall not wait for their visibility timeout after the next start. */
async function giveBack(
  sqs: SQSClient,
  { queueUrl, queueArn }: EventSourceSettings,
  messages: readonly Message[],
  report: (line: string) => void,
): Promise<void> {
  for (const { ReceiptHandle } of messages) {
    try {
      // Not 0: the local engine loses the message then.
      const visible = { QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 1 };
      await sqs.send(new ChangeMessageVisibilityCommand(visible));
    } catch (error) {
      report(`giving a message back to ${queueArn} failed: ${error}`);
    }
  }
}

async function handle(
  sqs: SQSClient,
  target: Target,
  { queueUrl, queueArn, region, reportBatchItemFailures }: EventSourceSettings,
  messages: readonly Message[],
  report: (line: string) => void,
): Promise<void> {
  const ids = messages.map(({ MessageId }) => MessageId ?? "");
  const result = await target.invoke(sqsEvent(messages, queueArn, region));
  if (!result.ok) {
    report(`${ids.join(", ")} stays in ${queueArn}: ${result.errorType}`);
    return;
  }
  const failed = reportBatchItemFailures ? failedMessages(result.payload, ids) : new Set<string>();
  const done = messages.filter(({ MessageId = "" }) => !failed.has(MessageId));
  if (done.length === 0) return;
  try {
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    for (const { Id, Code } of deleted.Failed ?? []) report(`deleting ${ids[Number(Id)]} failed: ${Code}`);
  } catch (error) {
    report(`deleting from ${queueArn} failed: ${error}`);
  }
}
