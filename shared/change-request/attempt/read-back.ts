/** What a write has made, where the provider's answer does not show the whole definition: it is read back. */
import { canonicallyEqual } from "../../definition/document/canonical-form.ts";
import { contentOf } from "../../definition/document/content.ts";
import type { Look } from "../../definition/history/version.ts";
import type { Answer, ObservedDefinition, WrittenDefinition } from "../../providers/provider.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { type Attempt, readOptions } from "./attempt.ts";
import type { LiveState } from "./read-live.ts";
import { timed } from "./write-intent.ts";

/** A write's answer, and the instants between which it, and the read after it, were answered. */
export type Written<Body = ObservedDefinition> = { readonly answer: Answer<Body>; readonly look: Look };

/**
 * The whole definition after a write; the receipt stays the write's own. `before`: what an update was made to. Where the
 * read tells nothing of the write (it fails, shows the state before it, or a definition that is gone by now), the write
 * counts as answered with nothing to go by: adjudication finds out what has become of it. The read's own error is the
 * cause.
 */
export async function readBack(
  attempt: Attempt,
  { answer, look }: Written<WrittenDefinition>,
  before?: LiveState,
): Promise<Written | ProviderCallError> {
  const { body, receipt } = answer;
  if ("value" in body) return { answer: { body, receipt }, look };
  const { definitionId } = body;
  const tellsNothing = (cause: unknown) =>
    new ProviderCallError({ code: "malformed-answer", status: receipt.status, receipt, definitionId, cause });
  let read: Written;
  try {
    read = await timed(attempt, () => attempt.provider.get(definitionId, readOptions(attempt)));
  } catch (error) {
    if (error instanceof ProviderCallError) return tellsNothing(error);
    throw error;
  }
  const seen = read.answer.body;
  if (seen.deleted) return tellsNothing("gone");
  if (before !== undefined && isAsBefore(attempt, before, seen)) return tellsNothing("shown as before");
  return { answer: { body: seen, receipt }, look: { ...read.look, startedAt: look.startedAt } };
}

/** A lagging copy may have answered: only the timestamp tells it from a write that changed nothing. */
function isAsBefore(
  { provider }: Attempt,
  before: LiveState,
  { value, modified }: ObservedDefinition,
): boolean {
  return (
    modified?.raw === before.modified?.raw &&
    canonicallyEqual(contentOf(value, provider.dialect.bookkeeping), before.content)
  );
}
