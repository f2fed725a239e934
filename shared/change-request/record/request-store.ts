/** The records of change requests. Every write demands the state it comes from; an answer says whether it was made. */
import type { Intent } from "../../definition/mirror/claim.ts";
import type { Outcome, RequestKey, RequestRecord } from "./request-record.ts";
import type { RequestStatus } from "./request-state.ts";

export type RequestFilter = {
  readonly connection?: string;
  readonly status?: RequestStatus;
  readonly definitionId?: string;
};

export type RequestPage = {
  readonly records: readonly RequestRecord[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: RequestPosition;
};

/** After this record, newest first. */
export type RequestPosition = RequestKey & { readonly queuedAt: number };

export type BegunAttempt = {
  readonly attempts: number;
  readonly charges: number;
  /** Epoch ms. The first one of all epochs stays. */
  readonly startedAt: number;
};

export type FailureNote = Pick<RequestRecord, "attempts" | "charges" | "failedAt" | "failing" | "incomplete">;

export interface RequestStore {
  /** Strongly consistent. */
  read(key: RequestKey): Promise<RequestRecord | undefined>;
  /** Puts a new record, or answers the one that is there already. */
  create(
    record: RequestRecord,
  ): Promise<{ readonly created: true } | { readonly created: false; readonly existing: RequestRecord }>;
  /** Counts an attempt: queued or applying → applying. `false`: the request is not open in this epoch any more. */
  beginAttempt(key: RequestKey, epoch: number, begun: BegunAttempt): Promise<boolean>;
  /** Writes down what a failed delivery has cost; the status stays. `false`: not open in this epoch any more. */
  noteFailure(key: RequestKey, epoch: number, note: FailureNote): Promise<boolean>;
  /** Writes an outcome that comes without a version. `false`: it has one already, or another attempt has begun. */
  finish(outcome: Outcome): Promise<boolean>;
  /** The dead letter of a failed request has been sent. */
  markDeadLettered(key: RequestKey, epoch: number): Promise<void>;
  /** A failed request, retried or not, has left a write behind of which nobody knows whether it happened. */
  keepUndecided(key: RequestKey, epoch: number, intent: Intent): Promise<void>;
  /** An operator's retry: failed → queued, in the next epoch. `false`: the request has not failed in this epoch. */
  reopen(record: RequestRecord, queuedAt: number): Promise<boolean>;
  /** Keeps the message's body, so that the request can be retried as long as its record lives from `now` (epoch ms). */
  keepBody(key: RequestKey, body: string, now: number): Promise<void>;
  /** `undefined` where none was kept. */
  body(key: RequestKey): Promise<string | undefined>;
  /** Newest first; reads on until the page is full. */
  list(
    filter: RequestFilter,
    after: RequestPosition | undefined,
    limit: number,
    now: number,
  ): Promise<RequestPage>;
}
