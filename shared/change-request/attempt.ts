/** What one attempt at a change request works with, and how it may end. */
import type { ClaimTarget, Intent } from "../definition/claim.ts";
import type { HistoryStore } from "../definition/history-store.ts";
import type { MirrorStore } from "../definition/mirror-store.ts";
import type { Attribution } from "../definition/version.ts";
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Random } from "../platform/random.ts";
import type { CallOptions, Provider } from "../providers/provider.ts";
import type { ChangeRequest } from "./change-request.ts";
import type { CommitStore } from "./commit.ts";
import type { RequestRecord, RequestResult } from "./request-record.ts";
import type { TerminalStatus } from "./request-state.ts";
import type { RequestStore } from "./request-store.ts";

export type ApplyDependencies = {
  readonly connection: Connection;
  readonly provider: Provider;
  readonly requests: RequestStore;
  readonly mirrors: MirrorStore;
  readonly history: HistoryStore;
  readonly commits: CommitStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** One request under its claim. */
export type Attempt = ApplyDependencies & {
  readonly request: ChangeRequest;
  readonly record: RequestRecord;
  readonly target: ClaimTarget;
  /** The claim's token: every write of this attempt is conditional on it. */
  readonly token: string;
  /** Epoch ms at which the claim's lease and the invocation end. */
  readonly leaseUntil: number;
  /** Left open by an earlier attempt. */
  readonly openIntent: Intent | undefined;
};

/** How an attempt ends. */
export type AttemptEnd =
  /** With this outcome, which is not yet written. */
  | { readonly kind: "outcome"; readonly status: TerminalStatus; readonly result: RequestResult }
  /** The outcome is written. Without it here: by another attempt, so it must be read. */
  | {
      readonly kind: "settled";
      readonly status?: TerminalStatus;
      readonly result?: RequestResult;
      /** The transaction that wrote it has ended the claim as well. */
      readonly claimEnded?: true;
    }
  /** Nothing is decided; the message waits and comes back. */
  | Waiting;

export type Waiting = { readonly kind: "wait"; readonly waitMs: number; readonly reason: string };

export function outcome(status: TerminalStatus, result: RequestResult): AttemptEnd {
  return { kind: "outcome", status, result };
}

export function callOptions({ connection }: Attempt): CallOptions {
  return { timeoutMs: connection.callTimeoutSeconds * 1_000 };
}

/** Who asked, and why, for the version that comes of it. */
export function attributionOf({ record }: Attempt): Attribution {
  return {
    requestId: record.requestId,
    epoch: record.epoch,
    ...(record.actorClaimed !== undefined && { actorClaimed: record.actorClaimed }),
    ...(record.actorAuthenticated !== undefined && { actorAuthenticated: record.actorAuthenticated }),
    ...(record.reason !== undefined && { reason: record.reason }),
    ...(record.reference !== undefined && { reference: record.reference }),
  };
}
