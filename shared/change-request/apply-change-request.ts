/**
 * One change request, from the message to its one outcome:
 *
 * record → claim → find out what an earlier write came to → read the live definition (the pre-image goes into the
 * history) → expectations and wanted document → intent → one write → commit of version, mirror and outcome.
 *
 * Whatever is not decided waits in the queue: a message is answered `done` only when the outcome is written.
 */
import { noteOtherKey } from "../connection/account-key.ts";
import { type AnswerWatch, watchAnswers } from "../connection/answer-watch.ts";
import {
  type Admission,
  admit,
  onKeyRefused,
  reportFault,
  reportSuccess,
} from "../connection/connection-gate.ts";
import { learnWorkspace } from "../connection/workspace-guard.ts";
import { healthyAgeMs, MAX_HEALTHY_AGE_MS, MAX_QUEUE_AGE_MS } from "../retry/budget.ts";
import { waitMs } from "../retry/wait.ts";
import {
  type Admitted,
  type ApplyDependencies,
  type AttemptEnd,
  type Decided,
  outcome,
  type Waiting,
} from "./attempt/attempt.ts";
import { chargeMistake, hasTooManyMistakes, isMistake } from "./outcome/charge-mistake.ts";
import type { Delivery, Disposition } from "./outcome/delivery.ts";
import { noteFailedDelivery } from "./outcome/note-failed-delivery.ts";
import { afterOutcome, decidedRecord, writeOutcome } from "./outcome/settle-request.ts";
import { firstWriteOf } from "./record/first-write.ts";
import { type RequestRecord, recordedFaults } from "./record/request-record.ts";
import { isTerminal } from "./record/request-state.ts";
import type { ParsedRequest } from "./submission/parse-change-request.ts";
import { queuedRecord, unusableRecord } from "./submission/queued-record.ts";
import { underClaim } from "./under-claim.ts";

const UNEXPECTED_FAILURE_WAIT_MS = 15_000;

export async function applyChangeRequest(
  dependencies: ApplyDependencies,
  parsed: ParsedRequest,
  delivery: Delivery,
): Promise<Disposition> {
  const { requests, metrics } = dependencies;
  const fresh = newRecord(dependencies, parsed, delivery);
  // Without an id there is nothing to record an outcome under.
  if (fresh === undefined)
    return { kind: "dead-letter", reason: parsed.valid ? "invalid-request" : parsed.reason };
  const known = await requests.read(fresh);
  const record = known ?? fresh;
  if (record.fingerprint !== fresh.fingerprint) return reused(dependencies, fresh);
  if (isTerminal(record.status)) {
    const disposition = afterOutcome(record);
    if (disposition.kind === "done") metrics.count("DuplicateMessageDropped", record.connection);
    // One that the sweep has ended was ended without its message.
    else await requests.keepBody(record, delivery.body, dependencies.clock.now());
    return disposition;
  }
  const first = known === undefined ? firstWriteOf(requests, fresh) : undefined;
  const parts = first === undefined ? dependencies : { ...dependencies, requests: first.requests };
  const { end, record: current } = parsed.valid
    ? await attempted(parts, parsed, record, delivery)
    : { end: outcome("rejected", { reason: parsed.reason, errors: recordedFaults(parsed.faults) }), record };
  const disposition = await dispose(parts, current, end, delivery);
  if (disposition.kind === "wait") await first?.keep();
  return disposition;
}

/** The first request of this id is not touched. */
function reused({ log }: ApplyDependencies, record: RequestRecord): Disposition {
  log.warn("request-id-reused", fieldsOf(record));
  return { kind: "dead-letter", reason: "request-id-reused" };
}

type Ended = { readonly end: AttemptEnd; readonly record: RequestRecord };

/** One attempt, as far as the connection lets it, and what it says about the connection. */
async function attempted(
  dependencies: ApplyDependencies,
  { request }: Extract<ParsedRequest, { valid: true }>,
  record: RequestRecord,
  delivery: Delivery,
): Promise<Ended> {
  let admission: Admission | undefined;
  try {
    const { slots, provider } = dependencies.pacer.begin(dependencies.provider, delivery.invocationEndsAt);
    const paced = { ...dependencies, provider };
    admission = await admit(paced);
    if (admission.kind === "wait") {
      return { end: orGivenUp(dependencies, record, delivery, undefined)(admission), record };
    }
    admission = { ...admission, health: await learnWorkspace(paced, admission) };
    admission = { ...admission, health: await noteOtherKey(paced, admission) };
    // Before the claim: to come back for a slot later then costs nothing else.
    const throttled = await slots.reserve(request.operation === "create" ? 1 : 2);
    if (throttled !== undefined) {
      const waits = throttled.reason === "provider-pause" ? "pause" : "turn";
      const end: Waiting = { kind: "wait", ...throttled, waits };
      return { end: orGivenUp(dependencies, record, delivery, undefined)(end), record };
    }
    const watch = watchAnswers(provider);
    const watched = { ...paced, provider: watch.provider };
    const ended = await underClaim({
      dependencies: watched,
      slots,
      admission,
      request,
      record,
      invocationEndsAt: delivery.invocationEndsAt,
      orGivenUp: orGivenUp(dependencies, record, delivery, admission),
      settle: (settled, end) => writeOutcome(dependencies, settled, end, delivery),
    });
    if ("error" in ended) return await failedUnexpectedly(dependencies, ended.record, ended.error, delivery);
    return { end: await reported(watched, admission, ended, watch), record: ended.record };
  } catch (error) {
    return await failedUnexpectedly(dependencies, record, error, delivery);
  }
}

/** Our own stores, or a mistake of ours. Its message may quote what it failed on: the class says enough. */
async function failedUnexpectedly(
  dependencies: ApplyDependencies,
  record: RequestRecord,
  error: unknown,
  delivery: Delivery,
): Promise<Ended> {
  dependencies.log.error("apply-failed-unexpectedly", {
    ...fieldsOf(record),
    error: error instanceof Error ? error.name : typeof error,
  });
  const charged = isMistake(error) ? await chargeMistake(dependencies, record) : record;
  if (isMistake(error) && hasTooManyMistakes(charged)) {
    return { end: outcome("failed", { reason: "retries-exhausted" }), record: charged };
  }
  const end: Waiting = { kind: "wait", waitMs: UNEXPECTED_FAILURE_WAIT_MS, reason: "unexpected-failure" };
  return { end: orGivenUp(dependencies, charged, delivery, undefined)(end), record: charged };
}

/** Tells the connection's health how the provider did. */
async function reported(
  dependencies: ApplyDependencies,
  admission: Admitted,
  { end, record }: Ended,
  { hasAnswered }: Pick<AnswerWatch, "hasAnswered">,
): Promise<AttemptEnd> {
  if (end.kind === "key-refused") {
    const checked = await onKeyRefused(dependencies, admission);
    if (checked.kind === "wait") return checked;
    const { providerMessage } = end;
    return outcome("rejected", {
      reason: "refused-by-provider",
      ...(providerMessage !== undefined && { providerMessage }),
    });
  }
  if (end.kind === "wait") {
    if (end.fault !== undefined) await reportFault(dependencies, admission, record.requestId);
    if (end.fault !== undefined || end.charged) {
      await noteFailedDelivery(dependencies, admission.health, record, end);
    }
    return end;
  }
  // An answer is proof that the provider answers, whatever it says; what was given up is proof of nothing.
  if (hasAnswered() && end.status !== "failed") {
    const wrote = end.kind === "settled" && end.wrote === true;
    await reportSuccess(dependencies, admission, record.requestId, { wrote });
  }
  return end;
}

/** A wait ends as `failed` when SQS would soon forget the message, or a healthy connection has had a day for it. */
function orGivenUp(
  { clock }: ApplyDependencies,
  record: RequestRecord,
  { sentAt }: Delivery,
  admission: Admitted | undefined,
): (end: Waiting) => Waiting | Decided {
  return (end) => {
    const now = clock.now();
    if (now - sentAt >= MAX_QUEUE_AGE_MS) return outcome("failed", { reason: "expired" });
    if (admission === undefined || end.fault === undefined) return end;
    const age = healthyAgeMs(record.failing, admission.health, now);
    return age >= MAX_HEALTHY_AGE_MS ? outcome("failed", { reason: "retries-exhausted" }) : end;
  };
}

async function dispose(
  dependencies: ApplyDependencies,
  record: RequestRecord,
  end: AttemptEnd,
  delivery: Delivery,
): Promise<Disposition> {
  if (end.kind === "wait") return waiting(dependencies, record, end, delivery);
  if (end.kind === "key-refused") throw new Error("the key check decides what a refused key means");
  const settled = end.kind === "outcome" ? await writeOutcome(dependencies, record, end, delivery) : end;
  const decided = await decidedRecord(dependencies, record, settled);
  // Two requests under one id, seen for the first time at the same time.
  if (decided.fingerprint !== record.fingerprint) return reused(dependencies, record);
  const disposition = afterOutcome(decided);
  if (disposition.kind === "wait") return waiting(dependencies, record, disposition, delivery);
  const { status, result } = decided;
  dependencies.log.info("request-finished", { ...fieldsOf(record), status, reason: result?.reason });
  return disposition;
}

function waiting(
  { clock, log, random }: ApplyDependencies,
  record: RequestRecord,
  end: Waiting,
  { receiveCount, sentAt }: Delivery,
): Disposition {
  const message = { receiveCount, ageMs: Math.max(0, clock.now() - sentAt) };
  const hiddenMs = waitMs(message, end.waitMs, random.fraction(), end.waits);
  log.info("request-waits", { ...fieldsOf(record), reason: end.reason, waitMs: hiddenMs });
  return { kind: "wait", waitMs: hiddenMs, reason: end.reason };
}

/** The record of a request that was sent straight to the queue. `undefined` where the message has no usable id. */
function newRecord(
  { connection }: ApplyDependencies,
  parsed: ParsedRequest,
  { senderId, sentAt }: Delivery,
): RequestRecord | undefined {
  const submitted = { by: senderId, at: sentAt };
  return parsed.valid
    ? queuedRecord(parsed.request, parsed.fingerprint, submitted)
    : unusableRecord(connection.id, parsed, submitted);
}

function fieldsOf({ connection, requestId, operation }: RequestRecord) {
  return { connection, requestId, operation };
}
