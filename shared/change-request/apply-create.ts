/** Applies a create: nothing is there to be read; creates of one scope exclude each other. */
import { canonicalHash } from "../definition/canonical-form.ts";
import { contentOf } from "../definition/content.ts";
import { compareWithSent } from "../definition/covered.ts";
import { stateOf } from "../definition/observed-state.ts";
import type { Look } from "../definition/version.ts";
import type { Answer, ObservedDefinition } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, callOptions } from "./attempt.ts";
import type { ChangeRequest } from "./change-request.ts";
import { afterFailedWrite } from "./failed-call.ts";
import { commitOutcome } from "./record-version.ts";
import { timed, writeIntent } from "./write-intent.ts";

export type CreateAttempt = Attempt & { readonly request: Extract<ChangeRequest, { operation: "create" }> };

export async function applyCreate(attempt: CreateAttempt): Promise<AttemptEnd> {
  const { provider, request } = attempt;
  const { dialect } = provider;
  const body = dialect.createBody(request.definition);
  const refused = await writeIntent(attempt, {
    wantedHash: canonicalHash(request.definition),
    touched: Object.keys(request.definition),
  });
  if (refused !== undefined) return refused;
  let written: { answer: Answer<ObservedDefinition>; look: Look };
  try {
    written = await timed(attempt, () => provider.create(body, callOptions(attempt)));
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    return await afterFailedWrite(attempt, error, body);
  }
  const state = stateOf(written.answer.body, dialect);
  const { differences } = compareWithSent(
    { operation: "create", body: contentOf(body, dialect.bookkeeping) },
    state.content ?? {},
    dialect.rewriteSet,
  );
  return await commitOutcome(attempt, {
    definitionId: written.answer.body.definitionId,
    head: undefined,
    previousContent: undefined,
    state,
    look: written.look,
    changeType: "created",
    source: "change_request",
    differences,
    receipt: written.answer.receipt,
  });
}
