/** The intent before a provider write, and the call itself with the instants between which it happened. */
import { type Intent, LEASE_MARGIN_MS } from "../definition/claim.ts";
import type { Look } from "../definition/version.ts";
import type { Answer } from "../providers/provider.ts";
import { type Attempt, type AttemptEnd, callOptions } from "./attempt.ts";

/**
 * Counts the attempt and records what is about to be sent. An answer other than `undefined` means: do not send.
 * The record first, so that a cancelled request never has an intent.
 */
export async function writeIntent(
  attempt: Attempt,
  intent: Pick<Intent, "baseHash" | "baseModifiedRaw" | "wantedHash" | "touched">,
): Promise<AttemptEnd | undefined> {
  const { clock, leaseUntil, record, request, requests, mirrors, target, token } = attempt;
  const { timeoutMs } = callOptions(attempt);
  const startedAt = clock.now();
  if (startedAt + timeoutMs + LEASE_MARGIN_MS > leaseUntil) {
    return { kind: "wait", waitMs: 1_000, reason: "lease-too-short" };
  }
  const number = record.attempts + 1;
  if (!(await requests.beginAttempt(record, record.epoch, number))) return { kind: "settled" };
  const written = await mirrors.writeIntent(target, token, {
    ...intent,
    // Fewer touched members only make a later look more careful; the item has to fit.
    touched: intent.touched.filter((name) => name.length <= 256 && name.isWellFormed()).slice(0, 100),
    requestId: record.requestId,
    epoch: record.epoch,
    attempt: number,
    operation: request.operation,
    startedAt,
    callDeadlineAt: startedAt + timeoutMs,
  });
  return written ? undefined : { kind: "wait", waitMs: 1_000, reason: "claim-lost" };
}

/** Makes a call and tells between which instants it was answered. */
export async function timed<T>(
  { clock }: Pick<Attempt, "clock">,
  call: () => Promise<Answer<T>>,
): Promise<{ answer: Answer<T>; look: Look }> {
  const startedAt = clock.now();
  const answer = await call();
  return { answer, look: { startedAt, endedAt: clock.now() } };
}
