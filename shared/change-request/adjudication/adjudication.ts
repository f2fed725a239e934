/**
 * Adjudication: what has become of a write that was not answered. Pure, from what is known to a decision. It is never
 * decided by sending again; who calls this has waited for the call's deadline, for the lease of an attempt that did
 * not see its call end, and for the settle time within which a provider still commits or drops a write.
 */
import { canonicalHash, canonicallyEqual } from "../../definition/document/canonical-form.ts";
import { compareWithSent } from "../../definition/document/covered.ts";
import type { Look } from "../../definition/history/version.ts";
import type { Intent } from "../../definition/mirror/claim.ts";
import type { JsonObject, JsonValue } from "../../platform/json.ts";
import type { Dialect, ProviderTimestamp } from "../../providers/provider.ts";

/** Epoch ms from which on an open intent may be judged. */
export function adjudicationStartsAt(intent: Intent, settleMs: number): number {
  const { callDeadlineAt, leaseUntil, callEnded } = intent;
  return (callEnded === true ? callDeadlineAt : Math.max(callDeadlineAt, leaseUntil)) + settleMs;
}

export type EditEvidence = {
  readonly intent: Pick<Intent, "confirmed" | "baseHash" | "baseModifiedRaw" | "wantedHash">;
  /** The top-level members that the write was to change, with their wanted values (`undefined`: removed). */
  readonly touched: ReadonlyMap<string, JsonValue | undefined>;
  readonly baseModified: ProviderTimestamp | undefined;
  /** What a GET shows now; `undefined` where the definition is gone. */
  readonly live:
    | { readonly content: JsonObject; readonly modified: ProviderTimestamp | undefined }
    | undefined;
  readonly rewriteSet: readonly string[];
};

export type EditVerdict = "happened" | "did-not-happen" | "undecided";

/** An update, a replace, or a restore of a living definition. */
export function adjudicateEdit(evidence: EditEvidence): EditVerdict {
  const { intent, live } = evidence;
  // The provider has said so itself; only the commit was cut off.
  if (intent.confirmed !== undefined) return "happened";
  if (live === undefined) return "undecided";
  const contentHash = canonicalHash(live.content);
  if (contentHash === intent.wantedHash || showsWantedMember(evidence, live)) return "happened";
  // Only the timestamp tells a write that somebody has taken back from one that never was.
  const isAsBefore = contentHash === intent.baseHash && live.modified?.raw === intent.baseModifiedRaw;
  return isAsBefore ? "did-not-happen" : "undecided";
}

function showsWantedMember(
  { touched, baseModified, rewriteSet }: EditEvidence,
  { content, modified }: NonNullable<EditEvidence["live"]>,
): boolean {
  const holdsOne = [...touched].some(([name, wanted]) =>
    canonicallyEqual(Object.hasOwn(content, name) ? content[name] : undefined, wanted),
  );
  if (holdsOne) return true;
  // A provider replaces these values by its own choice: that it was written at all is all that can be seen.
  const onlyRewritten = touched.size > 0 && [...touched.keys()].every((name) => rewriteSet.includes(name));
  return (
    onlyRewritten && baseModified !== undefined && modified !== undefined && modified.at > baseModified.at
  );
}

/** A delete: gone is what was asked for. */
export function adjudicateDelete(isGone: boolean): "happened" | "did-not-happen" {
  return isGone ? "happened" : "did-not-happen";
}

/** A definition that a list of the scope shows. */
export type Listed = {
  readonly definitionId: string;
  readonly content: JsonObject;
  /** What it held when it was recorded for the first time, if it was: it may have been edited since. */
  readonly firstContent?: JsonObject;
  readonly created: ProviderTimestamp | undefined;
  /** No list shows it any more: it was met since, and moved or deleted. */
  readonly isUnlisted?: true;
  /** This very request has recorded it as a second effect of its own, before it could be decided. */
  readonly isRecorded?: true;
};

/**
 * Could this definition be what the create has made? `candidate`: it is covered by what was sent, now or when it was
 * first seen. `suspect`: it is not, but so much alike that somebody may have edited it since, or the provider stored
 * it differently. Neither if it is older than the create's first attempt. `notBefore` is on the provider's clock.
 */
export function likenessOf(
  listed: Listed,
  sent: JsonObject,
  { rewriteSet, nameOf }: Pick<Dialect, "rewriteSet" | "nameOf">,
  notBefore: number,
): "candidate" | "suspect" | "other" {
  // It stays proof that the create happened, whatever became of it since.
  if (listed.isRecorded) return "candidate";
  if (listed.created !== undefined && listed.created.at < notBefore) return "other";
  const contents = [listed.content, listed.firstContent].filter((content) => content !== undefined);
  const covers = (content: JsonObject) =>
    compareWithSent({ operation: "create", body: sent }, content, rewriteSet).covered;
  if (contents.some(covers)) return "candidate";
  return contents.some((content) => isAlike(content, sent, nameOf)) ? "suspect" : "other";
}

/** The same name, as providers trim and normalise it, or no more than one of the sent members is another. */
function isAlike(content: JsonObject, sent: JsonObject, nameOf: Dialect["nameOf"]): boolean {
  const [name, sentName] = [content, sent].map((one) => nameOf(one).trim().normalize());
  const differing = Object.keys(sent).filter(
    (member) => !canonicallyEqual(Object.hasOwn(content, member) ? content[member] : undefined, sent[member]),
  );
  return (name !== "" && name === sentName) || differing.length <= 1;
}

/**
 * The earliest instant, on the provider's clock, at which a definition can have been created that an attempt begun at
 * `firstAttemptAt` (ours) has made. The provider's clock is known from an answer's `Date` header, which has whole
 * seconds; so may its own timestamps, and two of our workers' clocks may differ (DynamoDB's `Date` corrects what is off
 * by more than 1.5 s). Too early admits a little more, too late would miss our own definition.
 */
export function notBeforeOnProviderClock(
  firstAttemptAt: number,
  { clockAheadMs }: Pick<Look, "clockAheadMs">,
): number {
  if (clockAheadMs === undefined) return firstAttemptAt - UNKNOWN_CLOCK_TOLERANCE_MS;
  return firstAttemptAt + clockAheadMs - TIMESTAMP_RESOLUTION_MS - WORKERS_DIFFER_BY_MS;
}

const TIMESTAMP_RESOLUTION_MS = 1_000;
const WORKERS_DIFFER_BY_MS = 3_000;
const UNKNOWN_CLOCK_TOLERANCE_MS = 5_000;

export type CreateEvidence = {
  /** Candidates and suspects that are not attributed to another request. */
  readonly candidates: readonly Listed[];
  readonly suspects: readonly Listed[];
  /** Epoch ms: when this list was asked for, and when an earlier one showed no candidate either. */
  readonly listedAt: number;
  readonly absentAt: number | undefined;
  readonly settleMs: number;
};

export type CreateVerdict =
  | { readonly kind: "happened"; readonly oldest: Listed; readonly others: readonly Listed[] }
  /** One list may be stale: another one decides, not before this instant (epoch ms). */
  | { readonly kind: "look-again"; readonly at: number }
  | { readonly kind: "did-not-happen" }
  /** Nothing shows that it happened, and yet it is not established that it did not. */
  | { readonly kind: "undecided"; readonly suspect: Listed };

export function adjudicateCreate(evidence: CreateEvidence): CreateVerdict {
  const { candidates, suspects, listedAt, absentAt, settleMs } = evidence;
  const [oldest, ...others] = candidates.toSorted(byCreation);
  if (oldest !== undefined) return { kind: "happened", oldest, others };
  const secondFrom = (absentAt ?? listedAt) + settleMs / 2;
  if (absentAt === undefined || listedAt < secondFrom) return { kind: "look-again", at: secondFrom };
  const [suspect] = suspects.toSorted(byCreation);
  return suspect === undefined ? { kind: "did-not-happen" } : { kind: "undecided", suspect };
}

/** Oldest first; what is recorded as a second effect only where there is nothing else. */
export function byCreation(a: Listed, b: Listed): number {
  const byRole = Number(a.isRecorded ?? false) - Number(b.isRecorded ?? false);
  if (byRole !== 0) return byRole;
  const byTime = (a.created?.at ?? 0) - (b.created?.at ?? 0);
  return byTime !== 0 ? byTime : a.definitionId < b.definitionId ? -1 : 1;
}
