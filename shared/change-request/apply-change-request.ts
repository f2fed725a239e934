/**
 * One change request, from the message to its one outcome:
 *
 * record → claim → read the live definition (the pre-image goes into the history) → expectations and wanted document
 * → intent → one write → commit of version, mirror and outcome.
 *
 * Whatever is not decided waits in the queue: a message is answered `done` only when the outcome is written.
 */
import type { ClaimTarget, Intent } from "../definition/claim.ts";
import { backoffMs } from "../retry/backoff.ts";
import { applyCreate } from "./apply-create.ts";
import { applyEdit } from "./apply-edit.ts";
import { type ApplyDependencies, type Attempt, type AttemptEnd, outcome } from "./attempt.ts";
import type { ParsedRequest } from "./parse-change-request.ts";
import { queuedRecord } from "./queued-record.ts";
import { type RequestRecord, recordedFaults } from "./request-record.ts";
import { isTerminal, type TerminalStatus } from "./request-state.ts";

/** What the queue knows of a delivery of the message. */
export type Delivery = {
  readonly receiveCount: number;
  /** Who sent the message, as SQS says. */
  readonly senderId: string;
  /** Epoch ms when the message was sent. */
  readonly sentAt: number;
  /** Epoch ms at which the invocation is killed by the platform. */
  readonly invocationEndsAt: number;
};

/** What becomes of the message. */
export type Disposition =
  /** The outcome is written: the message is deleted. */
  | { readonly kind: "done"; readonly status?: TerminalStatus }
  /** It comes back after this time. */
  | { readonly kind: "wait"; readonly waitMs: number; readonly reason: string }
  /** It goes to the dead-letter queue. With a record: the record's flag is set after that. */
  | { readonly kind: "dead-letter"; readonly reason: string; readonly record?: RequestRecord };

/** Deliveries after which a request that cannot be decided is given up. */
const MAX_RECEIVE_COUNT = 100;
const UNEXPECTED_FAILURE_WAIT_MS = 15_000;
const OTHERS_WRITE_WAIT_MS = 5_000;
const WAIT_BASE_MS = 1_000;
const WAIT_CAP_MS = 60_000;

export async function applyChangeRequest(
  dependencies: ApplyDependencies,
  parsed: ParsedRequest,
  delivery: Delivery,
): Promise<Disposition> {
  const { requests, log } = dependencies;
  const fresh = newRecord(dependencies, parsed, delivery);
  // Without an id there is nothing to record an outcome under.
  if (fresh === undefined)
    return { kind: "dead-letter", reason: parsed.valid ? "invalid-request" : parsed.reason };
  const record = (await requests.read(fresh)) ?? (await created(dependencies, fresh));
  const fields = { connection: record.connection, requestId: record.requestId, operation: record.operation };
  if (record.fingerprint !== fresh.fingerprint) {
    log.warn("request-id-reused", fields);
    return { kind: "dead-letter", reason: "request-id-reused" };
  }
  if (isTerminal(record.status)) return afterOutcome(record);
  const end = parsed.valid
    ? await underClaim(dependencies, parsed, record, delivery).catch((error: unknown): AttemptEnd => {
        // Our own stores, or a mistake of ours. Its message may quote what it failed on: the class says enough.
        log.error("apply-failed-unexpectedly", {
          ...fields,
          error: error instanceof Error ? error.name : typeof error,
        });
        return { kind: "wait", waitMs: UNEXPECTED_FAILURE_WAIT_MS, reason: "unexpected-failure" };
      })
    : outcome("rejected", { reason: parsed.reason, errors: recordedFaults(parsed.faults) });
  const isExhausted = end.kind === "wait" && delivery.receiveCount >= MAX_RECEIVE_COUNT;
  return await finish(
    dependencies,
    record,
    isExhausted ? outcome("failed", { reason: "retries-exhausted" }) : end,
    delivery,
  );
}

/** Takes the claim, applies the request under it and gives the claim back. */
async function underClaim(
  dependencies: ApplyDependencies,
  { request }: Extract<ParsedRequest, { valid: true }>,
  record: RequestRecord,
  delivery: Delivery,
): Promise<AttemptEnd> {
  const { mirrors, random, clock, provider } = dependencies;
  const target: ClaimTarget =
    request.operation === "create"
      ? {
          kind: "create",
          connection: request.connection,
          scope: provider.dialect.scopeOf(request.definition),
        }
      : { kind: "definition", connection: request.connection, definitionId: request.definitionId };
  const claim = {
    requestId: request.requestId,
    token: random.token(),
    leaseUntil: delivery.invocationEndsAt,
  };
  const answer = await mirrors.takeClaim(target, claim, clock.now());
  if (!answer.taken) {
    return {
      kind: "wait",
      waitMs: Math.max(1_000, answer.heldUntil - clock.now()),
      reason: "claimed-by-another",
    };
  }
  const attempt: Attempt = {
    ...dependencies,
    request,
    record,
    target,
    token: claim.token,
    leaseUntil: claim.leaseUntil,
    openIntent: answer.openIntent,
  };
  const isKnown = target.kind === "create" || answer.mirror !== undefined;
  const release = () =>
    mirrors.releaseClaim(target, claim.token, isKnown ? {} : { withoutHistoryAt: clock.now() });
  if (await isOthersUnansweredWrite(dependencies, record, answer.openIntent)) {
    await release();
    return { kind: "wait", waitMs: OTHERS_WRITE_WAIT_MS, reason: "unanswered-write-of-another" };
  }
  let end: AttemptEnd;
  try {
    end =
      request.operation === "create"
        ? await applyCreate({ ...attempt, request })
        : await applyEdit({ ...attempt, request }, answer.mirror);
  } catch (error) {
    // Nobody else shall wait for the lease; an open intent stays.
    await release();
    throw error;
  }
  if (end.kind === "settled" && end.claimEnded) return end;
  // The outcome first: whoever finds the claim free must also find the request decided.
  const settled = end.kind === "outcome" ? await writeOutcome(dependencies, record, end) : end;
  await release();
  return settled;
}

/**
 * Has another request written without an answer, and will it come back to find out? Then its intent must stay: it is
 * all that is known of that write. In the right message group this never happens.
 */
async function isOthersUnansweredWrite(
  { requests }: ApplyDependencies,
  record: RequestRecord,
  openIntent: Intent | undefined,
): Promise<boolean> {
  if (openIntent === undefined || openIntent.requestId === record.requestId) return false;
  const other = await requests.read({ connection: record.connection, requestId: openIntent.requestId });
  return other !== undefined && !isTerminal(other.status);
}

async function finish(
  dependencies: ApplyDependencies,
  record: RequestRecord,
  end: AttemptEnd,
  delivery: Delivery,
): Promise<Disposition> {
  const fields = { connection: record.connection, requestId: record.requestId, operation: record.operation };
  if (end.kind === "wait") {
    const tries = delivery.receiveCount - 1;
    const backoff = backoffMs(tries, WAIT_BASE_MS, WAIT_CAP_MS, dependencies.random.fraction());
    const waitMs = Math.max(end.waitMs, backoff);
    dependencies.log.info("request-waits", { ...fields, reason: end.reason, waitMs });
    return { kind: "wait", waitMs, reason: end.reason };
  }
  const settled = end.kind === "outcome" ? await writeOutcome(dependencies, record, end) : end;
  const decided = await decidedRecord(dependencies, record, settled);
  dependencies.log.info("request-finished", {
    ...fields,
    status: decided.status,
    reason: decided.result?.reason,
  });
  return afterOutcome(decided);
}

async function decidedRecord(
  { requests }: ApplyDependencies,
  record: RequestRecord,
  { status, result }: Extract<AttemptEnd, { kind: "settled" }>,
): Promise<RequestRecord> {
  if (status === undefined) return (await requests.read(record)) ?? record;
  return { ...record, status, ...(result && { result }) };
}

/** A failed request is done only when its dead letter is sent. */
function afterOutcome(record: RequestRecord): Disposition {
  if (record.status === "failed" && record.deadLettered !== true) {
    return { kind: "dead-letter", reason: record.result?.reason ?? "failed", record };
  }
  return { kind: "done", ...(isTerminal(record.status) && { status: record.status }) };
}

async function writeOutcome(
  { requests, clock }: ApplyDependencies,
  record: RequestRecord,
  { status, result }: Extract<AttemptEnd, { kind: "outcome" }>,
): Promise<Extract<AttemptEnd, { kind: "settled" }>> {
  const outcome = { key: record, epoch: record.epoch, status, result, finishedAt: clock.now() };
  // Where the record has an outcome already, that one stands.
  return (await requests.finish(outcome)) ? { kind: "settled", status, result } : { kind: "settled" };
}

async function created({ requests }: ApplyDependencies, record: RequestRecord): Promise<RequestRecord> {
  const answer = await requests.create(record);
  return answer.created ? record : answer.existing;
}

/** The record of a request that was sent straight to the queue. `undefined` where the message has no usable id. */
function newRecord(
  { connection }: ApplyDependencies,
  parsed: ParsedRequest,
  { senderId, sentAt }: Delivery,
): RequestRecord | undefined {
  const submitted = { by: senderId, at: sentAt };
  if (parsed.valid) return queuedRecord(parsed.request, parsed.fingerprint, submitted);
  const { requestId, fingerprint, definitionId, operation = "unknown" } = parsed;
  if (requestId === undefined || fingerprint === undefined) return undefined;
  return {
    connection: connection.id,
    requestId,
    fingerprint,
    operation,
    ...(definitionId !== undefined && { definitionId }),
    actorAuthenticated: senderId,
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: sentAt,
  };
}
