/** A version: one immutable entry of a definition's history, and the pure function that makes the next one. */
import type { JsonObject, JsonValue } from "../../platform/json.ts";
import { stringifyJson } from "../../platform/json.ts";
import type { ProviderTimestamp } from "../../providers/provider.ts";
import { canonicalHash } from "../document/canonical-form.ts";
import type { Difference } from "../document/covered.ts";
import { diff } from "../document/diff.ts";
import {
  type CompressedText,
  compressText,
  MAX_INLINE_BYTES,
  type StoredText,
} from "../document/stored-text.ts";
import { type DefinitionKey, type Mirror, sameState } from "../mirror/mirror.ts";
import { chainHashOf, firstPreviousHash } from "./chain.ts";
import { PROVIDER_REWRITE } from "./reasons.ts";

export type ChangeType = "baseline" | "created" | "updated" | "deleted" | "restored" | "moved";
export type ChangeSource = "change_request" | "adopted" | "reconciliation" | "observed_before_write";

/** Who asked, and why; as far as known. */
export type Attribution = {
  readonly requestId?: string;
  readonly epoch?: number;
  /** What the sender says. */
  readonly actorClaimed?: string;
  /** What the API token or the queue's sender id proves. */
  readonly actorAuthenticated?: string;
  readonly reason?: string;
  readonly reference?: string;
};

/** The record as it is stored and chained: flat, without the document's bytes. Times in epoch ms. */
export type VersionRecord = DefinitionKey &
  Attribution & {
    readonly version: number;
    readonly changeType: ChangeType;
    readonly source: ChangeSource;
    readonly name: string;
    readonly scope: string;
    readonly deleted: boolean;
    readonly contentHash: string;
    /** The connection's `ignore` pointers when this was recorded: what counted as content then. */
    readonly ignored?: readonly string[];
    readonly providerModifiedAt?: number;
    readonly providerModifiedRaw?: string | number;
    readonly providerCreatedAt?: number;
    readonly providerCreatedRaw?: string | number;
    readonly recordedAt: number;
    readonly effectiveAt: number;
    /** For outside changes: [last look, this look]. */
    readonly occurredBetween?: readonly [number, number];
    readonly differences?: readonly Difference[];
    readonly late?: true;
    readonly suspectedDuplicateOf?: string;
    readonly continues?: string;
    readonly receipt?: { readonly status: number; readonly durationMs: number; readonly requestId?: string };
    /** The document, the provider's text untouched; `null` as text where the definition is gone. */
    readonly document: StoredText;
    /** RFC 6902 from the previous version's content; absent in version 1. */
    readonly patch?: StoredText;
    readonly previousHash: string;
    readonly chainHash: string;
  };

/** A version with the bytes that its record names. */
export type NewVersion = {
  readonly record: VersionRecord;
  readonly document: CompressedText;
  readonly patch?: CompressedText;
};

/** A definition's state as it is now, from a provider's answer. `content` is `null` where it is gone. */
export type ObservedState = {
  readonly deleted: boolean;
  readonly name: string;
  readonly scope: string;
  readonly text: string;
  readonly content: JsonObject | null;
  readonly modified?: ProviderTimestamp;
  readonly created?: ProviderTimestamp;
};

/** A provider call that showed a state, in epoch ms: before it was sent, and when it had been answered. */
export type Look = {
  readonly startedAt: number;
  readonly endedAt: number;
  /** How far the provider's clock is ahead of ours, where it tells. */
  readonly clockAheadMs?: number;
};

export type NextVersion = {
  readonly key: DefinitionKey;
  /** The head that it follows; absent for the first version. */
  readonly head: Mirror | undefined;
  /** Content of the head version; needed wherever there is a head. */
  readonly previousContent: JsonValue | undefined;
  readonly state: ObservedState;
  /** What it is called where the scope is the head's; a changed scope is always `moved`. */
  readonly changeType: ChangeType;
  readonly source: ChangeSource;
  readonly attribution?: Attribution;
  /** The connection's `ignore` pointers. */
  readonly ignored?: readonly string[];
  /** The call that showed this state: the change of an outside editor lies between two looks. */
  readonly look: Look;
  /** The interval of an outside change, where more is known of it than that the head was looked at before. */
  readonly occurredBetween?: readonly [number, number];
  readonly extras?: Pick<
    VersionRecord,
    "differences" | "late" | "suspectedDuplicateOf" | "continues" | "receipt"
  >;
  /** Epoch ms now. */
  readonly now: number;
};

/** The next version of a history and the mirror that has it as its head. Pure. */
export function nextVersion(next: NextVersion): { readonly version: NewVersion; readonly mirror: Mirror } {
  const { head, state, now } = next;
  // Nothing else that comes with the key may get into the record: it would be hashed, and not be stored.
  const key = { connection: next.key.connection, definitionId: next.key.definitionId };
  const document = compressText(state.text);
  const patch =
    head === undefined
      ? undefined
      : patchText(next.previousContent ?? null, state.content, document.bytes.length);
  // Two versions never share an instant, so that "as of" always has one answer.
  const recordedAt = Math.max(now, (head?.recordedAt ?? 0) + 1);
  // A baseline says what is there, and nothing about when it came to be.
  const isOutside = !isOurs(next.source) && next.changeType !== "baseline";
  const occurredBetween = isOutside ? (next.occurredBetween ?? betweenLooks(next)) : undefined;
  const body: Omit<VersionRecord, "chainHash"> = {
    ...key,
    ...next.attribution,
    ...next.extras,
    version: (head?.version ?? 0) + 1,
    changeType: changeTypeOf(next),
    source: next.source,
    name: labelOf(state.name),
    scope: state.scope,
    deleted: state.deleted,
    contentHash: canonicalHash(state.content),
    ...(next.ignored && next.ignored.length > 0 && { ignored: next.ignored }),
    ...(state.modified && { providerModifiedAt: state.modified.at, providerModifiedRaw: state.modified.raw }),
    ...(state.created && { providerCreatedAt: state.created.at, providerCreatedRaw: state.created.raw }),
    recordedAt,
    effectiveAt: effectiveAt(next, occurredBetween, recordedAt),
    ...(occurredBetween && { occurredBetween }),
    document: document.stored,
    ...(patch && { patch: patch.stored }),
    previousHash: head?.chainHash ?? firstPreviousHash(key),
  };
  const record: VersionRecord = { ...body, chainHash: chainHashOf(body) };
  return {
    version: { record, document, ...(patch && { patch }) },
    mirror: mirrorAt(record, state, next),
  };
}

/** A label for lists and filters; the whole name, however long, is in the document. An item takes 400 KB. */
function labelOf(name: string): string {
  const label = name.length <= MAX_LABEL_CHARACTERS ? name : `${name.slice(0, MAX_LABEL_CHARACTERS)}…`;
  return label.toWellFormed();
}

const MAX_LABEL_CHARACTERS = 1_000;

function betweenLooks({ head, look }: NextVersion): readonly [number, number] | undefined {
  return head === undefined ? undefined : [Math.min(head.lookedAt, look.endedAt), look.endedAt];
}

function patchText(from: JsonValue, to: JsonValue, documentBytes: number): CompressedText {
  // Document and patch share the item's room.
  const room = documentBytes > MAX_INLINE_BYTES ? MAX_INLINE_BYTES : MAX_INLINE_BYTES - documentBytes;
  return compressText(stringifyJson(diff(from, to)), room);
}

/** A create keeps its name wherever the definition is by then: that name says who has made it. */
function changeTypeOf({ head, state, changeType }: NextVersion): ChangeType {
  const isMoved = head !== undefined && !head.deleted && !state.deleted && head.scope !== state.scope;
  return isMoved && changeType !== "created" ? "moved" : changeType;
}

/** When the change took effect, though never before the version that it follows: the history has one order. */
function effectiveAt(
  next: NextVersion,
  occurredBetween: readonly [number, number] | undefined,
  recordedAt: number,
): number {
  const before = next.head?.effectiveAt ?? Number.NEGATIVE_INFINITY;
  return Math.min(recordedAt, Math.max(before, tookEffectAt(next, occurredBetween)));
}

/**
 * The provider's timestamp where it can be trusted for this change (our own write, or inside the interval in which it
 * was made outside), else the end of the interval.
 */
function tookEffectAt(
  { state, source, look }: NextVersion,
  occurredBetween: readonly [number, number] | undefined,
): number {
  const reported = state.deleted ? undefined : state.modified?.at;
  const isInside =
    reported !== undefined &&
    occurredBetween !== undefined &&
    reported >= occurredBetween[0] &&
    reported <= occurredBetween[1];
  const intervalEnd = occurredBetween?.[1] ?? look.endedAt;
  const trusted = reported !== undefined && (isOurs(source) || isInside) ? reported : intervalEnd;
  // The provider's clock may be off: a write of ours took effect while it was under way, whatever it says.
  return source === "change_request" ? Math.min(look.endedAt, Math.max(look.startedAt, trusted)) : trusted;
}

function isOurs(source: ChangeSource): boolean {
  return source === "change_request" || source === "adopted";
}

function mirrorAt(record: VersionRecord, state: ObservedState, next: NextVersion): Mirror {
  const { head, extras, look } = next;
  const writtenAt =
    record.source === "change_request" ? tookEffectAt(next, record.occurredBetween) : undefined;
  const continues = extras?.continues ?? head?.continues;
  return {
    connection: record.connection,
    definitionId: record.definitionId,
    name: record.name,
    scope: record.scope,
    deleted: record.deleted,
    contentHash: record.contentHash,
    version: record.version,
    chainHash: record.chainHash,
    recordedAt: record.recordedAt,
    effectiveAt: record.effectiveAt,
    ...(state.modified && { modified: state.modified }),
    ...(state.created && { created: state.created }),
    firstSeenAt: head?.firstSeenAt ?? record.recordedAt,
    // A write of ours shows the state at the moment when it took effect, where that is known; a read, and a write of
    // which only the end is known, at the earliest when it was sent.
    lookedAt: writtenAt !== undefined && writtenAt < look.endedAt ? writtenAt : look.startedAt,
    ...(continues !== undefined && { continues }),
    ...(head?.continuesAs !== undefined && { continuesAs: head.continuesAs }),
    ...(head?.wantedVersion !== undefined && { wantedVersion: head.wantedVersion }),
    // What the provider rewrites by itself holds the drift that it came upon.
    ...(head?.healPending !== undefined &&
      record.reason === PROVIDER_REWRITE && { healPending: record.version }),
  };
}

/** Does what the provider holds differ from the head of the history? */
export function differsFromHead(head: Mirror | undefined, state: ObservedState): boolean {
  if (head === undefined) return true;
  return !sameState(head, {
    deleted: state.deleted,
    scope: state.scope,
    contentHash: canonicalHash(state.content),
  });
}
