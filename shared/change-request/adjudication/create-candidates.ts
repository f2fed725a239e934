/**
 * The definitions that an unanswered create may have made: those that the scope's list shows, those that the provider
 * may have put elsewhere, and those that were met since and are in the list no more, because somebody has moved or
 * deleted them.
 */

import { contentOf } from "../../definition/document/content.ts";
import type { VersionRecord } from "../../definition/history/version.ts";
import type { Intent } from "../../definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { isJsonObject, type JsonObject } from "../../platform/json.ts";
import { firstSeenKey } from "../../platform/table-keys.ts";
import type { ObservedDefinition } from "../../providers/provider.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, outcome } from "../attempt/attempt.ts";
import { afterFailedRead } from "../attempt/failed-call.ts";
import { listScope } from "../attempt/list-scope.ts";
import { contentOfVersion } from "../attempt/record-version.ts";
import { type Listed, likenessOf, notBeforeOnProviderClock } from "./adjudication.ts";
import { UnansweredCreates } from "./unanswered-creates.ts";

export type Candidates = {
  readonly kind: "candidates";
  readonly candidates: readonly Listed[];
  readonly suspects: readonly Listed[];
  /** Epoch ms. */
  readonly listedAt: number;
  readonly scope: string;
  /** The ids of all that the scope's list shows. */
  readonly shown: ReadonlySet<string>;
};

/** Another worker's clock may be behind; what is older than the create is sorted out by the provider's timestamp. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Two workers' clocks may differ by as much. */
const WORKERS_DIFFER_BY_MS = 5_000;
/** A definition that is some minutes old has no more. */
const MAX_YOUNG_VERSIONS = 100;
/** More were hardly met for the first time within the minutes since a create was begun. */
const MAX_MET_SINCE = 200;

export async function candidatesOf(
  attempt: Attempt,
  sent: JsonObject,
  intent: Pick<Intent, "startedAt" | "wantedHash">,
): Promise<Candidates | AttemptEnd> {
  const { provider, record, request } = attempt;
  const { dialect } = provider;
  const firstAttemptAt = record.firstAttemptAt ?? intent.startedAt;
  const scope = dialect.scopeOf(sent);
  let list: Awaited<ReturnType<typeof listScope>>;
  try {
    list = await listScope(attempt, scope);
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.retryable) return afterFailedRead(error);
    // The scope cannot be listed: nothing can tell whether it happened.
    return unknownOutcome(intent);
  }
  const notBefore = notBeforeOnProviderClock(firstAttemptAt, list.look);
  const isYoung = ({ created }: Listed) => created === undefined || created.at >= notBefore;
  const mayBeHere = ({ value }: ObservedDefinition) => dialect.createMayLandIn(scope, dialect.scopeOf(value));
  const living = [...list.definitions, ...list.elsewhere.filter(mayBeHere)].filter(({ deleted }) => !deleted);
  const scopes = new Map(living.map(({ definitionId, value }) => [definitionId, dialect.scopeOf(value)]));
  const young = living.map((definition) => listedOf(definition, dialect.bookkeeping)).filter(isYoung);
  const unanswered = new UnansweredCreates(attempt);
  const found: Listed[] = [];
  for (const listed of young) {
    const key = { connection: request.connection, definitionId: listed.definitionId };
    const itsScope = scopes.get(listed.definitionId) ?? scope;
    // Before its history is read: whoever is at work there may have made it, and records it before he is done.
    if (itsScope !== scope) await unanswered.readIn(itsScope);
    const first = await firstRecorded(attempt, key);
    if (first.isAnothers) continue;
    const one: Listed = {
      ...listed,
      ...(first.content && { firstContent: first.content }),
      ...(first.isRecorded && { isRecorded: true }),
    };
    const isLike = likenessOf(one, sent, dialect, notBefore) !== "other";
    if (isLike && itsScope !== scope && !one.isRecorded) {
      const waiting = await unanswered.waitedForIn(itsScope);
      if (waiting !== undefined) return waiting;
    }
    found.push(one);
  }
  // A restore's own source is no copy of itself.
  const source = request.operation === "restore" ? [request.definitionId] : [];
  const ids = new Set([...young.map(({ definitionId }) => definitionId), ...source]);
  const met = (await metSince(attempt, scope, firstAttemptAt, ids)).filter(isYoung);
  const alike = Map.groupBy([...found, ...met], (one) => likenessOf(one, sent, dialect, notBefore));
  return {
    kind: "candidates",
    candidates: alike.get("candidate") ?? [],
    suspects: alike.get("suspect") ?? [],
    listedAt: list.look.startedAt,
    scope,
    shown: new Set(living.map(({ definitionId }) => definitionId)),
  };
}

/** Nobody can tell whether the create happened; a person has to look, at the suspect if there is one. */
export function unknownOutcome({ wantedHash }: Pick<Intent, "wantedHash">, suspect?: Listed): AttemptEnd {
  return outcome("failed", {
    reason: "outcome-unknown",
    ...(suspect && { definitionId: suspect.definitionId }),
    ...(wantedHash !== undefined && { unknown: { wantedHash } }),
  });
}

function listedOf(
  { definitionId, value, created }: ObservedDefinition,
  bookkeeping: Parameters<typeof contentOf>[1],
): Listed {
  return { definitionId, content: contentOf(value, bookkeeping), created };
}

/** Definitions that a request of ours has met, and changed or deleted, before the create could be judged. */
async function metSince(
  attempt: Attempt,
  scope: string,
  at: number,
  alreadyListed: ReadonlySet<string>,
): Promise<readonly Listed[]> {
  const { mirrorLists, request } = attempt;
  const { connection } = request;
  const { mirrors } = await mirrorLists.list(
    { connection },
    { withDeleted: true },
    firstSeenKey(at - CLOCK_TOLERANCE_MS, ""),
    MAX_MET_SINCE,
  );
  const met: Listed[] = [];
  for (const mirror of mirrors.filter(({ definitionId }) => !alreadyListed.has(definitionId))) {
    const first = await firstRecorded(attempt, mirror);
    // What was made in another scope is no effect of this create.
    if (first.isAnothers || first.content === undefined || first.record === undefined) continue;
    const { scope: firstScope } = first.record;
    if (firstScope !== scope && !attempt.provider.dialect.createMayLandIn(scope, firstScope)) continue;
    const { definitionId } = mirror;
    met.push({
      definitionId,
      content: first.content,
      created: createdOf(mirror, first.record),
      isUnlisted: true,
      ...(first.isRecorded && { isRecorded: true }),
    });
  }
  return met;
}

function createdOf({ created }: Mirror, first: VersionRecord | undefined): Listed["created"] {
  const { providerCreatedAt: at, providerCreatedRaw: raw } = first ?? {};
  return at !== undefined && raw !== undefined ? { at, raw } : created;
}

/**
 * What the definition held when it was first recorded, if it was. `isAnothers`: its history names another request as
 * its maker, or began before this one was first tried; `isRecorded`: it names this one, which believed to have made
 * another one as well and was not decided yet.
 */
export async function firstRecorded(attempt: Attempt, key: DefinitionKey): Promise<FirstRecorded> {
  const { mirrors, history, record, claim, clock } = attempt;
  const mirror = await mirrors.mirror(key);
  if (mirror === undefined) return { isAnothers: false };
  const begunAt = record.firstAttemptAt ?? claim.openIntent?.startedAt ?? clock.now();
  if (mirror.firstSeenAt < begunAt - WORKERS_DIFFER_BY_MS) return { isAnothers: true };
  const versions = await history.versionsBefore(key, undefined, MAX_YOUNG_VERSIONS);
  const makers = versions.map((one) => one.record).filter(namesMaker);
  if (!makers.every(({ requestId }) => requestId === record.requestId)) return { isAnothers: true };
  const first = (await history.version(key, 1))?.record;
  const content = await contentOfVersion(attempt, key, 1);
  return {
    isAnothers: false,
    isRecorded: makers.length > 0,
    ...(isJsonObject(content) && { content }),
    ...(first && { record: first }),
  };
}

export type FirstRecorded = {
  readonly isAnothers: boolean;
  readonly isRecorded?: boolean;
  readonly content?: JsonObject;
  readonly record?: VersionRecord;
};

/** A create names itself in its first version, or in a later one if somebody met the definition before it was committed. */
function namesMaker({ version, requestId, changeType, continues }: VersionRecord): boolean {
  const isMaking = version === 1 || changeType === "created" || continues !== undefined;
  return isMaking && requestId !== undefined;
}
