/**
 * All that the stores keep, in one object in memory: what the simulation's model checker looks at. These stores are
 * for simulation and tests only, so they live here and not beside their ports; the contract tests in `test/contract/`
 * run against them and against the DynamoDB ones alike.
 *
 * What is in the tables is frozen and never changed in place: a write replaces the whole entry, so an entry that was
 * taken out is a snapshot.
 */
import type { Commit } from "../../../shared/change-request/commit.ts";
import type { RequestKey, RequestRecord } from "../../../shared/change-request/request-record.ts";
import type { ConnectionHealth } from "../../../shared/connection/connection-health.ts";
import type { Claim, ClaimTarget, Intent, SupersededIntent } from "../../../shared/definition/claim.ts";
import type { DefinitionKey, Mirror } from "../../../shared/definition/mirror.ts";
import type { NewVersion } from "../../../shared/definition/version.ts";
import { createClaimKey, mirrorKey, requestKey } from "../../../shared/platform/table-keys.ts";

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
