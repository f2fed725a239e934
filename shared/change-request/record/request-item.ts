/** How a change request's record lies in its item of the state table. */
import { monthOf, requestKey, submittedKey } from "../../platform/table-keys.ts";
import { RECORD_LIFETIME_SECONDS, type RequestRecord } from "./request-record.ts";

export function itemOf(record: RequestRecord): Record<string, unknown> {
  return {
    ...requestKey(record.connection, record.requestId),
    ...record,
    requestsKey: monthOf(record.queuedAt),
    submittedKey: submittedKey(record.queuedAt, record.connection, record.requestId),
    expiresAt: expiryOf(record.queuedAt),
  };
}

/** Epoch seconds. */
export function expiryOf(queuedAt: number): number {
  return Math.ceil(queuedAt / 1_000) + RECORD_LIFETIME_SECONDS;
}

export function recordOf(item: Readonly<Record<string, unknown>>): RequestRecord {
  const { pk, sk, requestsKey, submittedKey: _submittedKey, expiresAt, ...record } = item;
  return record as unknown as RequestRecord;
}
