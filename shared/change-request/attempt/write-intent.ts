/** The intent before a provider write, and the call itself with the instants between which it happened. */
import { admitWrite } from "../../connection/connection-gate.ts";
import type { Look } from "../../definition/history/version.ts";
import { type Intent, LEASE_MARGIN_MS } from "../../definition/mirror/claim.ts";
import type { Answer } from "../../providers/provider.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { chargesOf, isExhausted } from "../../retry/budget.ts";
import { type Attempt, type AttemptEnd, outcome } from "./attempt.ts";
import { afterFailedRead } from "./failed-call.ts";

export type IntentOf = Pick<
  Intent,
  "baseVersion" | "baseHash" | "baseModifiedRaw" | "wantedHash" | "members"
>;

/**
 * Counts the attempt and records what is about to be sent. An answer other than `undefined` means: do not send.
 * The record first, so that a cancelled request never has an intent.
 */
export async function writeIntent(attempt: Attempt, intent: IntentOf): Promise<AttemptEnd | undefined> {
  const { admission, claim, clock, connection, record, request, requests, slots } = attempt;
  const charges = chargesOf(record, admission.health);
  if (isExhausted(charges)) return outcome("failed", { reason: "retries-exhausted" });
  const throttled = await untilSlot(attempt);
  if (throttled !== undefined) return throttled;
  const timeoutMs = connection.callTimeoutSeconds * 1_000;
  const startedAt = clock.now();
  if (startedAt + timeoutMs + LEASE_MARGIN_MS > claim.leaseUntil) {
    return { kind: "wait", waitMs: 1_000, reason: "lease-too-short" };
  }
  const writes = await admitWrite(attempt, admission);
  if (writes !== true) return { kind: "wait", ...writes };
  const attempts = record.attempts + 1;
  if (!(await requests.beginAttempt(record, record.epoch, { attempts, charges, startedAt }))) {
    return { kind: "settled" };
  }
  claim.hasBegun(attempts);
  const opened = await claim.openAnIntent({
    ...intent,
    requestId: record.requestId,
    epoch: record.epoch,
    attempt: attempts,
    token: claim.token,
    operation: request.operation,
    startedAt,
    callDeadlineAt: startedAt + timeoutMs,
    leaseUntil: claim.leaseUntil,
  });
  if (!opened) return { kind: "wait", waitMs: 1_000, reason: "claim-lost" };
  // The deadline is written down and stands, so a table that was slow to take it leaves the call too little time; and the
  // slot is gone.
  if (clock.now() > startedAt + timeoutMs / 2 || slots.isWriteLate()) {
    await claim.forgetIntent();
    return { kind: "wait", waitMs: 1_000, reason: "intent-too-slow" };
  }
  return undefined;
}

/** The write's slot is waited for before the intent: what is written down then is sent at once, or not at all. */
async function untilSlot({ slots }: Attempt): Promise<AttemptEnd | undefined> {
  try {
    await slots.beforeWrite();
    return undefined;
  } catch (error) {
    if (error instanceof ProviderCallError) return afterFailedRead(error);
    throw error;
  }
}

/** Makes a call and tells between which instants it was answered. */
export async function timed<T>(
  { clock }: Pick<Attempt, "clock">,
  call: () => Promise<Answer<T>>,
): Promise<{ answer: Answer<T>; look: Look }> {
  const startedAt = clock.now();
  const answer = await call();
  const { clockAheadMs } = answer.receipt;
  const look = { startedAt, endedAt: clock.now(), ...(clockAheadMs !== undefined && { clockAheadMs }) };
  return { answer, look };
}
