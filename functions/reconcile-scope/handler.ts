/** From an SQS event to the use cases of a run and back: a message is done, or waits. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Log } from "../../shared/platform/log.ts";
import { visibilitySeconds } from "../../shared/platform/visibility-seconds.ts";
import { reconcileScope } from "../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../shared/reconciliation/run/discover-scopes.ts";
import {
  parseReconciliationMessage,
  type ReconciliationMessage,
} from "../../shared/reconciliation/run/reconciliation-message.ts";
import { afterUnexpectedFailure } from "../../shared/reconciliation/run/unexpected-failure.ts";
import type { ReconcileDependencies, ScanDisposition } from "../../shared/reconciliation/scan/scope-scan.ts";

/** The queue of one connection, and what its runs work with. */
export type ReconciliationQueueOf = {
  readonly reconcile: ReconcileDependencies;
  /** The message comes back after so many seconds. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
};

export type HandlerDependencies = {
  /** By queue ARN. */
  readonly queues: ReadonlyMap<string, ReconciliationQueueOf>;
  readonly log: Log;
};

export function createHandler({ queues, log }: HandlerDependencies) {
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const record of event.Records) {
      const queue = queues.get(record.eventSourceARN);
      // Not a message's fault but a wrong deployment: nothing may be deleted.
      if (queue === undefined) throw new Error(`no connection has the queue ${record.eventSourceARN}`);
      const disposition = await handled(queue, record, context, log);
      if (disposition.kind === "done") continue;
      await queue.hide(record.receiptHandle, visibilitySeconds(disposition.waitMs));
      failed.push(record.messageId);
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

async function handled(
  { reconcile }: ReconciliationQueueOf,
  record: SQSRecord,
  context: Context,
  log: Log,
): Promise<ScanDisposition> {
  const message = parseReconciliationMessage(record.body);
  if (message === undefined || message.connection !== reconcile.connection.id) {
    // Only the system itself writes to this queue: there is nothing in it that anybody could want back.
    log.error("reconciliation-message-unusable", { messageId: record.messageId });
    return { kind: "done" };
  }
  const disposition = await worked(reconcile, message, context);
  if (disposition.kind === "wait") {
    const { waitMs, reason } = disposition;
    log.info("reconciliation-waits", { ...message, reason, waitMs });
  }
  return disposition;
}

async function worked(
  reconcile: ReconcileDependencies,
  message: ReconciliationMessage,
  context: Context,
): Promise<ScanDisposition> {
  const endsAt = reconcile.clock.now() + context.getRemainingTimeInMillis();
  try {
    return message.kind === "discover"
      ? await discoverScopes(reconcile, message, endsAt)
      : await reconcileScope(reconcile, message, endsAt);
  } catch (error) {
    // Before anything was taken that would have to be given back.
    return await afterUnexpectedFailure(reconcile, message, error);
  }
}
