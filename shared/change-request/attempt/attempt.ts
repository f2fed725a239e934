/** What one attempt at a change request works with, and how it may end. */
import type { Admission } from "../../connection/connection-gate.ts";
import type { ConnectionHealthStore } from "../../connection/connection-health.ts";
import type { ConnectionKey } from "../../connection/connection-key.ts";
import type { HistoryStore } from "../../definition/history/history-store.ts";
import type { Attribution } from "../../definition/history/version.ts";
import { type Intent, LEASE_MARGIN_MS } from "../../definition/mirror/claim.ts";
import type { MirrorLists } from "../../definition/mirror/mirror-lists.ts";
import type { MirrorStore } from "../../definition/mirror/mirror-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Connection } from "../../platform/config.ts";
import type { Log } from "../../platform/log.ts";
import type { Metrics } from "../../platform/metrics.ts";
import type { Random } from "../../platform/random.ts";
import type { CallOptions, Provider } from "../../providers/provider.ts";
import type { CallSlots } from "../../rate-limit/call-slots.ts";
import type { Pacer } from "../../rate-limit/pacer.ts";
import type { WaitKind } from "../../retry/wait.ts";
import type { ChangeRequest } from "../change-request.ts";
import type { RequestRecord, RequestResult } from "../record/request-record.ts";
import type { TerminalStatus } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";
import type { CommitStore } from "./commit.ts";
import type { HeldClaim } from "./held-claim.ts";
import type { EditRequest } from "./wanted.ts";

export type ApplyDependencies = {
  readonly connection: Connection;
  readonly provider: Provider;
  readonly requests: RequestStore;
  readonly mirrors: MirrorStore;
  readonly mirrorLists: MirrorLists;
  readonly history: HistoryStore;
  readonly commits: CommitStore;
  readonly health: ConnectionHealthStore;
  readonly key: ConnectionKey;
  readonly pacer: Pacer;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** The connection lets this delivery through. */
export type Admitted = Extract<Admission, { kind: "go" }>;

/** One request under its claim. */
export type Attempt = ApplyDependencies & {
  readonly request: ChangeRequest;
  readonly record: RequestRecord;
  readonly claim: HeldClaim;
  readonly slots: CallSlots;
  readonly admission: Admitted;
};

export type EditAttempt = Attempt & { readonly request: EditRequest };

/** How an attempt ends. */
export type AttemptEnd =
  /** With this outcome, which is not yet written. */
  | Decided
  /** The outcome is written. Without it here: by another attempt, so it must be read. */
  | {
      readonly kind: "settled";
      readonly status?: TerminalStatus;
      readonly result?: RequestResult;
      /** The transaction that wrote it has ended the claim as well. */
      readonly claimEnded?: true;
      /** The provider has just confirmed a write of this attempt. */
      readonly wrote?: true;
    }
  /** Nothing is decided; the message waits and comes back. */
  | Waiting
  /** 401, 402 or 403: the key check decides what it means. */
  | { readonly kind: "key-refused"; readonly providerMessage?: string };

export type Decided = {
  readonly kind: "outcome";
  readonly status: TerminalStatus;
  readonly result: RequestResult;
  /** With `failed`: the write of which it is not known whether it happened. */
  readonly undecided?: Intent;
  /** The provider said that the definition is gone; the deletion is recorded when another look agrees. */
  readonly foundMissingAt?: number;
  /** The request wants it gone. */
  readonly deletionWanted?: true;
  /** The request wants what this version has, and a heal would undo. */
  readonly wantedVersion?: number;
};

export type Waiting = {
  readonly kind: "wait";
  readonly waitMs: number;
  readonly reason: string;
  /** The provider was at fault: with a read, which costs the request nothing, or with a write, which may. */
  readonly fault?: "read" | "write";
  /** A failed write that is this request's own doing, whatever else succeeds. */
  readonly charged?: true;
  /** What the wait is; default: `backoff`. */
  readonly waits?: WaitKind;
};

export function outcome(status: TerminalStatus, result: RequestResult): Decided {
  return { kind: "outcome", status, result };
}

/**
 * How long a read may last: the connection's deadline, and never longer than the invocation that would have to hear
 * the answer.
 */
export function readOptions({ connection, claim, clock }: Attempt): CallOptions {
  const untilLeaseEnds = claim.leaseUntil - LEASE_MARGIN_MS - clock.now();
  return { timeoutMs: Math.max(1, Math.min(connection.callTimeoutSeconds * 1_000, untilLeaseEnds)) };
}

/** A write is over when its intent says so, however late it begins. */
export function writeOptions({ claim, clock, connection }: Attempt): CallOptions {
  const deadlineAt = claim.openIntent?.callDeadlineAt ?? clock.now() + connection.callTimeoutSeconds * 1_000;
  return { timeoutMs: Math.max(1, deadlineAt - clock.now()) };
}

/** Who asked, and why, for the version that comes of it. */
export function attributionOf(record: RequestRecord, epoch = record.epoch): Attribution {
  return {
    requestId: record.requestId,
    epoch,
    ...(record.actorClaimed !== undefined && { actorClaimed: record.actorClaimed }),
    ...(record.actorAuthenticated !== undefined && { actorAuthenticated: record.actorAuthenticated }),
    ...(record.reason !== undefined && { reason: record.reason }),
    ...(record.reference !== undefined && { reference: record.reference }),
  };
}
