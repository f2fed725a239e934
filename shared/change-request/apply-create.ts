/**
 * Makes a definition: a create, or the restore of one that is gone. Nothing is there to be read; creates of one scope
 * exclude each other, because an unanswered one is looked for in the scope's list.
 */
import { canonicalHash } from "../definition/document/canonical-form.ts";
import { contentOf } from "../definition/document/content.ts";
import { compareWithSent } from "../definition/document/covered.ts";
import { stateOf } from "../definition/mirror/observed-state.ts";
import type { WrittenDefinition } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { adjudicateOpenCreate, adoptLateCreate } from "./adjudication/adjudicate-create.ts";
import { recordIfItLives } from "./adjudication/false-deletion.ts";
import { membersOf } from "./adjudication/late-effect.ts";
import { isKnownAsAnothers } from "./adjudication/named-definition.ts";
import { commitWrite } from "./apply-edit.ts";
import { type Attempt, type AttemptEnd, writeOptions } from "./attempt/attempt.ts";
import { createPlanOf } from "./attempt/create-plan.ts";
import { afterFailedWrite } from "./attempt/failed-call.ts";
import { readBack, type Written } from "./attempt/read-back.ts";
import { timed, writeIntent } from "./attempt/write-intent.ts";

export async function applyCreate(attempt: Attempt): Promise<AttemptEnd> {
  const { claim, provider, record, request } = attempt;
  const { dialect } = provider;
  const plan = await createPlanOf(attempt);
  if (plan.kind === "outcome") return plan;
  const sent = contentOf(plan.body, dialect.bookkeeping);
  const open = claim.openIntent ?? record.undecided;
  const decided =
    open === undefined
      ? await adoptLateCreate(attempt, plan, sent)
      : await adjudicateOpenCreate(attempt, plan, sent, open);
  if (decided !== undefined) return decided;
  // Not before it is known what an earlier attempt has made.
  if (plan.unmet !== undefined) return plan.unmet;
  const living = await recordIfItLives(attempt);
  if (living !== undefined) return living;
  const refused = await writeIntent(attempt, { wantedHash: canonicalHash(sent), ...membersOf(sent) });
  if (refused !== undefined) return refused;
  let answered: Written<WrittenDefinition>;
  try {
    answered = await timed(attempt, () => provider.create(plan.body, writeOptions(attempt)));
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    return await afterFailedWrite(attempt, error, plan.body);
  }
  const key = { connection: request.connection, definitionId: answered.answer.body.definitionId };
  if (await isKnownAsAnothers(attempt, key)) {
    const { receipt } = answered.answer;
    const repeated = new ProviderCallError({ code: "malformed-answer", status: receipt.status, receipt });
    return await afterFailedWrite(attempt, repeated, plan.body);
  }
  const written = await readBack(attempt, answered);
  if (written instanceof ProviderCallError) return await afterFailedWrite(attempt, written, plan.body);
  const state = stateOf(written.answer.body, dialect);
  const { differences } = compareWithSent(
    { operation: "create", body: sent },
    state.content ?? {},
    dialect.rewriteSet,
  );
  return await commitWrite(attempt, undefined, {
    key,
    head: undefined,
    previousContent: undefined,
    state,
    look: written.look,
    changeType: plan.changeType,
    source: "change_request",
    differences,
    receipt: written.answer.receipt,
    ...(plan.continuation && { continuation: plan.continuation }),
  });
}
