/** Something is broken on purpose, to see that the model checker finds it. */
import type { ConnectionQueue } from "../../../functions/apply-change/handler.ts";
import type { ReconcileDependencies } from "../../../shared/reconciliation/scan/scope-scan.ts";
import type { createMemoryStores } from "../stores/memory-stores.ts";
import type { MemoryTables } from "../stores/memory-tables.ts";

export type Stores = ReturnType<typeof createMemoryStores>;

export type Sabotage = {
  /** Below the steps: the services themselves. */
  readonly stores?: (stores: Stores, tables: MemoryTables) => Stores;
  /** Above the steps: the use case's own code. */
  readonly ports?: (queue: ConnectionQueue, tables: MemoryTables) => ConnectionQueue;
  /** The same of reconciliation. */
  readonly scans?: (deps: ReconcileDependencies, tables: MemoryTables) => ReconcileDependencies;
};
