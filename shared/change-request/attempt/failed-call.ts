/**
 * What follows from a provider call that failed; decided by the error's code, never by its text. The rows are those of
 * the table in the README, "What a failed call means".
 */
import { pointerOf, storedPointer } from "../../definition/document/json-pointer.ts";
import type { JsonObject } from "../../platform/json.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { adjudicationStartsAt } from "../adjudication/adjudication.ts";
import { type Attempt, type AttemptEnd, outcome, type Waiting } from "./attempt.ts";

/** A provider may ask for any wait; longer ones than this are cut. */
const MAX_RETRY_AFTER_MS = 600_000;

export function afterFailedRead(error: ProviderCallError): AttemptEnd {
  if (error.code === "key-refused") return keyRefused(error);
  return error.retryable ? waitAfter(error, "read") : rejectedByProvider(error);
}

/** `body`: what was sent, where the call had one. */
export async function afterFailedWrite(
  attempt: Attempt,
  error: ProviderCallError,
  body: JsonObject = {},
): Promise<AttemptEnd> {
  if (error.effect === "unknown") return await awaitAdjudication(attempt, error);
  await attempt.claim.forgetIntent();
  switch (error.code) {
    case "key-refused":
      return keyRefused(error);
    case "conflict":
      // 409: the next try starts from a new read, and is this request's own to pay.
      return { kind: "wait", waitMs: 1_000, reason: "provider-conflict", charged: true };
    default:
      return error.retryable
        ? waitAfter(error, "write")
        : rejectedByProvider(error, attempt.provider.dialect.unknownMembers(body));
  }
}

/**
 * It may have happened: the intent stays open, and nothing is sent before it is known. A confirmed write whose read-back
 * had no turn (its error is the cause) is looked at later as well, but it is nobody's fault.
 */
async function awaitAdjudication(attempt: Attempt, error: ProviderCallError): Promise<Waiting> {
  const { claim, clock, connection } = attempt;
  await claim.note({
    callEnded: true,
    ...(error.definitionId !== undefined && { answeredId: error.definitionId }),
  });
  const intent = claim.openIntent;
  const startsAt = intent === undefined ? 0 : adjudicationStartsAt(intent, connection.settleSeconds * 1_000);
  return {
    kind: "wait",
    waitMs: Math.max(0, startsAt - clock.now()),
    reason: `unanswered-${error.code}`,
    ...(!isToldToWait(error.cause) && { fault: "write" }),
  };
}

/** To be told to slow down is no fault: it costs neither the request nor the connection anything. */
function isToldToWait(error: unknown): boolean {
  return error instanceof ProviderCallError && (error.code === "rate-limited" || error.code === "throttled");
}

/** Unknown members are never dropped silently, so they may be what was refused: the outcome names them. */
function rejectedByProvider(error: ProviderCallError, unknownMembers: readonly string[] = []): AttemptEnd {
  return outcome("rejected", {
    reason: unknownMembers.length > 0 ? "refused-with-unknown-members" : "refused-by-provider",
    ...(unknownMembers.length > 0 && {
      errors: unknownMembers.slice(0, 20).map((name) => ({
        pointer: storedPointer(pointerOf([name])),
        message:
          "was sent because the provider had it; its documents do not know it (connection option sendUnknownFields)",
      })),
    }),
    ...(error.providerMessage !== undefined && { providerMessage: error.providerMessage }),
  });
}

function keyRefused({ providerMessage }: ProviderCallError): AttemptEnd {
  return { kind: "key-refused", ...(providerMessage !== undefined && { providerMessage }) };
}

function waitAfter(error: ProviderCallError, call: "read" | "write"): Waiting {
  return {
    kind: "wait",
    waitMs: Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS),
    reason: error.code === "throttled" ? "throttled" : `provider-${error.code}`,
    ...(!isToldToWait(error) && { fault: call }),
    ...(error.code === "throttled" && { waits: "turn" as const }),
  };
}
