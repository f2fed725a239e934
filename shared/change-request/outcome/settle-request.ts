/** The end of a request: its outcome is written, counted, and decides what becomes of the message. */
import type { ApplyDependencies, AttemptEnd, Decided } from "../attempt/attempt.ts";
import type { RequestRecord } from "../record/request-record.ts";
import { isTerminal } from "../record/request-state.ts";
import type { Delivery, Disposition } from "./delivery.ts";

type Settled = Extract<AttemptEnd, { kind: "settled" }>;

export async function decidedRecord(
  { requests, metrics }: ApplyDependencies,
  record: RequestRecord,
  { status, result }: Settled,
): Promise<RequestRecord> {
  if (status === undefined) return (await requests.read(record)) ?? record;
  metrics.count(metricOf[status], record.connection);
  if (result?.reason === "outcome-unknown") metrics.count("OutcomeUnknown", record.connection);
  return { ...record, status, ...(result && { result }) };
}

const metricOf = {
  applied: "RequestApplied",
  unchanged: "RequestUnchanged",
  conflict: "RequestConflict",
  rejected: "RequestRejected",
  cancelled: "RequestCancelled",
  failed: "RequestFailed",
} as const;

/** A failed request is done only when its dead letter is sent. Where nothing is decided yet, the message comes back. */
export function afterOutcome(record: RequestRecord): Disposition {
  if (!isTerminal(record.status)) return { kind: "wait", waitMs: 1_000, reason: "another-attempt" };
  if (record.status === "failed" && record.deadLettered !== true) {
    return { kind: "dead-letter", reason: record.result?.reason ?? "failed", record };
  }
  return { kind: "done", status: record.status };
}

export async function writeOutcome(
  { requests, clock }: ApplyDependencies,
  record: RequestRecord,
  { status, result, undecided }: Decided,
  { body }: Delivery,
): Promise<Settled> {
  const finishedAt = clock.now();
  // One from an earlier epoch that nobody has come to judge yet stays known.
  const unknown = undecided ?? (status === "failed" ? record.undecided : undefined);
  // Before it fails: what has failed can be retried.
  if (status === "failed") await requests.keepBody(record, body, finishedAt);
  const written = await requests.finish({
    key: record,
    epoch: record.epoch,
    status,
    result,
    finishedAt,
    seenAttempts: record.attempts,
    ...(unknown && { undecided: unknown }),
  });
  // Where the record has an outcome already, that one stands; another attempt that has begun finds its own.
  return written ? { kind: "settled", status, result } : { kind: "settled" };
}
