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
  readonly epoch: number;
  /** Random per attempt: tells two attempts of the same request apart. */
  readonly token: string;
  /** Epoch ms; a live claim is waited for, whoever holds it, and a passed one is taken over. */
  readonly leaseUntil: number;
};

/** What is about to be written to the provider, recorded before it is sent. */
export type Intent = {
  readonly requestId: string;
  readonly epoch: number;
  /** Counts from 1 within the epoch. */
  readonly attempt: number;
  /** The claim under which it was written. */
  readonly token: string;
  readonly operation: "create" | "update" | "replace" | "delete" | "restore";
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms at which the provider call is over, answered or not. */
  readonly callDeadlineAt: number;
  /** Epoch ms at which the invocation that wrote it has surely been killed. */
  readonly leaseUntil: number;
  /** The live definition that the write starts from: version, content hash and raw timestamp. Absent for a create. */
  readonly baseVersion?: number;
  readonly baseHash?: string;
  readonly baseModifiedRaw?: string | number;
  /** Content hash of what the provider shall hold; absent for a delete. */
  readonly wantedHash?: string;
  /** A create's: the members that it sends. The provider may fill in others. */
  readonly members?: readonly string[];
  /** The attempt saw its own call end, unanswered: its lease need not be waited for any more. */
  readonly callEnded?: boolean;
  /** A create's: the definition's id, where even a broken answer named one. */
  readonly answeredId?: string;
  /** The provider has confirmed the write, but it could not be committed any more. */
  readonly confirmed?: Confirmation;
  /** A create's, epoch ms: a list of the scope that showed no trace of it. A second one, later, has to agree. */
  readonly absentAt?: number;
};

/** What a provider's 2xx has told of a write. */
export type Confirmation = {
  readonly status: number;
  readonly durationMs: number;
  readonly requestId?: string;
};

/**
 * What remains of an intent that was judged to have had no effect, or that could not be judged: should its effect show
 * up after all, it is known whose it is.
 */
export type SupersededIntent = {
  readonly requestId: string;
  readonly epoch: number;
  readonly operation: Intent["operation"];
  readonly wantedHash?: string;
  readonly members?: readonly string[];
  /** Epoch ms: when it was begun. */
  readonly startedAt: number;
  /** A create's, epoch ms: a list that showed no trace of it, and after which nothing was sent yet. */
  readonly absentAt?: number;
};

export type ClaimAnswer =
  | {
      readonly taken: true;
      /** The mirror as it is under the claim; absent where there is no history yet. */
      readonly mirror?: Mirror;
      /** Left open by an earlier attempt, of this or another request. */
      readonly openIntent?: Intent;
      /** The claim that was taken over because its lease had passed: its holder has crashed. */
      readonly abandoned?: Pick<Claim, "requestId" | "epoch" | "token">;
      /** Oldest first; also those that have had their day. */
      readonly superseded: readonly SupersededIntent[];
    }
  | { readonly taken: false; readonly heldUntil: number };

/** Milliseconds a claim must outlast the provider call that is made under it. */
export const LEASE_MARGIN_MS = 5_000;

/** How long an effect that shows up late is still recognised. */
export const SUPERSEDED_LIFETIME_MS = 86_400_000;
/** Bounds the item; a request has at most its budget of attempts. */
const MAX_SUPERSEDED = 20;

/** The list with one more, without those that have had their day at `now` (epoch ms). Pure. */
export function withSuperseded(
  list: readonly SupersededIntent[],
  intent: Intent | undefined,
  now: number,
): readonly SupersededIntent[] {
  const young = list.filter(({ startedAt }) => startedAt > now - SUPERSEDED_LIFETIME_MS);
  if (intent === undefined) return young;
  const { requestId, epoch, operation, wantedHash, members, startedAt } = intent;
  const added = {
    requestId,
    epoch,
    operation,
    ...(wantedHash !== undefined && { wantedHash }),
    ...(members && { members }),
    startedAt,
  };
  return [...young, added].slice(-MAX_SUPERSEDED);
}
