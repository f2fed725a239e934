/** What follows from a provider call that failed; decided by the error's code, never by its text. */
import { pointerOf, storedPointer } from "../definition/json-pointer.ts";
import type { JsonObject } from "../platform/json.ts";
import type { ProviderCallError } from "../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, outcome } from "./attempt.ts";

/** A provider may ask for any wait; longer ones than this are cut. */
const MAX_RETRY_AFTER_MS = 600_000;

export function afterFailedRead(error: ProviderCallError): AttemptEnd {
  return error.retryable ? waitAfter(error) : rejectedByProvider(error);
}

/** `body`: what was sent, where the call had one. */
export async function afterFailedWrite(
  attempt: Attempt,
  error: ProviderCallError,
  body: JsonObject = {},
): Promise<AttemptEnd> {
  // Where it may have happened, the intent stays open: what was wanted is looked for before anything is sent again.
  if (error.effect === "none") await attempt.mirrors.clearIntent(attempt.target, attempt.token);
  return error.retryable
    ? waitAfter(error)
    : rejectedByProvider(error, attempt.provider.dialect.unknownMembers(body));
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

function waitAfter(error: ProviderCallError): AttemptEnd {
  return {
    kind: "wait",
    waitMs: Math.min(error.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS),
    reason: `provider-${error.code}`,
  };
}
