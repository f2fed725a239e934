/**
 * The mirror of a definition: its last known state and the head of its history, without the document (that lies in
 * the history, at `version`). It also carries the claim: who may write to the provider for this definition now.
 */
import type { ProviderTimestamp } from "../../providers/provider.ts";

/** Identity: never the name. Ids are opaque. */
export type DefinitionKey = { readonly connection: string; readonly definitionId: string };

/** What is compared to decide whether something changed. All gone states are equal. */
export type DefinitionState = {
  readonly deleted: boolean;
  readonly scope: string;
  readonly contentHash: string;
};

export type Mirror = DefinitionKey &
  DefinitionState & {
    readonly name: string;
    /** Number of the head version, from 1. */
    readonly version: number;
    /** Chain hash of the head version. */
    readonly chainHash: string;
    /** Epoch ms of the head version. */
    readonly recordedAt: number;
    readonly effectiveAt: number;
    readonly modified?: ProviderTimestamp;
    readonly created?: ProviderTimestamp;
    /** Epoch ms when the first version was recorded: the order of lists, never changed. */
    readonly firstSeenAt: number;
    /** Epoch ms just before the call was sent that last showed this state. */
    readonly lookedAt: number;
    /** Epoch ms of the look that first found the definition gone; the deletion is recorded by a later look. */
    readonly missingSince?: number;
    /** The definition that this one lives on as (restored under a new id), and the one it came from. */
    readonly continuesAs?: string;
    readonly continues?: string;
    /** Hash of the list row that was last confirmed equal to this state. */
    readonly listRowHash?: string;
    /** The drift version that heal has not restored yet. */
    readonly healPending?: number;
    /** The last version that a request has found to be as it wants it: nothing goes back behind it by itself. */
    readonly wantedVersion?: number;
    /** While the definition is missing: a request wants it gone. */
    readonly deletionWanted?: true;
  };

/** The deleted definition that a new one continues. */
export type Continuation = {
  readonly from: DefinitionKey;
  /** Its head, the deletion. */
  readonly headVersion: number;
  /** The one that it lived on as before, if that is gone as well. */
  readonly formerly?: string;
};

export function sameState(a: DefinitionState, b: DefinitionState): boolean {
  if (a.deleted || b.deleted) return a.deleted === b.deleted;
  return a.scope === b.scope && a.contentHash === b.contentHash;
}
