/** What follows from a provider call that failed; decided by the error's code, never by its text. */
import type { ProviderCallError } from "../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, outcome } from "./attempt.ts";

/** A provider may ask for any wait; longer ones than this are cut. */
const MAX_RETRY_AFTER_MS = 600_000;

export function afterFailedRead(error: ProviderCallError): AttemptEnd {
  return error.retryable ? waitAfter(error) : rejectedByProvider(error);
}

export async function afterFailedWrite(attempt: Attempt, error: ProviderCallError): Promise<AttemptEnd> {
  // Where it may have happened, the intent stays open: what was wanted is looked for before anything is sent again.
  if (error.effect === "none") await attempt.mirrors.clearIntent(attempt.target, attempt.token);
  return error.retryable ? waitAfter(error) : rejectedByProvider(error);
}

function rejectedByProvider(error: ProviderCallError): AttemptEnd {
  return outcome("rejected", {
    reason: "refused-by-provider",
    ...(error.providerMessage !== undefined && { providerMessage: error.providerMessage }),
  });
}

function waitAfter(error: ProviderCallError): AttemptEnd {
  return {
    kind: "wait",
    waitMs: Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS),
    reason: `provider-${error.code}`,
  };
}
