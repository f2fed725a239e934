/** How a known scope lies in its item of the state table. */
import { IdSet } from "../scan/id-set.ts";
import type { KnownScope, ScopeKey } from "./known-scope.ts";

type Item = Readonly<Record<string, unknown>>;

const HEAL_PREFIX = "heal ";

/** One attribute for each definition, a set of versions, so that a version's transaction can note its own. */
export function healAttribute(definitionId: string): string {
  return `${HEAL_PREFIX}${definitionId}`;
}

/** All attributes but the keys and the heals; `undefined` for what it is without. */
export function knownScopeAttributes(known: KnownScope): Record<string, unknown> {
  const { connection, heals, unsettled, confirmed, silenced, doubtful, ...plain } = known;
  return {
    firstCompletedAt: undefined,
    lastCompletedRunId: undefined,
    lastReconciledAt: undefined,
    counts: undefined,
    quietAt: undefined,
    askedUpTo: undefined,
    isChangedWidely: undefined,
    listShowsLess: undefined,
    haltedRunId: undefined,
    ...plain,
    unsettled: bytesOf(unsettled),
    confirmed: bytesOf(confirmed),
    silenced: bytesOf(silenced),
    // Ids are no names of attributes.
    doubtful: Object.entries(doubtful),
  };
}

export function knownScopeOf(key: ScopeKey, item: Item): KnownScope {
  const { pk, sk, unsettled, confirmed, silenced, doubtful, ...rest } = item;
  const names = Object.keys(rest);
  const heals = names.filter((name) => name.startsWith(HEAL_PREFIX));
  const plain = Object.fromEntries(
    names.filter((name) => !name.startsWith(HEAL_PREFIX)).map((name) => [name, rest[name]]),
  );
  return {
    // An item that only notes a heal has no more.
    ...({ revision: 0, definitions: 0, ...plain } as unknown as Pick<KnownScope, "revision" | "definitions">),
    ...key,
    unsettled: setOf(unsettled),
    confirmed: setOf(confirmed),
    silenced: setOf(silenced),
    doubtful: Object.fromEntries((doubtful as [string, string][] | undefined) ?? []),
    heals: Object.fromEntries(
      heals.map((name) => [
        name.slice(HEAL_PREFIX.length),
        [...(rest[name] as Set<number>)].toSorted((a, b) => a - b),
      ]),
    ),
  };
}

/** An empty set is no attribute. */
function bytesOf(set: IdSet): Uint8Array | undefined {
  return set.size === 0 ? undefined : set.toBytes();
}

function setOf(bytes: unknown): IdSet {
  return bytes instanceof Uint8Array ? IdSet.fromBytes(bytes) : IdSet.of();
}
