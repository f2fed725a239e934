/** Puts what a provider showed into the history: what was found before a write, and what a write has done. */

import { canonicallyEqual, sha256Hex } from "../definition/canonical-form.ts";
import type { ClaimTarget } from "../definition/claim.ts";
import { contentOf } from "../definition/content.ts";
import type { Difference } from "../definition/covered.ts";
import type { DefinitionKey, Mirror } from "../definition/mirror.ts";
import {
  type ChangeSource,
  type ChangeType,
  differsFromHead,
  type Look,
  type NextVersion,
  nextVersion,
  type ObservedState,
} from "../definition/version.ts";
import { isJsonObject, type JsonValue, parseJson } from "../platform/json.ts";
import type { Dialect, Receipt } from "../providers/provider.ts";
import { type Attempt, type AttemptEnd, attributionOf, type Waiting } from "./attempt.ts";
import type { CommitAnswer } from "./commit.ts";
import type { Outcome } from "./request-record.ts";

/** Between tries of a commit that met another transaction. */
const CONTENTION_WAIT_MS = 50;
const MAX_COMMIT_TRIES = 20;

/** Records the live state where it is not the head's: the pre-image of a write is always in the history. */
export async function recordObserved(
  attempt: Attempt,
  head: Mirror | undefined,
  live: ObservedState,
  look: Look,
): Promise<{ readonly kind: "recorded"; readonly head: Mirror } | Waiting> {
  if (head !== undefined && !differsFromHead(head, live)) return { kind: "recorded", head };
  const previousContent = head && (await contentOfVersion(attempt, head.version));
  // The connection's `ignore` list has changed since: what differs is how we look, not what is there.
  if (
    head !== undefined &&
    !head.deleted &&
    head.scope === live.scope &&
    canonicallyEqual(previousContent, live.content)
  ) {
    return { kind: "recorded", head };
  }
  if (head !== undefined && isCutShort(attempt.provider.dialect, previousContent, head, live)) {
    return { kind: "wait", waitMs: 1_000, reason: "incomplete-read" };
  }
  const next: Omit<NextVersion, "now"> = {
    key: keyOf(attempt),
    head,
    previousContent,
    state: live,
    changeType: head === undefined ? "baseline" : head.deleted ? "restored" : "updated",
    source: "observed_before_write",
    look,
    ignored: attempt.connection.ignore,
  };
  const { answer, mirror } = await committed(attempt, next, undefined);
  return answer.committed
    ? { kind: "recorded", head: mirror }
    : { kind: "wait", waitMs: 1_000, reason: answer.reason };
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

export type Effect = {
  readonly definitionId?: string;
  readonly head: Mirror | undefined;
  readonly previousContent: JsonValue | undefined;
  readonly state: ObservedState;
  readonly look: Look;
  readonly changeType: ChangeType;
  readonly source: ChangeSource;
  readonly differences: readonly Difference[];
  readonly receipt?: Receipt;
};

/** Commits what a write has done: version, mirror and the request's outcome, and with them the end of the claim. */
export async function commitOutcome(attempt: Attempt, effect: Effect): Promise<AttemptEnd> {
  const { receipt, differences } = effect;
  const definitionId = effect.definitionId ?? keyOf(attempt).definitionId;
  const next: Omit<NextVersion, "now"> = {
    key: { connection: attempt.request.connection, definitionId },
    head: effect.head,
    previousContent: effect.previousContent,
    state: effect.state,
    changeType: effect.changeType,
    source: effect.source,
    look: effect.look,
    ignored: attempt.connection.ignore,
    attribution: attributionOf(attempt),
    extras: {
      ...(differences.length > 0 && { differences }),
      ...(receipt && {
        receipt: {
          status: receipt.status,
          durationMs: receipt.durationMs,
          ...(receipt.requestId !== undefined && { requestId: receipt.requestId }),
        },
      }),
    },
  };
  const { answer, outcome } = await committed(attempt, next, (version) => ({
    key: attempt.record,
    epoch: attempt.record.epoch,
    status: "applied",
    result: { version, definitionId, ...(differences.length > 0 && { differences }) },
    finishedAt: attempt.clock.now(),
  }));
  if (answer.committed) {
    return {
      kind: "settled",
      status: "applied",
      ...(outcome && { result: outcome.result }),
      claimEnded: true,
    };
  }
  if (answer.reason === "request-settled") return { kind: "settled" };
  // The intent stays open: the next attempt finds the effect and commits it.
  return { kind: "wait", waitMs: 1_000, reason: answer.reason };
}

/** The content of a recorded version; `undefined` where there is no such version. */
export async function contentOfVersion(
  attempt: Attempt,
  version: number,
  key: DefinitionKey = keyOf(attempt),
): Promise<JsonValue | undefined> {
  const stored = await attempt.history.version(key, version);
  if (stored?.documentText === undefined) return undefined;
  const document = parseJson(stored.documentText);
  return isJsonObject(document) ? contentOf(document, attempt.provider.dialect.bookkeeping) : document;
}

/**
 * Commits until it is decided or the lease ends: meets another transaction → again; meets a new head while the claim
 * is still ours → onto that head. The version is stamped anew each time, so that `recordedAt` is never long past.
 */
async function committed(
  attempt: Attempt,
  next: Omit<NextVersion, "now">,
  outcomeOn: ((version: number) => Outcome) | undefined,
): Promise<{ answer: CommitAnswer; mirror: Mirror; outcome?: Outcome }> {
  const { clock, commits, token, target, leaseUntil, random } = attempt;
  let { head, previousContent } = next;
  for (let tries = 1; ; tries += 1) {
    const { version, mirror } = nextVersion({ ...next, head, previousContent, now: clock.now() });
    const outcome = outcomeOn?.(version.record.version);
    const answer = await commits.commit({
      version,
      mirror,
      headVersion: head?.version ?? 0,
      claim: { target, token },
      ...(outcome && { outcome }),
      // Unique per attempt, purpose and try: repeated by the SDK, it is still one commit.
      idempotencyToken: sha256Hex(
        `${token}#${outcome === undefined ? "observed" : "outcome"}#${tries}`,
      ).slice(0, 36),
    });
    const isOver = tries === MAX_COMMIT_TRIES || clock.now() + CONTENTION_WAIT_MS >= leaseUntil;
    if (answer.committed || isOver || !["contention", "head-moved"].includes(answer.reason)) {
      return { answer, mirror, ...(outcome && { outcome }) };
    }
    if (answer.reason === "head-moved") {
      head = await attempt.mirrors.mirror(next.key);
      previousContent = head && (await contentOfVersion(attempt, head.version, next.key));
    }
    await clock.sleep(CONTENTION_WAIT_MS * (1 + random.fraction()));
  }
}

function keyOf({ target, request }: Pick<Attempt, "target" | "request">): {
  connection: string;
  definitionId: string;
} {
  const definition = target as Extract<ClaimTarget, { kind: "definition" }>;
  return { connection: request.connection, definitionId: definition.definitionId };
}
