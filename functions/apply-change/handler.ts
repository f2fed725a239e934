/** From an SQS event to the use case and back: a message is done, waits, or goes to the dead-letter queue. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { applyChangeRequest } from "../../shared/change-request/apply-change-request.ts";
import type { ApplyDependencies } from "../../shared/change-request/attempt/attempt.ts";
import type { MessageQueue } from "../../shared/change-request/outcome/message-queue.ts";
import { parseChangeRequest } from "../../shared/change-request/submission/parse-change-request.ts";
import type { Log } from "../../shared/platform/log.ts";
import { visibilitySeconds } from "../../shared/platform/visibility-seconds.ts";
import { waitMs } from "../../shared/retry/wait.ts";

/** The queue of one connection, and what its requests are applied with. */
export type ConnectionQueue = { readonly apply: ApplyDependencies; readonly messages: MessageQueue };

export type HandlerDependencies = {
  /** By queue ARN. */
  readonly queues: ReadonlyMap<string, ConnectionQueue>;
  readonly log: Log;
};

/** An unexpected failure waits at least this long, and longer where its message was received often. */
const UNEXPECTED_FAILURE_WAIT_MS = 15_000;

export function createHandler(dependencies: HandlerDependencies) {
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    // One at a time and in order: the event source delivers one message per invocation.
    for (const record of event.Records) {
      if (!(await handleRecord(dependencies, record, context))) failed.push(record.messageId);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** `true`: the message is dealt with and may be deleted. */
async function handleRecord(
  { queues, log }: HandlerDependencies,
  record: SQSRecord,
  context: Context,
): Promise<boolean> {
  const queue = queues.get(record.eventSourceARN);
  // Not a message's fault but a wrong deployment: nothing may be deleted.
  if (queue === undefined) throw new Error(`no connection has the queue ${record.eventSourceARN}`);
  try {
    return await dispose(queue, record, context);
  } catch (error) {
    log.error("apply-failed-unexpectedly", { messageId: record.messageId, error: errorName(error) });
    await queue.messages.hide(record.receiptHandle, visibilitySeconds(waitAfterFailure(queue, record)));
    return false;
  }
}

/** Milliseconds. A table may be away for longer than SQS would deliver the message at a fixed distance. */
function waitAfterFailure({ apply }: ConnectionQueue, { attributes }: SQSRecord): number {
  const message = {
    receiveCount: Number(attributes.ApproximateReceiveCount),
    ageMs: apply.clock.now() - Number(attributes.SentTimestamp),
  };
  return waitMs(message, UNEXPECTED_FAILURE_WAIT_MS, apply.random.fraction());
}

async function dispose(
  { apply, messages }: ConnectionQueue,
  record: SQSRecord,
  context: Context,
): Promise<boolean> {
  const { connection, provider } = apply;
  const parsed = parseChangeRequest(record.body, {
    connection: connection.id,
    otherConnection: "wrong-queue",
    dialectOf: (id) => (id === connection.id ? provider.dialect : undefined),
  });
  const disposition = await applyChangeRequest(apply, parsed, {
    body: record.body,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    senderId: record.attributes.SenderId,
    sentAt: Number(record.attributes.SentTimestamp),
    invocationEndsAt: apply.clock.now() + context.getRemainingTimeInMillis(),
  });
  switch (disposition.kind) {
    case "done":
      return true;
    case "wait":
      await messages.hide(record.receiptHandle, visibilitySeconds(disposition.waitMs));
      return false;
    case "dead-letter": {
      await messages.deadLetter({
        messageId: record.messageId,
        messageGroupId: record.attributes.MessageGroupId ?? connection.id,
        body: record.body,
        reason: disposition.reason,
        requestId: parsed.valid ? parsed.request.requestId : parsed.requestId,
        attempts: disposition.record?.attempts ?? 0,
      });
      if (disposition.record !== undefined) {
        await apply.requests.markDeadLettered(disposition.record, disposition.record.epoch);
      }
      return true;
    }
  }
}

/** An error's class only: its message may quote what it failed on. */
function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
