/** Finds out what has become of an unanswered create, and ends the request or lets it go on. The rules: `adjudication.ts`. */

import { compareWithSent } from "../../definition/document/covered.ts";
import type { Intent } from "../../definition/mirror/claim.ts";
import { goneState } from "../../definition/mirror/observed-state.ts";
import type { JsonObject } from "../../platform/json.ts";
import type { Attempt, AttemptEnd } from "../attempt/attempt.ts";
import type { CreatePlan } from "../attempt/create-plan.ts";
import { doubtThatItIsGone } from "../attempt/missing-definition.ts";
import {
  commitOutcome,
  contentOfVersion,
  type Effect,
  recordSuspectedDuplicate,
} from "../attempt/record-version.ts";
import { doubtThatItIsAbsent } from "./absent-create.ts";
import { adjudicateCreate, byCreation, type Listed } from "./adjudication.ts";
import { candidatesOf, unknownOutcome } from "./create-candidates.ts";
import { lookAt, namedByTheAnswer, type Seen } from "./named-definition.ts";

/** `undefined`: it did not happen; the request may be sent again. */
export async function adjudicateOpenCreate(
  attempt: Attempt,
  plan: CreatePlan,
  sent: JsonObject,
  intent: Intent,
): Promise<AttemptEnd | undefined> {
  const { claim, connection } = attempt;
  const named = await namedByTheAnswer(attempt, plan, sent, intent);
  if (named?.kind === "own") return await commitAdopted(attempt, plan, sent, intent, named.seen);
  if (named !== undefined && named.kind !== "suspect") return named;
  const listed = await candidatesOf(attempt, sent, intent);
  if (listed.kind !== "candidates") return listed;
  const verdict = adjudicateCreate({
    candidates: listed.candidates,
    // Whoever retries the request has looked at them.
    suspects:
      intent.epoch < attempt.record.epoch ? [] : [...listed.suspects, ...(named ? [named.suspect] : [])],
    listedAt: listed.listedAt,
    absentAt: intent.absentAt,
    settleMs: connection.settleSeconds * 1_000,
  });
  if (verdict.kind === "happened") {
    return await adopt(attempt, plan, sent, intent, verdict.oldest, verdict.others);
  }
  const isTooEarly = verdict.kind === "look-again" && intent.absentAt !== undefined;
  const doubt = isTooEarly ? undefined : await doubtThatItIsAbsent(attempt, intent, listed);
  if (doubt !== undefined) return doubt;
  switch (verdict.kind) {
    case "look-again":
      if (intent.absentAt === undefined) await claim.openAnIntent({ ...intent, absentAt: listed.listedAt });
      return { kind: "wait", waitMs: Math.max(0, verdict.at - attempt.clock.now()), reason: "looks-again" };
    case "undecided":
      return unknownOutcome(intent, verdict.suspect);
    case "did-not-happen":
      claim.supersede(intent);
      claim.noteAbsence(intent.requestId, listed.listedAt);
      return undefined;
  }
}

/** How long a list that showed no trace of a create is enough to send it again. */
const ABSENT_FOR_MS = 600_000;

/**
 * A write of this request that was believed not to have happened may have landed after all. `undefined`: there was
 * none, or it has not.
 */
export async function adoptLateCreate(
  attempt: Attempt,
  plan: CreatePlan,
  sent: JsonObject,
): Promise<AttemptEnd | undefined> {
  const { claim, clock, record } = attempt;
  const own = claim.superseded.filter(({ requestId }) => requestId === record.requestId);
  const [earlier] = own;
  const trustedFrom = clock.now() - ABSENT_FOR_MS;
  if (earlier === undefined || own.some(({ absentAt = 0 }) => absentAt > trustedFrom)) return undefined;
  const listed = await candidatesOf(attempt, sent, earlier);
  if (listed.kind !== "candidates") return listed;
  const [oldest, ...others] = listed.candidates.toSorted(byCreation);
  if (oldest !== undefined) return await adopt(attempt, plan, sent, { late: true }, oldest, others);
  claim.noteAbsence(record.requestId, listed.listedAt);
  return undefined;
}

/** What is known of the write beside its effect. */
type Known = Pick<Intent, "confirmed"> & { readonly late?: true };

/** The others first: once the request is decided, nobody would come back for them. */
async function adopt(
  attempt: Attempt,
  plan: CreatePlan,
  sent: JsonObject,
  known: Known,
  oldest: Listed,
  others: readonly Listed[],
): Promise<AttemptEnd> {
  const { connection } = attempt.request;
  for (const other of others.filter(({ isRecorded }) => !isRecorded)) {
    const key = { connection, definitionId: other.definitionId };
    const { head, read } = await lookAt(attempt, key);
    if (read.kind === "gone") continue;
    if (read.kind !== "live") return read;
    const effect = await effectOf(attempt, plan, sent, known, { key, head, read });
    const { continuation: _oneIsEnough, ...apart } = effect;
    const answer = await recordSuspectedDuplicate(attempt, {
      ...apart,
      suspectedDuplicateOf: oldest.definitionId,
    });
    if (!answer.committed) return { kind: "wait", waitMs: 1_000, reason: answer.reason };
    attempt.metrics.count("SuspectedDuplicate", connection);
    attempt.log.warn("suspected-duplicate", { ...key, requestId: attempt.record.requestId });
  }
  const key = { connection, definitionId: oldest.definitionId };
  const { head, read } = await lookAt(attempt, key);
  if (read.kind !== "live" && read.kind !== "gone") return read;
  if (read.kind === "gone") {
    // The list may have been stale: another one decides.
    if (oldest.isUnlisted !== true) return { kind: "wait", waitMs: 1_000, reason: "list-disagrees" };
    const doubt = await doubtThatItIsGone(attempt, head);
    if (doubt !== undefined) return doubt;
  }
  return await commitAdopted(attempt, plan, sent, known, { key, head, read });
}

async function commitAdopted(
  attempt: Attempt,
  plan: CreatePlan,
  sent: JsonObject,
  known: Known,
  seen: Seen,
): Promise<AttemptEnd> {
  attempt.metrics.count(known.late ? "LateEffect" : "WriteAdopted", seen.key.connection);
  return await commitOutcome(attempt, await effectOf(attempt, plan, sent, known, seen));
}

async function effectOf(
  attempt: Attempt,
  plan: CreatePlan,
  sent: JsonObject,
  { confirmed, late }: Known,
  { key, head, read }: Seen,
): Promise<Effect> {
  const { dialect } = attempt.provider;
  const differences =
    read.kind === "live"
      ? compareWithSent({ operation: "create", body: sent }, read.live.content, dialect.rewriteSet)
          .differences
      : [];
  const gone = { name: dialect.nameOf(plan.body), scope: dialect.scopeOf(plan.body) };
  return {
    key,
    head,
    previousContent: head && (await contentOfVersion(attempt, head, head.version)),
    state: read.kind === "live" ? read.live : goneState(head ?? gone),
    look: read.look,
    changeType: plan.changeType,
    source: "adopted",
    differences,
    ...(confirmed && { receipt: confirmed }),
    ...(late && { late }),
    ...(plan.continuation && { continuation: plan.continuation }),
  };
}
