/** A change request as the API shows it. */
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import { instantText } from "../../shared/platform/table-keys.ts";
import { optionalInstant } from "./optional-instant.ts";

export function changeRequestView(record: RequestRecord): object {
  return {
    requestId: record.requestId,
    connection: record.connection,
    operation: record.operation,
    definitionId: record.definitionId,
    status: record.status,
    epoch: record.epoch,
    attempts: record.attempts,
    submittedAt: instantText(record.submittedAt),
    // When the present epoch was queued: an operator's retry queues a request again.
    queuedAt: instantText(record.queuedAt),
    finishedAt: optionalInstant(record.finishedAt),
    actor: { claimed: record.actorClaimed, authenticated: record.actorAuthenticated },
    reason: record.reason,
    reference: record.reference,
    result: record.result,
    deadLettered: record.deadLettered,
    earlier: record.earlier?.map(({ epoch, status, result, attempts, finishedAt }) => ({
      epoch,
      status,
      result,
      attempts,
      finishedAt: instantText(finishedAt),
    })),
  };
}
