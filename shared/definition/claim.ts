/**
 * The claim of a definition (or of a scope's creates): exclusion while a request is applied. It is taken by one
 * conditional write, every later write of the attempt is conditional on its token, and the commit removes it.
 *
 * The open intent lives in the claim and nowhere else: it says that a write to the provider may be under way, and
 * survives the claim's holder.
 */
import type { DefinitionKey, Mirror } from "./mirror.ts";

export type ClaimTarget =
  | ({ readonly kind: "definition" } & DefinitionKey)
  /** Creates of one scope exclude each other: an unanswered one is looked for in the scope's list. */
  | { readonly kind: "create"; readonly connection: string; readonly scope: string };

export type Claim = {
  readonly requestId: string;
  /** Random per attempt: tells two attempts of the same request apart. */
  readonly token: string;
  /** Epoch ms; a live claim of another request is waited for, a passed one is taken over. */
  readonly leaseUntil: number;
};

/** What is about to be written to the provider, recorded before it is sent. */
export type Intent = {
  readonly requestId: string;
  readonly epoch: number;
  /** Counts from 1 within the epoch. */
  readonly attempt: number;
  readonly operation: "create" | "update" | "replace" | "delete" | "restore";
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms at which the provider call is over, answered or not. */
  readonly callDeadlineAt: number;
  /** Content hash and raw timestamp of the live definition that the write starts from; absent for a create. */
  readonly baseHash?: string;
  readonly baseModifiedRaw?: string | number;
  /** Content hash of what the provider shall hold; absent for a delete. */
  readonly wantedHash?: string;
  /** Top-level members in which wanted and base differ. */
  readonly touched: readonly string[];
  /** The attempt saw its own call end; then only the deadline and the settle time are waited for. */
  readonly callEnded?: boolean;
};

export type ClaimAnswer =
  | {
      readonly taken: true;
      /** The mirror as it is under the claim; absent where there is no history yet. */
      readonly mirror?: Mirror;
      /** Left open by an earlier attempt, of this or another request. */
      readonly openIntent?: Intent;
    }
  | { readonly taken: false; readonly heldUntil: number };

/** Milliseconds a claim must outlast the provider call that is made under it. */
export const LEASE_MARGIN_MS = 5_000;
