/** All stores of the domain over the same tables in memory. */
import { createMemoryCommitStore } from "./commit.memory.ts";
import { createMemoryConnectionHealthStore } from "./connection-health.memory.ts";
import { createMemoryHistoryStore } from "./history-store.memory.ts";
import type { MemoryTables } from "./memory-tables.ts";
import { createMemoryMirrorLists } from "./mirror-lists.memory.ts";
import { createMemoryMirrorStore } from "./mirror-store.memory.ts";
import { createMemoryRequestStore } from "./request-store.memory.ts";

/** `clock` tells how long a repeated commit is recognised. */
export function createMemoryStores(tables: MemoryTables, clock: { readonly now: () => number }) {
  return {
    mirrors: createMemoryMirrorStore(tables),
    mirrorLists: createMemoryMirrorLists(tables),
    history: createMemoryHistoryStore(tables),
    requests: createMemoryRequestStore(tables),
    commits: createMemoryCommitStore(tables, clock),
    health: createMemoryConnectionHealthStore(tables),
  };
}
