/** A change request as the API shows it. */
import type { RequestRecord } from "../../shared/change-request/request-record.ts";
import { instantText } from "../../shared/platform/table-keys.ts";

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
    finishedAt: record.finishedAt === undefined ? undefined : instantText(record.finishedAt),
    actor: { claimed: record.actorClaimed, authenticated: record.actorAuthenticated },
    reason: record.reason,
    reference: record.reference,
    result: record.result,
  };
}
