/**
 * The provider says that the definition is not there. A 404 alone proves little (a missing route and a wrong method
 * look the same at Retell), so a definition that we know is looked for in its scope's list before it is believed.
 */
import type { Mirror } from "../definition/mirror.ts";
import { goneState } from "../definition/observed-state.ts";
import type { Look } from "../definition/version.ts";
import type { Provider } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, callOptions, outcome } from "./attempt.ts";
import { afterFailedRead } from "./failed-call.ts";
import { commitOutcome, contentOfVersion } from "./record-version.ts";

export async function onMissing(
  attempt: Attempt,
  known: Mirror | undefined,
  look: Look,
): Promise<AttemptEnd> {
  if (known === undefined || known.deleted) return ended(attempt, known);
  try {
    if (await isListed(attempt.provider, known, attempt)) {
      return { kind: "wait", waitMs: 1_000, reason: "list-disagrees" };
    }
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    // A scope that cannot be listed, or is gone itself, does not contradict the 404.
    if (error.retryable) return afterFailedRead(error);
  }
  const { openIntent, record } = attempt;
  if (openIntent?.operation === "delete" && openIntent.requestId === record.requestId) {
    return await adoptOwnDelete(attempt, known, look);
  }
  return ended(attempt, known);
}

/** An earlier attempt's delete was not answered, and the definition is gone: it happened. */
async function adoptOwnDelete(attempt: Attempt, known: Mirror, look: Look): Promise<AttemptEnd> {
  return await commitOutcome(attempt, {
    head: known,
    previousContent: await contentOfVersion(attempt, known.version),
    state: goneState(known),
    look,
    changeType: "deleted",
    source: "adopted",
    differences: [],
  });
}

/** The deletion itself is recorded by reconciliation, when a second look has confirmed it. */
function ended({ request }: Attempt, known: Mirror | undefined): AttemptEnd {
  if (request.operation === "delete" && known !== undefined) {
    return outcome("unchanged", { version: known.version, definitionId: known.definitionId });
  }
  const continuesAs = known?.continuesAs;
  return outcome("rejected", {
    reason: continuesAs === undefined ? "not-found" : "continues-elsewhere",
    ...(continuesAs !== undefined && { definitionId: continuesAs }),
  });
}

async function isListed(provider: Provider, known: Mirror, attempt: Attempt): Promise<boolean> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const { body } = await provider.list(known.scope, cursor, callOptions(attempt));
    if (body.definitions.some(({ definitionId, deleted }) => definitionId === known.definitionId && !deleted))
      return true;
    cursor = body.nextCursor;
    // A list that leads in a circle says nothing.
    if (cursor !== undefined && seen.has(cursor)) throw new ProviderCallError({ code: "malformed-answer" });
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  return false;
}
