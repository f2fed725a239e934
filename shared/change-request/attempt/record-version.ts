/** Puts what a provider showed into the history: what was found before a write, and what a write has done. */
import { canonicallyEqual, sha256Hex } from "../../definition/document/canonical-form.ts";
import { contentOf } from "../../definition/document/content.ts";
import type { Difference } from "../../definition/document/covered.ts";
import type { HistoryStore } from "../../definition/history/history-store.ts";
import {
  type ChangeSource,
  type ChangeType,
  type Look,
  type NextVersion,
  nextVersion,
  type ObservedState,
} from "../../definition/history/version.ts";
import type { Continuation, DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { isJsonObject, type JsonValue, parseJson } from "../../platform/json.ts";
import type { Provider, Receipt } from "../../providers/provider.ts";
import type { Operation } from "../change-request.ts";
import type { Outcome } from "../record/request-record.ts";
import { type Attempt, type AttemptEnd, attributionOf } from "./attempt.ts";
import type { Commit, CommitAnswer } from "./commit.ts";
import { recordedState } from "./recorded-state.ts";

/** Between tries of a commit that met another transaction. */
const CONTENTION_WAIT_MS = 50;
const MAX_COMMIT_TRIES = 20;

/** What a write has done, or is found to have done. */
export type Effect = {
  readonly key: DefinitionKey;
  readonly head: Mirror | undefined;
  readonly previousContent: JsonValue | undefined;
  readonly state: ObservedState;
  readonly look: Look;
  readonly changeType: ChangeType;
  readonly source: Extract<ChangeSource, "change_request" | "adopted">;
  readonly differences: readonly Difference[];
  readonly receipt?: Pick<Receipt, "status" | "durationMs" | "requestId">;
  /** The deleted definition that this new one continues. */
  readonly continuation?: Continuation;
  readonly suspectedDuplicateOf?: string;
  /** It showed up only after it was believed not to have happened. */
  readonly late?: true;
};

/** What a version is called after the operation that made it. */
export const changeTypes = {
  create: "created",
  update: "updated",
  replace: "updated",
  delete: "deleted",
  restore: "restored",
} as const satisfies Record<Operation, ChangeType>;

/** Commits what a write has done: version, mirror and the request's outcome, and with them the end of the claim. */
export async function commitOutcome(attempt: Attempt, effect: Effect): Promise<AttemptEnd> {
  const { differences, key } = effect;
  const { answer, outcome } = await committed(attempt, versionOf(attempt, effect), {
    ...(effect.continuation && { continuation: effect.continuation }),
    outcomeOn: (version) => ({
      key: attempt.record,
      epoch: attempt.record.epoch,
      status: "applied",
      result: {
        version,
        definitionId: key.definitionId,
        ...(differences.length > 0 && { differences }),
      },
      finishedAt: attempt.clock.now(),
    }),
  });
  if (answer.committed) {
    return {
      kind: "settled",
      status: "applied",
      ...(outcome && { result: outcome.result }),
      claimEnded: true,
    };
  }
  if (answer.reason === "request-settled") return await recordWithoutOutcome(attempt, effect);
  // The intent stays open, with what the provider has said: the next attempt commits it.
  return { kind: "wait", waitMs: 1_000, reason: answer.reason };
}

/**
 * The request has got an outcome from somebody else meanwhile (the sweep, say), or an operator has opened its next
 * epoch. What the write has done goes into the history under its name nevertheless, and a retry does not do it again.
 */
async function recordWithoutOutcome(attempt: Attempt, effect: Effect): Promise<AttemptEnd> {
  const { claim, record, requests } = attempt;
  const { continuation, receipt, key, source } = effect;
  const { answer } = await committed(attempt, versionOf(attempt, effect), {
    ...(continuation && { continuation }),
  });
  if (!answer.committed) return { kind: "wait", waitMs: 1_000, reason: answer.reason };
  const intent = claim.openIntent;
  if (intent === undefined) return { kind: "settled" };
  const settled = await requests.read(record);
  if (settled !== undefined) {
    const isConfirmed = source === "change_request" || receipt !== undefined;
    const found = {
      callEnded: true,
      answeredId: key.definitionId,
      confirmed: confirmationOf(receipt),
    };
    await requests.keepUndecided(settled, settled.epoch, { ...intent, ...(isConfirmed && found) });
  }
  await claim.forgetIntent();
  return { kind: "settled" };
}

/** What the intent keeps of the provider's answer. */
export function confirmationOf({
  status,
  durationMs,
  requestId,
}: NonNullable<Effect["receipt"]> = NO_RECEIPT) {
  return { status, durationMs, ...(requestId !== undefined && { requestId }) };
}

const NO_RECEIPT = { status: 200, durationMs: 0 };

/** Records a definition that the request may have made besides the one that it is decided with. */
export async function recordSuspectedDuplicate(attempt: Attempt, effect: Effect): Promise<CommitAnswer> {
  return (await committed(attempt, versionOf(attempt, effect), {})).answer;
}

function versionOf(attempt: Attempt, effect: Effect): Omit<NextVersion, "now"> {
  const { receipt, differences, continuation, suspectedDuplicateOf, late } = effect;
  return {
    key: effect.key,
    head: effect.head,
    previousContent: effect.previousContent,
    state: effect.state,
    changeType: effect.changeType,
    source: effect.source,
    look: effect.look,
    ignored: attempt.connection.ignore,
    attribution: attributionOf(attempt.record),
    extras: {
      ...(differences.length > 0 && { differences }),
      ...(continuation !== undefined && { continues: continuation.from.definitionId }),
      ...(suspectedDuplicateOf !== undefined && { suspectedDuplicateOf }),
      ...(late && { late }),
      ...(receipt && {
        receipt: {
          status: receipt.status,
          durationMs: receipt.durationMs,
          ...(receipt.requestId !== undefined && { requestId: receipt.requestId }),
        },
      }),
    },
  };
}

/** The content of a recorded version; `undefined` where there is no such version. */
export async function contentOfVersion(
  {
    history,
    provider,
  }: { readonly history: Pick<HistoryStore, "version">; readonly provider: Pick<Provider, "dialect"> },
  key: DefinitionKey,
  version: number,
): Promise<JsonValue | undefined> {
  const stored = await history.version(key, version);
  if (stored?.documentText === undefined) return undefined;
  const document = parseJson(stored.documentText);
  return isJsonObject(document) ? contentOf(document, provider.dialect.bookkeeping) : document;
}

type CommitExtras = Pick<Commit, "continuation" | "superseded" | "healIn"> & {
  /** What was seen is not put onto a head that is newer than the look at it. */
  readonly onlyOntoThisHead?: true;
  readonly outcomeOn?: (version: number) => Outcome;
};

/**
 * Commits until it is decided or the lease ends: meets another transaction → again; meets a new head while the claim
 * is still ours → onto that head. The version is stamped anew each time, so that `recordedAt` is never long past.
 */
export async function committed(
  attempt: Attempt,
  next: Omit<NextVersion, "now">,
  { outcomeOn, ...extras }: CommitExtras,
): Promise<{ answer: CommitAnswer; mirror: Mirror; outcome?: Outcome }> {
  const { clock, commits, claim, random, record } = attempt;
  let { head, previousContent, state } = next;
  let { continuation } = extras;
  for (let tries = 1; ; tries += 1) {
    const { version, mirror: bare } = nextVersion({
      ...next,
      head,
      previousContent,
      state,
      now: clock.now(),
    });
    const { healIn } = extras;
    const mirror = healIn === undefined ? bare : { ...bare, healPending: bare.version };
    const outcome = outcomeOn?.(version.record.version);
    const answer = await commits.commit({
      version,
      mirror,
      headVersion: head?.version ?? 0,
      claim: { target: claim.target, token: claim.token },
      ...(outcome && { outcome }),
      ...(continuation && { continuation }),
      ...(extras.superseded && { superseded: extras.superseded }),
      ...(healIn !== undefined && { healIn }),
      // A heal's note makes its scope known as well, and a transaction takes one operation on an item.
      ...(head !== undefined &&
        head.scope !== mirror.scope &&
        healIn !== mirror.scope && { movedTo: mirror.scope }),
      // Repeated by the SDK it is still one commit; another try, version or purpose is another one.
      idempotencyToken: sha256Hex(
        `${record.requestId}#${record.epoch}#${claim.token}#${next.key.definitionId}#${version.record.version}#${outcome === undefined ? "observed" : "outcome"}#${tries}`,
      ).slice(0, 36),
    });
    const isOver = tries === MAX_COMMIT_TRIES || clock.now() + CONTENTION_WAIT_MS >= claim.leaseUntil;
    if (answer.committed || isOver || !repeatable.has(answer.reason)) {
      return { answer, mirror, ...(outcome && { outcome }) };
    }
    if (answer.reason === "head-moved") {
      if (extras.onlyOntoThisHead) return { answer, mirror };
      head = await attempt.mirrors.mirror(next.key);
      previousContent = head && (await contentOfVersion(attempt, next.key, head.version));
      // Of what we have just made, all history is younger than our answer: what it holds goes on to be the state.
      const isOurNew = claim.target.kind === "create";
      if (head !== undefined && (isOurNew || isNewer(head, state)))
        state = await recordedState(attempt, head);
    }
    // Somebody else has brought the deleted definition back meanwhile; this one exists nevertheless.
    if (answer.reason === "continued-elsewhere") continuation = undefined;
    await clock.sleep(CONTENTION_WAIT_MS * (1 + random.fraction()));
  }
}

function isNewer(head: Mirror, { modified }: ObservedState): boolean {
  return (
    head.deleted || (head.modified !== undefined && modified !== undefined && head.modified.at > modified.at)
  );
}

const repeatable: ReadonlySet<string> = new Set(["contention", "head-moved", "continued-elsewhere"]);

/** Is what is live what is recorded, although the connection's `ignore` list may have changed since? */
export function isRecorded(head: Mirror, recorded: JsonValue | undefined, live: ObservedState): boolean {
  return !head.deleted && head.scope === live.scope && canonicallyEqual(recorded, live.content);
}
