/**
 * Submitting a change request: its record, then its message, then "accepted". Nobody is told so without a message in
 * the queue. The id is the idempotency key: the same content again is the same request.
 */
import { asciiJson } from "../../platform/ascii-json.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import type { Dialect } from "../../providers/provider.ts";
import type { ChangeRequest } from "../change-request.ts";
import type { RequestStatus } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";
import type { ChangeQueue } from "./change-queue.ts";
import { MAX_REQUEST_BYTES, type ParsedRequest } from "./parse-change-request.ts";
import { groupOf, queuedMessage } from "./queued-message.ts";
import { queuedRecord } from "./queued-record.ts";

export type SubmitDependencies = {
  readonly requests: Pick<RequestStore, "create">;
  readonly queue: ChangeQueue;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
};

export type Submission =
  | { readonly kind: "accepted"; readonly status: RequestStatus }
  /** The id belongs to a request with another content, which is not touched. */
  | { readonly kind: "reused" }
  /** Larger than the queue takes, once everything beyond ASCII is escaped. Nothing is recorded. */
  | { readonly kind: "too-large"; readonly bytes: number }
  /** The record stands, but no message is known to be in the queue; the same request may be submitted again. */
  | { readonly kind: "queue-unavailable" };

/** `submittedBy`: the authenticated subject. The worker takes it from the record, not from the message. */
export async function submitChangeRequest(
  { requests, queue, clock, log }: SubmitDependencies,
  { request, fingerprint }: Extract<ParsedRequest, { valid: true }>,
  dialect: Pick<Dialect, "scopeOf">,
  submittedBy: string,
): Promise<Submission> {
  const body = messageBody(request);
  const bytes = body.length;
  if (bytes > MAX_REQUEST_BYTES) return { kind: "too-large", bytes };

  const record = queuedRecord(request, fingerprint, { by: submittedBy, at: clock.now() });
  const answer = await requests.create(record);
  const { fingerprint: recorded, status, epoch } = answer.created ? record : answer.existing;
  if (recorded !== fingerprint) return { kind: "reused" };
  // A request that is still queued may be one whose message was never sent; a second message does no harm.
  if (status !== "queued") return { kind: "accepted", status };

  const delivery = await queue.send(queuedMessage(record, epoch, groupOf(request, dialect), body));
  if (delivery.sent) return { kind: "accepted", status };
  log.error("change-queue-unavailable", {
    connection: request.connection,
    requestId: request.requestId,
    reason: delivery.reason,
  });
  return { kind: "queue-unavailable" };
}

/**
 * The message spells out what may be left out or stand elsewhere, so that the worker finds the same content in it, and
 * the same request submitted again is the same message.
 */
function messageBody({ specversion, requestId, connection, ...rest }: ChangeRequest): string {
  return asciiJson({ specversion: "1", requestId, connection, ...rest });
}
