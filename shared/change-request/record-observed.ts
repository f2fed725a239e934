/** The pre-image: what the provider holds right before a write is in the history, or nothing is written. */
import type { SupersededIntent } from "../definition/claim.ts";
import { SUPERSEDED_LIFETIME_MS } from "../definition/claim.ts";
import type { DefinitionKey, Mirror } from "../definition/mirror.ts";
import { differsFromHead, type Look, type NextVersion, type ObservedState } from "../definition/version.ts";
import { isJsonObject, type JsonValue } from "../platform/json.ts";
import type { Dialect } from "../providers/provider.ts";
import { notBeforeOnProviderClock } from "./adjudication.ts";
import { type Attempt, type AttemptEnd, attributionOf } from "./attempt.ts";
import {
  changeTypes,
  commitOutcome,
  committed,
  contentHashOf,
  contentOfVersion,
  isRecorded,
} from "./record-version.ts";
import { isTerminal } from "./request-state.ts";

/** The request whose write it was comes first. */
const OWNERS_TURN_WAIT_MS = 5_000;

export type Recorded = { readonly kind: "recorded"; readonly head: Mirror };

/** Records the live state where it is not the head's. */
export async function recordObserved(
  attempt: Attempt,
  key: DefinitionKey,
  head: Mirror | undefined,
  live: ObservedState,
  look: Look,
): Promise<Recorded | AttemptEnd> {
  if (head !== undefined && !differsFromHead(head, live)) return { kind: "recorded", head };
  const previousContent = head && (await contentOfVersion(attempt, key, head.version));
  // What differs is how we look, not what is there.
  if (head !== undefined && isRecorded(head, previousContent, live)) return { kind: "recorded", head };
  if (head !== undefined && isCutShort(attempt.provider.dialect, previousContent, head, live)) {
    return { kind: "wait", waitMs: 1_000, reason: "incomplete-read" };
  }
  const late = await lateEffect(attempt, head, live, look);
  if (late?.isOpen) return { kind: "wait", waitMs: OWNERS_TURN_WAIT_MS, reason: "late-effect-of-another" };
  if (late !== undefined) {
    attempt.metrics.count("LateEffect", key.connection);
    attempt.log.warn("late-effect", { ...key, requestId: late.intent.requestId });
  }
  if (late?.isOwn) {
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
  const next: Omit<NextVersion, "now"> = {
    key,
    head,
    previousContent,
    state: live,
    changeType: head === undefined ? "baseline" : head.deleted ? "restored" : "updated",
    look,
    ignored: attempt.connection.ignore,
    ...(late === undefined
      ? { source: "observed_before_write" as const }
      : { source: "adopted" as const, extras: { late: true as const }, attribution: late.attribution }),
  };
  const { answer, mirror } = await committed(attempt, next, {
    ...(late?.isOfThisTarget && { superseded: attempt.claim.withoutSuperseded(late.intent) }),
  });
  if (!answer.committed) return { kind: "wait", waitMs: 1_000, reason: answer.reason };
  return { kind: "recorded", head: mirror };
}

/**
 * Is what is there now the effect of a write that was given up, or believed not to have happened? Then it is no
 * outside change, and its request's name belongs to it. To the request itself it is its outcome: evaluated anew, a
 * patch would take effect twice. So another one leaves it alone while its request is still open.
 */
async function lateEffect(attempt: Attempt, head: Mirror | undefined, live: ObservedState, look: Look) {
  const { claim, clock, mirrors, record, requests, request } = attempt;
  const { connection } = request;
  // A definition that is met for the first time may be what a create left behind.
  const isNew = head === undefined;
  const { open, superseded: known } = isNew
    ? await mirrors.intents({ kind: "create", connection, scope: live.scope })
    : { open: undefined, superseded: claim.superseded };
  // It may as well be what a create has made that is still to be judged: that one will look for it.
  if (open !== undefined && open.wantedHash === contentHashOf(live)) return undefined;
  const intent = known.find(
    (one) =>
      isEffectOf(one, contentHashOf(live), clock.now()) &&
      // What was there before a create was begun is not its effect.
      !(isNew && isOlder(live, notBeforeOnProviderClock(one.startedAt, look))),
  );
  if (intent === undefined) return undefined;
  const isOwn = intent.requestId === record.requestId;
  const owner = isOwn ? record : await requests.read({ connection, requestId: intent.requestId });
  return {
    intent,
    isOwn,
    isOpen: !isOwn && owner !== undefined && !isTerminal(owner.status),
    isOfThisTarget: !isNew,
    attribution:
      owner === undefined
        ? { requestId: intent.requestId, epoch: intent.epoch }
        : attributionOf(owner, intent.epoch),
  };
}

function isOlder({ created }: ObservedState, notBefore: number): boolean {
  return created !== undefined && created.at < notBefore;
}

function isEffectOf({ wantedHash, startedAt }: SupersededIntent, contentHash: string, now: number): boolean {
  return wantedHash === contentHash && startedAt > now - SUPERSEDED_LIFETIME_MS;
}

/**
 * Members are gone although the provider says that nothing was modified: half an answer. Written back as the complete
 * object, it would take the other half (tool mocks, say) away from the provider as well. Members that a provider may
 * drop by itself, unknown ones and those of its rewrite set, prove nothing.
 */
function isCutShort(
  { rewriteSet, unknownMembers }: Dialect,
  previousContent: JsonValue | undefined,
  head: Mirror,
  live: ObservedState,
): boolean {
  const { content } = live;
  if (!isJsonObject(previousContent) || content === null || head.modified?.raw !== live.modified?.raw)
    return false;
  const mayGo = new Set([...rewriteSet, ...unknownMembers(previousContent)]);
  return Object.keys(previousContent).some((name) => !mayGo.has(name) && !Object.hasOwn(content, name));
}
