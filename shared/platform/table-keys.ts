/**
 * The keys of both tables; no other file builds one. One item, one meaning:
 *
 * state    DEF#<connection>#<definitionId>   MIRROR    mirror and claim of a definition
 *          SCOPE#<connection>#<scope>        CREATE    claim of a scope's creates
 *          REQUEST#<connection>#<requestId>  REQUEST   a change request's record
 *          REQUEST#<connection>#<requestId>  BODY#<i>  a part of a failed request's message, for a retry
 *          SWEEP                             SWEEP     how far lost requests have been looked for
 *          CONNECTION#<connection>           RATE      the shared rate limit
 *          CONNECTION#<connection>           HEALTH    pause and degradation
 *          RECONCILIATION#<connection>       CURRENT   the run that is going on, and when one was completed last
 *          RECONCILIATION#<connection>       RUN#<run> a reconciliation's run
 *          RECONCILIATION#<connection>#<run> SCOPE#<s> a scope's state in a run
 *          RECONCILIATION#<connection>#<run> PART#<id>#<i>  a part of what is too large for a scope's state
 *          SCOPES#<connection>               SCOPE#<s> what is known of a scope from run to run
 * history  DEF#<connection>#<definitionId>   V#<n>     a version
 *          BLOB#<sha256>#<i>                 BLOB      a chunk of a large document or patch
 */
import { createHash } from "node:crypto";

export type ItemKey = { readonly pk: string; readonly sk: string };

export const mirrorKey = (connection: string, definitionId: string): ItemKey => ({
  pk: `DEF#${connection}#${definitionId}`,
  sk: "MIRROR",
});

export const createClaimKey = (connection: string, scope: string): ItemKey => ({
  pk: `SCOPE#${connection}#${scope}`,
  sk: "CREATE",
});

export const requestKey = (connection: string, requestId: string): ItemKey => ({
  pk: `REQUEST#${connection}#${requestId}`,
  sk: "REQUEST",
});

export const requestBodyKey = (connection: string, requestId: string, chunk: number): ItemKey => ({
  ...requestKey(connection, requestId),
  sk: `BODY#${chunk}`,
});

export const sweepKey: ItemKey = { pk: "SWEEP", sk: "SWEEP" };

export const rateKey = (connection: string): ItemKey => ({ pk: `CONNECTION#${connection}`, sk: "RATE" });
export const healthKey = (connection: string): ItemKey => ({ pk: `CONNECTION#${connection}`, sk: "HEALTH" });

export const currentRunKey = (connection: string): ItemKey => ({
  pk: `RECONCILIATION#${connection}`,
  sk: "CURRENT",
});

/** Ids of runs begin with their time, so a connection's runs lie in order. */
export const runKey = (connection: string, runId: string): ItemKey => ({
  pk: `RECONCILIATION#${connection}`,
  sk: `RUN#${runId}`,
});

export const scopeRunKey = (connection: string, runId: string, scope: string): ItemKey => ({
  pk: `RECONCILIATION#${connection}#${runId}`,
  sk: scopeSortKey(scope),
});

export const scopeRunPartKey = (connection: string, runId: string, id: string, part: number): ItemKey => ({
  pk: `RECONCILIATION#${connection}#${runId}`,
  sk: `PART#${id}#${part}`,
});

export const knownScopeKey = (connection: string, scope: string): ItemKey => ({
  pk: `SCOPES#${connection}`,
  sk: scopeSortKey(scope),
});

/** All sort keys of scopes begin so. */
export const SCOPE_PREFIX = "SCOPE#";

/** DynamoDB takes 1 024 bytes; a provider's id of an engine may be longer. */
function scopeSortKey(scope: string): string {
  const isShort = Buffer.byteLength(scope) <= MAX_SCOPE_BYTES;
  return `${SCOPE_PREFIX}${isShort ? scope : `sha256 ${createHash("sha256").update(scope).digest("hex")}`}`;
}

const MAX_SCOPE_BYTES = 900;

/** Ten digits keep versions in order as text. */
export const versionKey = (connection: string, definitionId: string, version: number): ItemKey => ({
  pk: `DEF#${connection}#${definitionId}`,
  sk: `V#${String(version).padStart(10, "0")}`,
});

export const blobKey = (sha256: string, chunk: number): ItemKey => ({
  pk: `BLOB#${sha256}#${chunk}`,
  sk: "BLOB",
});

/** Index `byScope`: the definitions of a scope in the order in which they were first seen. */
export const scopeKey = (connection: string, scope: string): string => `${connection}#${scope}`;

/** Index `byConnection`: the definitions of a connection in the order in which they were first seen. */
export const connectionKey = (connection: string): string => connection;

export const firstSeenKey = (firstSeenAt: number, definitionId: string): string =>
  `${instantText(firstSeenAt)}#${definitionId}`;

/** Indexes over time are cut into months, so that no partition grows for ever and an empty range costs little. */
export const monthOf = (at: number): string => instantText(at).slice(0, 7);

/** Index `requestsByTime`. */
export const submittedKey = (submittedAt: number, connection: string, requestId: string): string =>
  `${instantText(submittedAt)}#${connection}#${requestId}`;

/** Index `requestsByTime`: below the keys of all requests that were queued at this instant (epoch ms) or later. */
export const submittedKeysSince = (at: number): string => instantText(at);

/** The months that an index over time is cut into, from that of one instant to that of a later one, in order. */
export function monthsBetween(from: number, to: number): readonly string[] {
  const months: string[] = [];
  const first = new Date(from);
  for (let at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth()); at <= to; ) {
    months.push(monthOf(at));
    at = new Date(at).setUTCMonth(new Date(at).getUTCMonth() + 1);
  }
  return months;
}

/** Index `byRecordedAt`: the feed of all versions. */
export const feedKey = (
  recordedAt: number,
  connection: string,
  definitionId: string,
  version: number,
): string => `${instantText(recordedAt)}#${connection}#${definitionId}#${String(version).padStart(10, "0")}`;

/** Index `byRecordedAt`: not above the keys of what was recorded at this instant (epoch ms), and above all of them. */
export const feedKeysFrom = (at: number): string => instantText(at);
export const feedKeysUpTo = (at: number): string => `${instantText(at)}$`;

/** RFC 3339 in UTC with milliseconds: sorts as time does. */
export function instantText(at: number): string {
  return new Date(at).toISOString();
}
