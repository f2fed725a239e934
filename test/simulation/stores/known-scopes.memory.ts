/** Known scopes in memory, for simulation and tests; conditions and effects are those of DynamoDB's. */
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import {
  type KnownScopeStore,
  type ScopeKey,
  unknownScope,
} from "../../../shared/reconciliation/run/known-scope.ts";
import { knownScopeId, type MemoryTables } from "./memory-tables.ts";

export function createMemoryKnownScopeStore(tables: Pick<MemoryTables, "knownScopes">): KnownScopeStore {
  return {
    async read(key) {
      return tables.knownScopes.get(knownScopeId(key)) ?? unknownScope(key);
    },

    async list(connection, after, limit) {
      return [...tables.knownScopes.entries()]
        .filter(([, known]) => known.connection === connection)
        .filter(([id]) => after === undefined || id > knownScopeId({ connection, scope: after }))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, known]) => known);
    },

    async write(known) {
      return writeKnownScope(tables, known);
    },

    async noteHeal({ connection, scope }, definitionId, version) {
      noteHeal(tables, scope, { connection, definitionId, version });
    },

    async endHeal(key, definitionId, version) {
      const known = tables.knownScopes.get(knownScopeId(key));
      if (known === undefined) return;
      const { [definitionId]: noted = [], ...others } = known.heals;
      const left = noted.filter((one) => one !== version);
      const heals = left.length === 0 ? others : { ...others, [definitionId]: left };
      tables.knownScopes.set(knownScopeId(key), { ...known, heals });
    },
  };
}

/** Writes what follows the revision before, but for the heals. */
export function writeKnownScope(
  { knownScopes }: Pick<MemoryTables, "knownScopes">,
  known: Parameters<KnownScopeStore["write"]>[0],
): boolean {
  const before = knownScopes.get(knownScopeId(known)) ?? unknownScope(known);
  if (before.revision !== known.revision) return false;
  const revision = known.revision + 1;
  knownScopes.set(knownScopeId(known), { ...known, revision, heals: before.heals });
  return true;
}

/** The drift that the mirror's head has recorded is to be healed from this scope. */
export function noteHeal(
  { knownScopes }: Pick<MemoryTables, "knownScopes">,
  scope: string,
  { connection, definitionId, version }: Pick<Mirror, "connection" | "definitionId" | "version">,
): void {
  const place = { connection, scope };
  const known = knownScopes.get(knownScopeId(place)) ?? unknownScope(place);
  const noted = new Set([...(known.heals[definitionId] ?? []), version]);
  const versions = [...noted].toSorted((a, b) => a - b);
  knownScopes.set(knownScopeId(place), { ...known, heals: { ...known.heals, [definitionId]: versions } });
}

/** A definition was moved to this scope. */
export function noteScope({ knownScopes }: Pick<MemoryTables, "knownScopes">, place: ScopeKey): void {
  knownScopes.set(knownScopeId(place), knownScopes.get(knownScopeId(place)) ?? unknownScope(place));
}
