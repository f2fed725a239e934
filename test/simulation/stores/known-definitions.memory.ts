/** Many definitions at once in memory, for simulation and tests; the index does not lag behind here. */
import type { KnownDefinitions } from "../../../shared/definition/mirror/known-definitions.ts";
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import { definitionId, type MemoryTables } from "./memory-tables.ts";

export function createMemoryKnownDefinitions({ targets }: Pick<MemoryTables, "targets">): KnownDefinitions {
  return {
    async inScope(connection, scope) {
      return [...targets.values()]
        .flatMap(({ mirror }) => mirror ?? [])
        .filter((mirror) => mirror.connection === connection && mirror.scope === scope)
        .map(({ definitionId, version, deleted, contentHash, listRowHash, missingSince }) => ({
          definitionId,
          version,
          deleted,
          scope,
          contentHash,
          ...(listRowHash !== undefined && { listRowHash }),
          ...(missingSince !== undefined && { missingSince }),
        }));
    },

    async living(connection, limit) {
      return [...targets.values()]
        .flatMap(({ mirror }) => mirror ?? [])
        .filter((mirror) => mirror.connection === connection && !mirror.deleted)
        .sort((a, b) => a.firstSeenAt - b.firstSeenAt || (a.definitionId < b.definitionId ? -1 : 1))
        .slice(0, limit);
    },

    async mirrors(connection, ids) {
      const found = new Map<string, Mirror>();
      for (const id of ids) {
        const mirror = targets.get(definitionId({ connection, definitionId: id }))?.mirror;
        if (mirror !== undefined) found.set(id, mirror);
      }
      return found;
    },
  };
}
