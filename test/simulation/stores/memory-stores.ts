/** All stores of the domain over the same tables in memory. */
import { createMemoryCommitStore } from "./commit.memory.ts";
import { createMemoryConnectionHealthStore } from "./connection-health.memory.ts";
import { createMemoryHistoryStore } from "./history-store.memory.ts";
import { createMemoryKnownDefinitions } from "./known-definitions.memory.ts";
import { createMemoryKnownScopeStore } from "./known-scopes.memory.ts";
import type { MemoryTables } from "./memory-tables.ts";
import { createMemoryMirrorLists } from "./mirror-lists.memory.ts";
import { createMemoryMirrorStore } from "./mirror-store.memory.ts";
import { createMemoryObservationStore } from "./observation-store.memory.ts";
import { createMemoryRequestStore } from "./request-store.memory.ts";
import { createMemoryRunStore } from "./runs.memory.ts";
import { createMemoryScopeRunStore } from "./scope-runs.memory.ts";

/** `clock` tells how long a repeated commit is recognised. */
export function createMemoryStores(tables: MemoryTables, clock: { readonly now: () => number }) {
  return {
    mirrors: createMemoryMirrorStore(tables),
    mirrorLists: createMemoryMirrorLists(tables),
    history: createMemoryHistoryStore(tables),
    requests: createMemoryRequestStore(tables),
    commits: createMemoryCommitStore(tables, clock),
    health: createMemoryConnectionHealthStore(tables),
    knownDefinitions: createMemoryKnownDefinitions(tables),
    observations: createMemoryObservationStore(tables),
    runs: createMemoryRunStore(tables),
    scopeRuns: createMemoryScopeRunStore(tables),
    knownScopes: createMemoryKnownScopeStore(tables),
  };
}
