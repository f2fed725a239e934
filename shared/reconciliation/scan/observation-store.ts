/**
 * Writing down what was seen at a provider, without a claim: every write demands that the definition is as it was when
 * somebody looked, and that no request is at work on it.
 */

import type { NewVersion } from "../../definition/history/version.ts";
import type { SupersededIntent } from "../../definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";

/** The head of a history that somebody has looked at. */
export type Head = DefinitionKey & Pick<Mirror, "version">;

export type Observation = {
  readonly version: NewVersion;
  readonly mirror: Mirror;
  /** The head that it follows; 0 where the definition has no history: then no create may be open in its scope. */
  readonly headVersion: number;
  /**
   * The superseded intents that were considered, of the definition or (without a history) of its scope's creates. If
   * they have changed since, the finding may be the effect of a new one.
   */
  readonly superseded: readonly SupersededIntent[];
  /** Replaces the definition's list of them. */
  readonly supersededAfter?: readonly SupersededIntent[];
  /** The scope from which the drift will be healed: it is noted there in the same transaction. */
  readonly healIn?: string;
  /** The definition was moved to this scope: whoever reconciles has to know it. */
  readonly movedTo?: string;
  /** The same observation repeated within ten minutes is one (at most 36 characters). */
  readonly idempotencyToken: string;
};

export type ObservationAnswer =
  | { readonly recorded: true }
  | {
      readonly recorded: false;
      readonly reason: /** Somebody recorded a version meanwhile. */
        | "head-moved"
        /** A request is at work on the definition or on its scope's creates, or was since they were looked at. */
        | "claimed"
        /** Throttled, or another transaction on the same items: the same may be tried again. */
        | "contention";
    };

export interface ObservationStore {
  record(observation: Observation): Promise<ObservationAnswer>;
  /**
   * The head is still what the provider holds; it is not missing (any more). `listRowHash`: a list's row that shows it.
   * `false`: the head has moved, or a request is at work.
   */
  noteSame(head: Head, listRowHash: string | undefined, now: number): Promise<boolean>;
  /**
   * The definition was found gone at `at`; it was last known to be there at `lookedAt` (epoch ms). Takes the place of the
   * head's `missingSince`. `false`: as above, or that is another one.
   */
  noteMissing(head: Head & Pick<Mirror, "missingSince">, at: number, lookedAt: number): Promise<boolean>;
}
