/** The records of change requests. Every write demands the state it comes from; an answer says whether it was made. */
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
export type RequestPosition = RequestKey & { readonly submittedAt: number };

export interface RequestStore {
  /** Strongly consistent. */
  read(key: RequestKey): Promise<RequestRecord | undefined>;
  /** Puts a new record, or answers the one that is there already. */
  create(
    record: RequestRecord,
  ): Promise<{ readonly created: true } | { readonly created: false; readonly existing: RequestRecord }>;
  /** Counts an attempt: queued or applying → applying. `false`: the request is not open in this epoch any more. */
  beginAttempt(key: RequestKey, epoch: number, attempt: number): Promise<boolean>;
  /** Writes an outcome that comes without a version. `false`: it already has one. */
  finish(outcome: Outcome): Promise<boolean>;
  /** The dead letter of a failed request has been sent. */
  markDeadLettered(key: RequestKey, epoch: number): Promise<void>;
  /** Newest first; reads on until the page is full. */
  list(
    filter: RequestFilter,
    after: RequestPosition | undefined,
    limit: number,
    now: number,
  ): Promise<RequestPage>;
}
