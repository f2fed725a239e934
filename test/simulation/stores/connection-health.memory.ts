/** Connections' health in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import { type ConnectionHealthStore, pristineHealth } from "../../../shared/connection/connection-health.ts";
import { frozenCopy } from "./frozen-copy.ts";
import type { MemoryTables } from "./memory-tables.ts";

export function createMemoryConnectionHealthStore({
  health: written,
}: Pick<MemoryTables, "health">): ConnectionHealthStore {
  return {
    async read(connection) {
      return written.get(connection) ?? pristineHealth;
    },

    async write(connection, health) {
      const before = written.get(connection)?.revision ?? 0;
      if (health.revision !== before + 1) return false;
      written.set(connection, frozenCopy(health));
      return true;
    },
  };
}
