/** Applies an update, replace or delete to the definition as it is live right now. */
import { canonicalHash } from "../definition/canonical-form.ts";
import { contentOf } from "../definition/content.ts";
import { compareWithSent } from "../definition/covered.ts";
import type { Mirror } from "../definition/mirror.ts";
import { goneState, stateOf } from "../definition/observed-state.ts";
import type { Look, ObservedState } from "../definition/version.ts";
import type { JsonObject, JsonValue } from "../platform/json.ts";
import type { Answer, ObservedDefinition, Receipt } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, callOptions, outcome } from "./attempt.ts";
import { afterFailedRead, afterFailedWrite } from "./failed-call.ts";
import { onMissing } from "./missing-definition.ts";
import { commitOutcome, contentOfVersion, recordObserved } from "./record-version.ts";
import { recordedFaults } from "./request-record.ts";
import { type EditRequest, evaluate } from "./wanted.ts";
import { timed, writeIntent } from "./write-intent.ts";

export type EditAttempt = Attempt & { readonly request: EditRequest };

export async function applyEdit(attempt: EditAttempt, known: Mirror | undefined): Promise<AttemptEnd> {
  const { request, provider } = attempt;
  let read: { answer: Answer<ObservedDefinition>; look: Look };
  const startedAt = attempt.clock.now();
  try {
    read = await timed(attempt, () => provider.get(request.definitionId, callOptions(attempt)));
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.code !== "not-found") return afterFailedRead(error);
    return await onMissing(attempt, known, { startedAt, endedAt: attempt.clock.now() });
  }
  const live = stateOf(read.answer.body, provider.dialect);
  if (live.deleted || live.content === null) return await onMissing(attempt, known, read.look);
  if (isStale(attempt, known, live)) return { kind: "wait", waitMs: 1_000, reason: "stale-read" };
  const adopted = await adoptOwnEarlierWrite(attempt, known, live, read.look);
  if (adopted !== undefined) return adopted;
  const observed = await recordObserved(attempt, known, live, read.look);
  if (observed.kind !== "recorded") return observed;
  return await applyToLive(attempt, observed.head, {
    ...live,
    content: live.content,
    document: read.answer.body.value,
  });
}

/** The live definition: what is compared, and the whole document as the provider has it. */
type LiveState = ObservedState & { readonly content: JsonObject; readonly document: JsonObject };

async function applyToLive(attempt: EditAttempt, head: Mirror, live: LiveState): Promise<AttemptEnd> {
  const { request, provider } = attempt;
  const evaluation = evaluate(
    request,
    {
      version: head.version,
      contentHash: head.contentHash,
      content: live.content,
      ...(live.modified && { modified: live.modified }),
    },
    provider.dialect,
    await expectedContent(attempt, head),
  );
  switch (evaluation.kind) {
    case "unchanged":
      return outcome("unchanged", { version: head.version, definitionId: head.definitionId });
    case "conflict":
      return outcome("conflict", {
        reason: evaluation.reason,
        definitionId: head.definitionId,
        conflict: { version: head.version, pointers: evaluation.pointers },
      });
    case "rejected":
      return outcome("rejected", {
        reason: evaluation.reason,
        ...(evaluation.errors !== undefined && { errors: recordedFaults(evaluation.errors) }),
      });
    case "delete":
      return await sendDelete(attempt, head, live);
    case "send":
      return await sendUpdate(attempt, head, live, evaluation.wanted, evaluation.touched);
  }
}

/**
 * Does the read show a state from before the one that we know, as a provider does that answers from a lagging copy?
 * To apply an edit to it would undo what came between. After the settle time an older timestamp is believed.
 */
function isStale(
  { clock, connection }: EditAttempt,
  known: Mirror | undefined,
  live: ObservedState,
): boolean {
  if (known?.modified === undefined || live.modified === undefined || known.deleted) return false;
  const isSettled = clock.now() - known.recordedAt > connection.settleSeconds * 1_000;
  return live.modified.at < known.modified.at && !isSettled;
}

/** What the request believes to be there, where it is not the head. */
async function expectedContent(attempt: EditAttempt, head: Mirror): Promise<JsonValue | undefined> {
  const version = attempt.request.expect?.version;
  if (version === undefined || version < 1 || version === head.version) return undefined;
  return await contentOfVersion(attempt, version);
}

async function sendUpdate(
  attempt: EditAttempt,
  head: Mirror,
  live: LiveState,
  wanted: JsonObject,
  touched: readonly string[],
): Promise<AttemptEnd> {
  const { provider, request } = attempt;
  const { dialect } = provider;
  const refused = await writeIntent(attempt, {
    baseHash: head.contentHash,
    ...(live.modified && { baseModifiedRaw: live.modified.raw }),
    wantedHash: canonicalHash(wanted),
    touched,
  });
  if (refused !== undefined) return refused;
  const body = dialect.updateBody(request.definitionId, live.content, wanted, live.document);
  let written: { answer: Answer<ObservedDefinition>; look: Look };
  try {
    written = await timed(attempt, () => provider.update(request.definitionId, body, callOptions(attempt)));
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.code !== "not-found") return await afterFailedWrite(attempt, error, body);
    return outcome("conflict", {
      reason: "vanished-before-write",
      definitionId: head.definitionId,
      conflict: { version: head.version, pointers: [] },
    });
  }
  const state = stateOf(written.answer.body, dialect);
  const { differences } = compareWithSent(
    { operation: "update", body: contentOf(body, dialect.bookkeeping), base: live.content },
    state.content ?? {},
    dialect.rewriteSet,
  );
  return await commitOutcome(attempt, {
    head,
    previousContent: live.content,
    state,
    look: written.look,
    changeType: "updated",
    source: "change_request",
    differences,
    receipt: written.answer.receipt,
  });
}

async function sendDelete(attempt: EditAttempt, head: Mirror, live: LiveState): Promise<AttemptEnd> {
  const { provider, request } = attempt;
  const refused = await writeIntent(attempt, {
    baseHash: head.contentHash,
    ...(live.modified && { baseModifiedRaw: live.modified.raw }),
    touched: [],
  });
  if (refused !== undefined) return refused;
  let receipt: Receipt | undefined;
  let look: Look;
  const startedAt = attempt.clock.now();
  try {
    const deleted = await timed(attempt, () => provider.delete(request.definitionId, callOptions(attempt)));
    receipt = deleted.answer.receipt;
    look = deleted.look;
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    // Somebody else was faster: it is gone, which is what was asked for.
    if (error.code !== "not-found") return await afterFailedWrite(attempt, error);
    receipt = error.receipt;
    look = { startedAt, endedAt: attempt.clock.now() };
  }
  return await commitOutcome(attempt, {
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

/** An earlier attempt's write was not answered, and what it wanted is there now: it happened. */
async function adoptOwnEarlierWrite(
  attempt: EditAttempt,
  head: Mirror | undefined,
  live: ObservedState,
  look: Look,
): Promise<AttemptEnd | undefined> {
  const { openIntent, record } = attempt;
  if (head === undefined || openIntent === undefined || openIntent.requestId !== record.requestId)
    return undefined;
  if (openIntent.wantedHash === undefined || openIntent.wantedHash !== canonicalHash(live.content))
    return undefined;
  return await commitOutcome(attempt, {
    head,
    previousContent: await contentOfVersion(attempt, head.version),
    state: live,
    look,
    changeType: "updated",
    source: "adopted",
    differences: [],
  });
}
