/** The record of a change request: its id is the idempotency key, its outcome the answer to every repetition. */
import type { Difference } from "../definition/covered.ts";
import { storedPointer } from "../definition/json-pointer.ts";
import type { Fault } from "../providers/provider.ts";
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
  /** Writes to the provider that were begun in this epoch. */
  readonly attempts: number;
  /** Epoch ms. */
  readonly submittedAt: number;
  readonly finishedAt?: number;
  readonly result?: RequestResult;
  /** Set on `failed`: has the message reached the dead-letter queue? */
  readonly deadLettered?: boolean;
};

export type RequestResult = {
  /** The version that the outcome made or met. */
  readonly version?: number;
  readonly definitionId?: string;
  readonly differences?: readonly Difference[];
  readonly conflict?: Conflict;
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
