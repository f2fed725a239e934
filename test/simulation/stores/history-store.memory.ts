/** The history in memory, for simulation and tests; answers are those of DynamoDB's. */

import { decompressText } from "../../../shared/definition/document/stored-text.ts";
import type { HistoryStore } from "../../../shared/definition/history/history-store.ts";
import type { StoredVersion } from "../../../shared/definition/history/verify-history.ts";
import type { NewVersion } from "../../../shared/definition/history/version.ts";
import type { DefinitionKey } from "../../../shared/definition/mirror/mirror.ts";
import { definitionId, type MemoryTables } from "./memory-tables.ts";

export function createMemoryHistoryStore(tables: Pick<MemoryTables, "versions">): HistoryStore {
  return {
    async version(key, number) {
      const version = tables.versions.get(definitionId(key))?.get(number);
      return version && storedVersion(version);
    },

    async versionsFrom(key, from, limit) {
      return versionsOf(tables, key)
        .filter(({ record }) => record.version >= from)
        .slice(0, limit)
        .map(storedVersion);
    },

    async versionsBefore(key, before, limit) {
      return versionsOf(tables, key)
        .filter(({ record }) => before === undefined || record.version < before)
        .reverse()
        .slice(0, limit)
        .map(storedVersion)
        .map(({ record, patchText }) => ({ record, patchText }));
    },
  };
}

/** All versions of a definition in rising order. */
export function versionsOf({ versions }: Pick<MemoryTables, "versions">, key: DefinitionKey): NewVersion[] {
  const ofDefinition = versions.get(definitionId(key))?.values() ?? [];
  return [...ofDefinition].sort((a, b) => a.record.version - b.record.version);
}

/** The version with its texts, as a store answers it. */
export function storedVersion({ record, document, patch }: NewVersion): StoredVersion {
  return {
    record,
    documentText: decompressText(record.document, document.bytes),
    patchText: record.patch && patch && decompressText(record.patch, patch.bytes),
    foreignAttributes: false,
  };
}
