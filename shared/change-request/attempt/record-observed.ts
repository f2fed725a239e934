/** The pre-image: what the provider holds right before a write is in the history, or nothing is written. */

import { completesListRow, LIST_ROW_COMPLETED } from "../../definition/history/list-row.ts";
import { isRewritten } from "../../definition/history/provider-rewrite.ts";
import { PROVIDER_REWRITE, TO_BE_HEALED } from "../../definition/history/reasons.ts";
import {
  type ChangeType,
  differsFromHead,
  type Look,
  type NextVersion,
  type ObservedState,
} from "../../definition/history/version.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { goneState } from "../../definition/mirror/observed-state.ts";
import type { JsonValue } from "../../platform/json.ts";
import { decideHeal, tellStopped } from "../../reconciliation/heal/heal-rule.ts";
import { type Interval, intervalOf } from "../../reconciliation/scan/interval.ts";
import { intentsBehind, type LateEffect, lateEffectOf } from "../adjudication/late-effect.ts";
import type { Attempt, AttemptEnd, EditAttempt } from "./attempt.ts";
import { isCutShort } from "./incomplete-read.ts";
import { doubtOfLoss } from "./lasting-loss.ts";
import { changeTypes, commitOutcome, committed, contentOfVersion, isRecorded } from "./record-version.ts";

/** The request whose write it was comes first. */
const OWNERS_TURN_WAIT_MS = 5_000;

export type Recorded = { readonly kind: "recorded"; readonly head: Mirror };

/**
 * Records the live state where it is not the head's. `isUndecided`: a person has to find out about a write of ours, and
 * nothing is to be undone before.
 */
export async function recordObserved(
  attempt: EditAttempt,
  key: DefinitionKey,
  head: Mirror | undefined,
  live: ObservedState,
  look: Look,
  isUndecided = false,
): Promise<Recorded | AttemptEnd> {
  if (head !== undefined && !differsFromHead(head, live)) return { kind: "recorded", head };
  const previousContent = head && (await contentOfVersion(attempt, key, head.version));
  // What differs is how we look, not what is there.
  if (head !== undefined && isRecorded(head, previousContent, live)) return { kind: "recorded", head };
  if (head !== undefined && isCutShort(attempt.provider.dialect, previousContent, head, live)) {
    const doubt = await doubtOfLoss(attempt, head, previousContent, live);
    if (doubt !== undefined) return doubt;
  }
  const late = await lateEffect(attempt, key, head, live, look);
  return await recordFound(attempt, { key, head, previousContent, live, look, isUndecided }, late);
}

/**
 * Gone, and a delete of ours that was given up, or believed not to have happened, has done it. `undefined`: none is
 * remembered, and it takes reconciliation's second look to record the deletion.
 */
export async function recordLateDelete(
  attempt: Attempt,
  head: Mirror,
  look: Look,
): Promise<Recorded | AttemptEnd | undefined> {
  if (head.deleted) return undefined;
  const key = { connection: head.connection, definitionId: head.definitionId };
  const live = goneState(head);
  const late = await lateEffect(attempt, key, head, live, look);
  if (late === undefined) return undefined;
  const previousContent = await contentOfVersion(attempt, key, head.version);
  return await recordFound(attempt, { key, head, previousContent, live, look }, late);
}

type Found = {
  readonly key: DefinitionKey;
  readonly head: Mirror | undefined;
  readonly previousContent: JsonValue | undefined;
  readonly live: ObservedState;
  readonly look: Look;
  readonly isUndecided?: boolean;
};

async function recordFound(
  attempt: Attempt,
  { key, head, previousContent, live, look, isUndecided = false }: Found,
  late: LateEffect | undefined,
): Promise<Recorded | AttemptEnd> {
  if (late?.isOpen) return { kind: "wait", waitMs: OWNERS_TURN_WAIT_MS, reason: "late-effect-of-another" };
  if (late !== undefined) {
    attempt.metrics.count("LateEffect", key.connection);
    attempt.log.warn("late-effect", { ...key, requestId: late.intent.requestId });
  }
  if (late?.intent.requestId === attempt.record.requestId) {
    return await commitOutcome(attempt, {
      key,
      head,
      previousContent,
      state: live,
      look,
      changeType: changeTypes[attempt.request.operation],
      source: "adopted",
      differences: [],
      late: true,
    });
  }
  const isRewrite = isRewritten({ head, previousContent, live }, attempt.provider.dialect.rewriteSet);
  const isCompletion =
    late === undefined &&
    head !== undefined &&
    (await completesListRow(attempt.history, head, previousContent, live));
  const isDrift = late === undefined && !isRewrite && !isCompletion;
  // The request may end without a write: then the next reconciliation undoes what it has seen, if the policy says so.
  const healing = isDrift && !isUndecided ? await decideHeal(attempt, { key, head, live }, false) : "leaves";
  const healIn = healing === "heals" ? head?.scope : undefined;
  const ofOutside = healIn === undefined ? undefined : TO_BE_HEALED;
  const reason = isCompletion ? LIST_ROW_COMPLETED : isRewrite ? PROVIDER_REWRITE : ofOutside;
  const next: Omit<NextVersion, "now"> = {
    key,
    head,
    previousContent,
    state: live,
    changeType: isCompletion ? "baseline" : changeTypeOf(head, live),
    look,
    ...(head !== undefined && { occurredBetween: intervalSince(attempt, head, live, look) }),
    ignored: attempt.connection.ignore,
    ...(late === undefined
      ? {
          source: "observed_before_write" as const,
          ...(reason !== undefined && { attribution: { reason } }),
        }
      : { source: "adopted" as const, extras: { late: true as const }, attribution: late.attribution }),
  };
  const { answer, mirror } = await committed(attempt, next, {
    ...(late?.isOfThisTarget && { superseded: attempt.claim.withoutSuperseded(late.intent) }),
    ...(healIn !== undefined && { healIn }),
  });
  if (!answer.committed) return { kind: "wait", waitMs: 1_000, reason: answer.reason };
  if (healing === "stopped") tellStopped(attempt, key, mirror.version, undefined);
  return { kind: "recorded", head: mirror };
}

/** The look that the head is from may have been behind, and no list is known here. */
function intervalSince(
  { connection }: Attempt,
  head: Mirror,
  { modified }: ObservedState,
  look: Look,
): Interval {
  return intervalOf({ head, quietAt: undefined, lagMs: connection.settleSeconds * 1_000, look, modified });
}

function changeTypeOf(head: Mirror | undefined, live: ObservedState): ChangeType {
  if (head === undefined) return "baseline";
  if (live.deleted) return "deleted";
  return head.deleted ? "restored" : "updated";
}

/**
 * To the request itself a late effect is its outcome: evaluated anew, a patch would take effect twice. So another one
 * leaves it alone while its request is still open.
 */
async function lateEffect(
  attempt: Attempt,
  key: DefinitionKey,
  head: Mirror | undefined,
  live: ObservedState,
  look: Look,
): Promise<LateEffect | undefined> {
  const { claim, mirrors, record } = attempt;
  const { connection } = key;
  // Under the claim its list is known, with what this attempt has added to it.
  const intents =
    head === undefined ? await intentsBehind(mirrors, key, head, live) : { superseded: claim.superseded };
  return await lateEffectOf(attempt, { connection, head, live, look, intents }, record);
}
