/** The record of a change request that has just come in, over the API or straight from the queue. Pure. */
import type { ChangeRequest } from "../change-request.ts";
import type { RequestRecord } from "../record/request-record.ts";
import type { ParsedRequest } from "./parse-change-request.ts";

export type Submitted = {
  /** The API token's subject, or the queue's sender id. */
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
};

export function queuedRecord(
  request: ChangeRequest,
  fingerprint: string,
  submitted: Submitted,
): RequestRecord {
  return {
    connection: request.connection,
    requestId: request.requestId,
    fingerprint,
    operation: request.operation,
    ...(request.operation !== "create" && { definitionId: request.definitionId }),
    ...(request.actor !== undefined && { actorClaimed: request.actor }),
    actorAuthenticated: submitted.by,
    ...(request.reason !== undefined && { reason: request.reason }),
    ...(request.reference !== undefined && { reference: request.reference }),
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: submitted.at,
    queuedAt: submitted.at,
  };
}

/** The record of a request that can never be applied; `undefined` where it has no usable id. */
export function unusableRecord(
  connection: string,
  parsed: Extract<ParsedRequest, { valid: false }>,
  submitted: Submitted,
): RequestRecord | undefined {
  const { requestId, fingerprint, definitionId, operation = "unknown" } = parsed;
  if (requestId === undefined || fingerprint === undefined) return undefined;
  return {
    connection,
    requestId,
    fingerprint,
    operation,
    ...(definitionId !== undefined && { definitionId }),
    actorAuthenticated: submitted.by,
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: submitted.at,
    queuedAt: submitted.at,
  };
}
