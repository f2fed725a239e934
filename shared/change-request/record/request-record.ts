/** The record of a change request: its id is the idempotency key, its outcome the answer to every repetition. */

import type { Difference } from "../../definition/document/covered.ts";
import { storedPointer } from "../../definition/document/json-pointer.ts";
import type { Intent } from "../../definition/mirror/claim.ts";
import type { Fault } from "../../providers/provider.ts";
import type { RequestStatus, TerminalStatus } from "./request-state.ts";

export type RequestKey = { readonly connection: string; readonly requestId: string };

export type RequestRecord = RequestKey & {
  /** Hash of the request's content: the same id with another content is another request, and refused. */
  readonly fingerprint: string;
  readonly operation: string;
  readonly definitionId?: string;
  readonly actorClaimed?: string;
  readonly actorAuthenticated?: string;
  readonly reason?: string;
  readonly reference?: string;
  readonly status: RequestStatus;
  /** Counts an operator's retries, from 1; each epoch has one outcome. */
  readonly epoch: number;
  /** Writes to the provider that were begun in this epoch, and crashes before one was. */
  readonly attempts: number;
  /** Of these, the ones that count against this request's budget. */
  readonly charges?: number;
  /** Epoch ms of the last failed write that nobody is charged for yet; see `retry/budget.ts`. */
  readonly failedAt?: number;
  /** When this epoch first met a provider that failed, and how long the connection had been unhealthy by then (ms). */
  readonly failing?: { readonly since: number; readonly unhealthyMs: number };
  /** What a read showed that lacked members for no visible reason: in which epoch, and since when (ms). */
  readonly incomplete?: { readonly epoch: number; readonly since: number; readonly contentHash: string };
  /** Epoch ms at which the first write of any epoch was begun: nothing older can be its effect. */
  readonly firstAttemptAt?: number;
  /** Epoch ms. */
  readonly submittedAt: number;
  /** Epoch ms at which this epoch was queued; in the first one, when it was submitted. */
  readonly queuedAt: number;
  readonly finishedAt?: number;
  readonly result?: RequestResult;
  /** Set on `failed`: has the message reached the dead-letter queue? */
  readonly deadLettered?: boolean;
  /** The write of which it could not be found out whether it happened; kept for an operator's retry. */
  readonly undecided?: Intent;
  /** The outcomes of earlier epochs, oldest first. */
  readonly earlier?: readonly EarlierOutcome[];
};

export type EarlierOutcome = {
  readonly epoch: number;
  readonly status: TerminalStatus;
  readonly result: RequestResult;
  readonly attempts: number;
  readonly finishedAt: number;
};

export type RequestResult = {
  /** The version that the outcome made or met. */
  readonly version?: number;
  readonly definitionId?: string;
  readonly differences?: readonly Difference[];
  readonly conflict?: Conflict;
  /** With `outcome-unknown`: what the write started from and what it wanted; `version` is what is there now. */
  readonly unknown?: {
    readonly baseVersion?: number;
    readonly baseHash?: string;
    readonly wantedHash?: string;
  };
  /** Machine-readable, for every outcome but `applied`. */
  readonly reason?: string;
  /** For invalid requests: what is wrong, where. */
  readonly errors?: readonly Fault[];
  /** The provider's own words, at most 1 000 characters; nowhere else than here. */
  readonly providerMessage?: string;
};

/** The version that is there (0: none) and the pointers that differ from what was expected. */
export type Conflict = { readonly version: number; readonly pointers: readonly string[] };

/** The end of one epoch of a request. */
export type Outcome = {
  readonly key: RequestKey;
  readonly epoch: number;
  readonly status: TerminalStatus;
  readonly result: RequestResult;
  readonly finishedAt: number;
  /** The attempts that whoever decided it knew of: where another one has begun since, it does not stand. */
  readonly seenAttempts?: number;
  /** With `failed`, where a write's effect is unknown. */
  readonly undecided?: Intent;
};

/** Records live this long at least; as long, a repeated id is recognised. */
export const RECORD_LIFETIME_SECONDS = 90 * 86_400;

const MAX_RECORDED_FAULTS = 20;

/** As many faults, with as long pointers, as a record has room for. */
export function recordedFaults(faults: readonly Fault[]): readonly Fault[] {
  return faults
    .slice(0, MAX_RECORDED_FAULTS)
    .map(({ pointer, message }) => ({ pointer: storedPointer(pointer), message }));
}
