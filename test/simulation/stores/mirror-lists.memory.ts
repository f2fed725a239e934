/** Lists of mirrors in memory, for simulation and tests; what they show and their order are those of DynamoDB's. */
import type { MirrorLists } from "../../../shared/definition/mirror/mirror-lists.ts";
import { firstSeenKey } from "../../../shared/platform/table-keys.ts";
import type { MemoryTables } from "./memory-tables.ts";

export function createMemoryMirrorLists({ targets }: Pick<MemoryTables, "targets">): MirrorLists {
  return {
    async list({ connection, scope }, { name, withDeleted }, after, limit) {
      const found = [...targets.values()]
        .flatMap(({ mirror }) => mirror ?? [])
        .filter((mirror) => mirror.connection === connection && (scope ?? mirror.scope) === mirror.scope)
        .filter((mirror) => withDeleted === true || !mirror.deleted)
        .filter((mirror) => mirror.name.toLowerCase().includes((name ?? "").toLowerCase()))
        .map((mirror) => ({ mirror, position: firstSeenKey(mirror.firstSeenAt, mirror.definitionId) }))
        .filter(({ position }) => after === undefined || position > after)
        .sort((a, b) => (a.position < b.position ? -1 : 1));
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const mirrors = page.map(({ mirror }) => mirror);
      return found.length > page.length && last !== undefined
        ? { mirrors, next: last.position }
        : { mirrors };
    },
  };
}
