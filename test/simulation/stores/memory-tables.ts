/**
 * All that the stores keep, in one object in memory: what the simulation's model checker looks at. These stores are
 * for simulation and tests only, so they live here and not beside their ports; the contract tests in `test/contract/`
 * run against them and against the DynamoDB ones alike.
 *
 * What is in the tables is frozen and never changed in place: a write replaces the whole entry, so an entry that was
 * taken out is a snapshot.
 */
import type { Commit } from "../../../shared/change-request/attempt/commit.ts";
import type { RequestKey, RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import type { ConnectionHealth } from "../../../shared/connection/connection-health.ts";
import type { NewVersion } from "../../../shared/definition/history/version.ts";
import type {
  Claim,
  ClaimTarget,
  Intent,
  SupersededIntent,
} from "../../../shared/definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../../shared/definition/mirror/mirror.ts";
import {
  createClaimKey,
  knownScopeKey,
  mirrorKey,
  requestKey,
  runKey,
  scopeRunKey,
} from "../../../shared/platform/table-keys.ts";
import type { KnownScope, ScopeKey } from "../../../shared/reconciliation/run/known-scope.ts";
import type { Lease, Run, RunKey, ScopeRun } from "../../../shared/reconciliation/run/run.ts";
import type { Current } from "../../../shared/reconciliation/run/run-store.ts";
import type { ScopeRunKey } from "../../../shared/reconciliation/run/scope-run-store.ts";

export type MemoryTables = {
  /** Definitions and scopes, by {@link targetId}: mirror, claim and open intent. */
  readonly targets: Map<string, TargetItem>;
  /** By {@link requestId}. */
  readonly requests: Map<string, RequestRecord>;
  /** Bodies kept for an operator's retry, by {@link requestId}. */
  readonly bodies: Map<string, string>;
  /** By connection. */
  readonly health: Map<string, ConnectionHealth>;
  /** By the definition's {@link targetId}: its versions by number, with their compressed texts. */
  readonly versions: Map<string, Map<number, NewVersion>>;
  /** By idempotency token. */
  readonly commits: Map<string, { readonly commit: Commit; readonly committedAt: number }>;
  /** Reconciliation's runs, by {@link runId}, with the right to discover their scopes. */
  readonly runs: Map<string, RunItem>;
  /** By connection. */
  readonly currents: Map<string, Current>;
  /** By {@link scopeRunId}. */
  readonly scopeRuns: Map<string, ScopeRunItem>;
  /** By {@link knownScopeId}. */
  readonly knownScopes: Map<string, KnownScope>;
};

export type RunItem = {
  readonly run: Run;
  readonly lease?: Lease;
  readonly cursor?: string;
  readonly expiresAt?: number;
};

export type ScopeRunItem = {
  readonly scopeRun: ScopeRun;
  readonly lease?: Lease;
  /** As {@link bytesOfPass} makes them. */
  readonly pass?: Uint8Array;
  readonly expiresAt?: number;
};

export type TargetItem = {
  readonly target: ClaimTarget;
  readonly mirror?: Mirror;
  readonly claim?: Claim;
  /** The open intent. */
  readonly intent?: Intent;
  readonly superseded?: readonly SupersededIntent[];
  /** Epoch seconds from which on DynamoDB might drop the item. Nothing is dropped here. */
  readonly expiresAt?: number;
};

export function createMemoryTables(): MemoryTables {
  return {
    targets: new Map(),
    requests: new Map(),
    bodies: new Map(),
    health: new Map(),
    versions: new Map(),
    commits: new Map(),
    runs: new Map(),
    currents: new Map(),
    scopeRuns: new Map(),
    knownScopes: new Map(),
  };
}

export function targetId(target: ClaimTarget): string {
  return target.kind === "definition"
    ? definitionId(target)
    : createClaimKey(target.connection, target.scope).pk;
}

/** The {@link targetId} of a definition. */
export function definitionId(key: DefinitionKey): string {
  return mirrorKey(key.connection, key.definitionId).pk;
}

export function requestId({ connection, requestId: id }: RequestKey): string {
  return requestKey(connection, id).pk;
}

export function runId({ connection, runId: id }: RunKey): string {
  const { pk, sk } = runKey(connection, id);
  return `${pk} ${sk}`;
}

export function scopeRunId({ connection, runId: id, scope }: ScopeRunKey): string {
  const { pk, sk } = scopeRunKey(connection, id, scope);
  return `${pk} ${sk}`;
}

export function knownScopeId({ connection, scope }: ScopeKey): string {
  const { pk, sk } = knownScopeKey(connection, scope);
  return `${pk} ${sk}`;
}
