/** From an SQS event to the use cases of a run and back: a message is done, or waits. */
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Log } from "../../shared/platform/log.ts";
import { reconcileScope } from "../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../shared/reconciliation/run/discover-scopes.ts";
import { parseReconciliationMessage } from "../../shared/reconciliation/run/reconciliation-message.ts";
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

/** SQS takes whole seconds. */
const MAX_VISIBILITY_SECONDS = 43_200;

export function createHandler({ queues, log }: HandlerDependencies) {
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const record of event.Records) {
      const queue = queues.get(record.eventSourceARN);
      // Not a message's fault but a wrong deployment: nothing may be deleted.
      if (queue === undefined) throw new Error(`no connection has the queue ${record.eventSourceARN}`);
      const disposition = await handled(queue, record, context, log);
      if (disposition.kind === "done") continue;
      await queue.hide(record.receiptHandle, wholeSeconds(disposition.waitMs));
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
  const endsAt = reconcile.clock.now() + context.getRemainingTimeInMillis();
  const disposition =
    message.kind === "discover"
      ? await discoverScopes(reconcile, message, endsAt)
      : await reconcileScope(reconcile, message, endsAt);
  if (disposition.kind === "wait") {
    const { waitMs, reason } = disposition;
    log.info("reconciliation-waits", { ...message, reason, waitMs });
  }
  return disposition;
}

function wholeSeconds(ms: number): number {
  return Math.min(MAX_VISIBILITY_SECONDS, Math.max(1, Math.ceil(ms / 1_000)));
}
