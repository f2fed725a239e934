/** The commit: a version, the mirror that has it as its head and a request's outcome, all or none. */

import type { NewVersion } from "../../definition/history/version.ts";
import type { ClaimTarget, SupersededIntent } from "../../definition/mirror/claim.ts";
import type { Continuation, Mirror } from "../../definition/mirror/mirror.ts";
import type { Outcome } from "../record/request-record.ts";

export type Commit = {
  readonly version: NewVersion;
  readonly mirror: Mirror;
  /** The head that it follows; 0 where there is no history yet. */
  readonly headVersion: number;
  readonly claim: { readonly target: ClaimTarget; readonly token: string };
  /** Ends the request, and the claim with it. Absent: something observed is recorded while the claim goes on. */
  readonly outcome?: Outcome;
  /** The deleted definition that this first version continues. */
  readonly continuation?: Continuation;
  /** Replaces the definition's list of superseded intents. */
  readonly superseded?: readonly SupersededIntent[];
  /** The scope from which the drift that the version records will be healed: it is noted there with it. */
  readonly healIn?: string;
  /** The definition was moved to this scope: whoever reconciles has to know it. */
  readonly movedTo?: string;
  /** The same commit repeated within ten minutes is one commit (DynamoDB's ClientRequestToken, 36 characters at most). */
  readonly idempotencyToken: string;
};

export type CommitAnswer =
  | { readonly committed: true }
  | {
      readonly committed: false;
      readonly reason: /** The request already has an outcome in this epoch. */
        | "request-settled"
        /** Another attempt holds the claim. */
        | "claim-lost"
        /** Somebody recorded a version meanwhile. */
        | "head-moved"
        /** The deleted definition lives on as another one already. */
        | "continued-elsewhere"
        /** Throttled, or another transaction on the same items: the same commit may be tried again. */
        | "contention";
    };

export interface CommitStore {
  commit(commit: Commit): Promise<CommitAnswer>;
}
