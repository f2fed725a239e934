/** Applies an update, replace, delete or restore to the definition as it is live right now. */
import { canonicalHash, canonicallyEqual } from "../definition/document/canonical-form.ts";
import { contentOf } from "../definition/document/content.ts";
import { compareWithSent, type Difference } from "../definition/document/covered.ts";
import { pointerTokens } from "../definition/document/json-pointer.ts";
import type { Look, ObservedState } from "../definition/history/version.ts";
import type { Mirror } from "../definition/mirror/mirror.ts";
import { goneState, stateOf } from "../definition/mirror/observed-state.ts";
import type { Dialect, Receipt, WrittenDefinition } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { doubtAfterDelete } from "./adjudication/false-deletion.ts";
import { type Attempt, type AttemptEnd, type EditAttempt, outcome, writeOptions } from "./attempt/attempt.ts";
import { afterFailedWrite } from "./attempt/failed-call.ts";
import { readBack, type Written } from "./attempt/read-back.ts";
import type { LiveState } from "./attempt/read-live.ts";
import { changeTypes, commitOutcome, confirmationOf, type Effect } from "./attempt/record-version.ts";
import { wantedDrift } from "./attempt/wanted-drift.ts";
import { timed, writeIntent } from "./attempt/write-intent.ts";
import { type PreparedEdit, prepareEdit } from "./prepare-edit.ts";

export async function applyEdit(attempt: EditAttempt): Promise<AttemptEnd> {
  const prepared = await prepareEdit(attempt);
  if (prepared.kind === "send") return await sendUpdate(attempt, prepared);
  if (prepared.kind === "delete") return await sendDelete(attempt, prepared);
  return prepared;
}

async function sendUpdate(
  attempt: EditAttempt,
  { head, live, read, wanted, restored }: Extract<PreparedEdit, { kind: "send" }>,
): Promise<AttemptEnd> {
  const { provider, request } = attempt;
  const { dialect } = provider;
  const refused = await writeIntent(attempt, { ...baseOf(head, live), wantedHash: canonicalHash(wanted) });
  if (refused !== undefined) return refused;
  const body = dialect.updateBody(request.definitionId, live.content, wanted, live.document);
  let answered: Written<WrittenDefinition>;
  try {
    answered = await timed(attempt, () => provider.update(request.definitionId, body, writeOptions(attempt)));
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.code !== "not-found") return await afterFailedWrite(attempt, error, body);
    await attempt.claim.forgetIntent();
    return outcome("conflict", {
      reason: "vanished-before-write",
      definitionId: head.definitionId,
      conflict: { version: head.version, pointers: [] },
    });
  }
  const written = await readBack(attempt, answered, live);
  if (written instanceof ProviderCallError) return await afterFailedWrite(attempt, written, body);
  const state = stateOf(written.answer.body, dialect);
  const { differences } = compareWithSent(
    { operation: "update", body: contentOf(body, dialect.bookkeeping), base: live.content, wanted },
    state.content ?? {},
    dialect.rewriteSet,
  );
  if (isAsBefore(live, state) && onlyKeeps(differences, dialect)) {
    // Told with every try; a version of it would say nothing.
    await attempt.claim.forgetIntent();
    const { definitionId, version } = head;
    const unchanged = outcome("unchanged", {
      reason: "kept-by-provider",
      version,
      definitionId,
      differences,
    });
    return { ...unchanged, ...(await wantedDrift(attempt, head, live.content, restored)) };
  }
  return await commitWrite(attempt, read, {
    key: { connection: request.connection, definitionId: request.definitionId },
    head,
    previousContent: live.content,
    state,
    look: written.look,
    changeType: changeTypes[request.operation],
    source: "change_request",
    differences,
    receipt: written.answer.receipt,
  });
}

function isAsBefore(live: LiveState, { deleted, scope, content }: ObservedState): boolean {
  return !deleted && scope === live.scope && content !== null && canonicallyEqual(content, live.content);
}

/** A provider that merges has kept what was to go; everything that was sent is there. */
function onlyKeeps(differences: readonly Difference[], { rewriteSet }: Dialect): boolean {
  const unasked = differences.filter(({ pointer }) => !rewriteSet.includes(pointerTokens(pointer)[0] ?? ""));
  return unasked.length > 0 && unasked.every(({ sent }) => sent === null);
}

async function sendDelete(
  attempt: EditAttempt,
  { head, live, read }: Extract<PreparedEdit, { kind: "delete" }>,
): Promise<AttemptEnd> {
  const { provider, request } = attempt;
  const refused = await writeIntent(attempt, baseOf(head, live));
  if (refused !== undefined) return refused;
  let receipt: Receipt | undefined;
  let look: Look;
  const startedAt = attempt.clock.now();
  try {
    const deleted = await timed(attempt, () => provider.delete(request.definitionId, writeOptions(attempt)));
    receipt = deleted.answer.receipt;
    look = deleted.look;
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    // Somebody else was faster, if it is gone: that is what was asked for.
    if (error.code !== "not-found") return await afterFailedWrite(attempt, error);
    const doubt = await doubtAfterDelete(attempt, head);
    if (doubt !== undefined) {
      await attempt.claim.forgetIntent();
      return doubt;
    }
    receipt = error.receipt;
    look = { startedAt, endedAt: attempt.clock.now() };
  }
  return await commitWrite(attempt, read, {
    key: { connection: request.connection, definitionId: request.definitionId },
    head,
    previousContent: live.content,
    state: goneState(head),
    look,
    changeType: "deleted",
    source: "change_request",
    differences: [],
    ...(receipt !== undefined && { receipt }),
  });
}

/** What the write starts from. */
function baseOf(head: Mirror, live: LiveState) {
  return {
    baseVersion: head.version,
    baseHash: canonicalHash(live.content),
    ...(live.modified && { baseModifiedRaw: live.modified.raw }),
  };
}

/** Commits a write that the provider has confirmed; where that fails, the intent keeps the confirmation. */
export async function commitWrite(
  attempt: Attempt,
  read: Look | undefined,
  effect: Effect,
): Promise<AttemptEnd> {
  if (read !== undefined) {
    const windowMs = effect.look.endedAt - read.endedAt;
    attempt.metrics.milliseconds("OverwriteWindow", effect.key.connection, windowMs);
  }
  try {
    const end = await commitOutcome(attempt, effect);
    if (end.kind === "wait") await noteConfirmed(attempt, effect);
    return end.kind === "settled" ? { ...end, wrote: true } : end;
  } catch (error) {
    await noteConfirmed(attempt, effect);
    throw error;
  }
}

async function noteConfirmed({ claim }: Attempt, { receipt, key }: Effect): Promise<void> {
  await claim.note({
    callEnded: true,
    answeredId: key.definitionId,
    confirmed: confirmationOf(receipt),
  });
}
