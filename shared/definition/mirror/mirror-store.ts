/** Mirrors and claims. Every write is conditional; an answer says whether it was made. */
import type { Claim, ClaimAnswer, ClaimTarget, Intent, SupersededIntent } from "./claim.ts";
import type { DefinitionKey, Mirror } from "./mirror.ts";

export interface MirrorStore {
  /** Strongly consistent; `undefined` where there is no history. */
  mirror(key: DefinitionKey): Promise<Mirror | undefined>;
  /**
   * Takes the claim if there is none, if its lease has passed at `now` (epoch ms), or if it has this very token: then
   * the answer to an earlier try was lost.
   */
  takeClaim(target: ClaimTarget, claim: Claim, now: number): Promise<ClaimAnswer>;
  /**
   * Opens an intent, or writes down what has become known of it. `superseded` replaces the list of earlier ones.
   * `false`: the claim is no longer ours.
   */
  writeIntent(
    target: ClaimTarget,
    token: string,
    intent: Intent,
    superseded?: readonly SupersededIntent[],
  ): Promise<boolean>;
  /** Takes an intent back that turned out to have had no effect. `false`: the claim is no longer ours. */
  clearIntent(target: ClaimTarget, token: string): Promise<boolean>;
  /** What a request thinks of the definition, before its outcome says so. `false`: the claim is no longer ours. */
  noteFound(target: ClaimTarget, token: string, found: FoundOptions): Promise<boolean>;
  /**
   * Gives the claim back; nothing happens where it is no longer ours. An open intent stays, unless `superseded` takes
   * its place.
   */
  releaseClaim(target: ClaimTarget, token: string, options?: ReleaseOptions): Promise<void>;
  /** The intents at a target that is not claimed. Strongly consistent. */
  intents(target: ClaimTarget): Promise<Intents>;
}

export type Intents = { readonly open?: Intent; readonly superseded: readonly SupersededIntent[] };

export type ReleaseOptions = FoundOptions & {
  /** Epoch ms now; the definition has no history, so its item may go away. */
  readonly withoutHistoryAt?: number;
  /** Ends the open intent: the list that it is in now. */
  readonly superseded?: readonly SupersededIntent[];
};

/** What a request has found, and what it thinks of it. */
export type FoundOptions = {
  /** Epoch ms: the provider said that the definition is gone; another look has to agree. */
  readonly missingSince?: number;
  /** The request wants it gone. */
  readonly deletionWanted?: true;
  /** A look has shown the definition since it was missed. */
  readonly isFound?: true;
  /** This version is as the request wants it. */
  readonly wantedVersion?: number;
};
