/**
 * An operator's retry of a failed change request: the next epoch is opened, then the same message goes into the queue
 * again. A retry whose message was not taken may be repeated; it sends the message of the same epoch once more.
 */
import type { Clock } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import type { Metrics } from "../../platform/metrics.ts";
import type { Dialect } from "../../providers/provider.ts";
import type { RequestKey, RequestRecord } from "../record/request-record.ts";
import type { RequestStatus } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";
import type { ChangeQueue } from "./change-queue.ts";
import { messageGroupId } from "./message-group-id.ts";
import { parseChangeRequest } from "./parse-change-request.ts";
import { groupOf, queuedMessage } from "./queued-message.ts";

export type RetryDependencies = {
  readonly requests: Pick<RequestStore, "read" | "body" | "reopen">;
  readonly queue: ChangeQueue;
  readonly clock: Pick<Clock, "now">;
  readonly metrics: Metrics;
  readonly log: Log;
};

export type Retry =
  | { readonly kind: "accepted"; readonly status: "queued"; readonly epoch: number }
  | { readonly kind: "unknown" }
  /** It was not given up, or is at work again already. */
  | { readonly kind: "not-failed"; readonly status: RequestStatus }
  /** Nothing is left to send: a lost request never reached a worker, which would have kept its message. */
  | { readonly kind: "body-not-kept" }
  /** The next epoch is open, but no message is known to be in the queue; the retry may be repeated. */
  | { readonly kind: "queue-unavailable" };

export async function retryChangeRequest(
  dependencies: RetryDependencies,
  key: RequestKey,
  dialect: Dialect,
): Promise<Retry> {
  const { requests, queue, log } = dependencies;
  const record = await requests.read(key);
  if (record === undefined) return { kind: "unknown" };
  const { status } = record;
  if (status !== "failed" && !isRetried(record)) return { kind: "not-failed", status };
  // Before anything is opened: a request without a message would stay queued until the sweep ends it.
  const body = await requests.body(key);
  if (body === undefined) return { kind: "body-not-kept" };

  const epoch = status === "failed" ? await nextEpoch(dependencies, record) : record.epoch;
  // Somebody else was faster; the next look says what became of the request.
  if (epoch === undefined) return await retryChangeRequest(dependencies, key, dialect);
  const delivery = await queue.send(queuedMessage(key, epoch, groupOfBody(body, key, dialect), body));
  if (delivery.sent) return { kind: "accepted", status: "queued", epoch };
  const { connection, requestId } = key;
  log.error("change-queue-unavailable", { connection, requestId, reason: delivery.reason });
  return { kind: "queue-unavailable" };
}

async function nextEpoch(
  { requests, clock, metrics, log }: RetryDependencies,
  record: RequestRecord,
): Promise<number | undefined> {
  if (!(await requests.reopen(record, clock.now()))) return undefined;
  const { connection, requestId } = record;
  const epoch = record.epoch + 1;
  metrics.count("RequestRetried", connection);
  log.info("request-retried", { connection, requestId, epoch });
  return epoch;
}

/** An epoch that a retry has opened and no worker has begun: its message may never have been sent. */
function isRetried({ status, epoch }: RequestRecord): boolean {
  return status === "queued" && epoch > 1;
}

function groupOfBody(body: string, { connection, requestId }: RequestKey, dialect: Dialect): string {
  const parsed = parseChangeRequest(body, {
    connection,
    otherConnection: "wrong-queue",
    dialectOf: (id) => (id === connection ? dialect : undefined),
  });
  // What an earlier version of the code took and this one does not is rejected by the worker, in whatever order.
  return parsed.valid
    ? groupOf(parsed.request, dialect)
    : messageGroupId({ kind: "definition", connection, definitionId: requestId });
}
