/** What a store contract runs against: all stores of one implementation, over the same tables. */
import type { CommitStore } from "../../shared/change-request/attempt/commit.ts";
import type { RequestStore } from "../../shared/change-request/record/request-store.ts";
import type { ConnectionHealthStore } from "../../shared/connection/connection-health.ts";
import type { HistoryStore } from "../../shared/definition/history/history-store.ts";
import type { ClaimTarget } from "../../shared/definition/mirror/claim.ts";
import type { KnownDefinitions } from "../../shared/definition/mirror/known-definitions.ts";
import type { MirrorLists } from "../../shared/definition/mirror/mirror-lists.ts";
import type { MirrorStore } from "../../shared/definition/mirror/mirror-store.ts";
import type { KnownScopeStore } from "../../shared/reconciliation/run/known-scope.ts";
import type { RunStore } from "../../shared/reconciliation/run/run-store.ts";
import type { ScopeRunStore } from "../../shared/reconciliation/run/scope-run-store.ts";
import type { ObservationStore } from "../../shared/reconciliation/scan/observation-store.ts";

export type StoresUnderTest = {
  readonly mirrors: MirrorStore;
  readonly mirrorLists: MirrorLists;
  readonly history: HistoryStore;
  readonly requests: RequestStore;
  readonly commits: CommitStore;
  readonly health: ConnectionHealthStore;
  readonly knownDefinitions: KnownDefinitions;
  readonly observations: ObservationStore;
  readonly runs: RunStore;
  readonly scopeRuns: ScopeRunStore;
  readonly knownScopes: KnownScopeStore;
  /** Epoch seconds from which on the target's item may go away by itself. */
  expiryOf(target: ClaimTarget): Promise<number | undefined>;
};

/** The instant at which the contracts play. */
export const now = Date.parse("2026-11-21T10:00:00.000Z");
