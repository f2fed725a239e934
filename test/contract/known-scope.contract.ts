/** What every implementation of {@link KnownScopeStore} keeps to. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Mirror } from "../../shared/definition/mirror/mirror.ts";
import {
  allKnownScopes,
  type KnownScope,
  unknownScope,
} from "../../shared/reconciliation/run/known-scope.ts";
import { noCounts } from "../../shared/reconciliation/run/run.ts";
import { IdSet } from "../../shared/reconciliation/scan/id-set.ts";
import { versionOf } from "./contract-data.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

/** Sets compared by what is in them. */
export function comparable({ unsettled, confirmed, silenced, ...known }: KnownScope) {
  const bytes = (set: IdSet) => Buffer.from(set.toBytes()).toString("hex");
  return {
    ...known,
    unsettled: bytes(unsettled),
    confirmed: bytes(confirmed),
    silenced: bytes(silenced),
  };
}

export function knownScopeContract(stores: () => StoresUnderTest): void {
  const aPlace = () => ({ connection: `c-${randomUUID()}`, scope: "retell-llm:llm_1" });

  describe("a known scope", () => {
    it("is nothing at first, and then what was written", async () => {
      const { knownScopes } = stores();
      const place = aPlace();
      const nothing = await knownScopes.read(place);
      expect(comparable(nothing)).toEqual(comparable(unknownScope(place)));
      const known: KnownScope = {
        ...nothing,
        firstCompletedAt: now,
        lastCompletedRunId: "run",
        lastReconciledAt: now,
        counts: { ...noCounts, listed: 3 },
        definitions: 3,
        quietAt: now,
        askedUpTo: "0123",
        isChangedWidely: true,
        unsettled: IdSet.of(["a"]),
        confirmed: IdSet.of(["b", "c"]),
        silenced: IdSet.of(["d"]),
        doubtful: { "an id": "sha256:x" },
        haltedRunId: "earlier",
      };
      expect(await knownScopes.write(known)).toBe(true);
      expect(comparable(await knownScopes.read(place))).toEqual(comparable({ ...known, revision: 1 }));
    });

    it("loses what the next one is without", async () => {
      const { knownScopes } = stores();
      const place = aPlace();
      const nothing = unknownScope(place);
      await knownScopes.write({ ...nothing, quietAt: now, haltedRunId: "r", silenced: IdSet.of(["d"]) });
      expect(await knownScopes.write({ ...nothing, revision: 1 })).toBe(true);
      expect(comparable(await knownScopes.read(place))).toEqual(comparable({ ...nothing, revision: 2 }));
    });

    it("is written on the revision that was read only", async () => {
      const { knownScopes } = stores();
      const nothing = unknownScope(aPlace());
      expect(await knownScopes.write({ ...nothing, definitions: 1 })).toBe(true);
      expect(await knownScopes.write({ ...nothing, definitions: 2 })).toBe(false);
      expect(await knownScopes.write({ ...nothing, revision: 1, definitions: 3 })).toBe(true);
      expect(await knownScopes.write({ ...nothing, revision: 1, definitions: 4 })).toBe(false);
      expect((await knownScopes.read(nothing)).definitions).toBe(3);
    });

    it("is listed in the order of the names, page by page", async () => {
      const { knownScopes } = stores();
      const { connection } = aPlace();
      const long = `retell-llm:${"ä".repeat(600)}`;
      const scopes = ["b", "a", "retell-llm:x", "c:d", long];
      for (const scope of scopes) await knownScopes.write(unknownScope({ connection, scope }));
      await knownScopes.write(unknownScope({ ...aPlace(), scope: "another connection's" }));
      const first = await knownScopes.list(connection, undefined, 2);
      expect(first.map(({ scope }) => scope)).toEqual(["a", "b"]);
      const second = await knownScopes.list(connection, "b", 10);
      expect(second.map(({ scope }) => scope).toSorted()).toEqual(["c:d", long, "retell-llm:x"].toSorted());
      expect(await knownScopes.list(connection, second.at(-1)?.scope, 10)).toEqual([]);
      expect(await knownScopes.list(`c-${randomUUID()}`, undefined, 10)).toEqual([]);
    });

    it("is found among many", async () => {
      const { knownScopes } = stores();
      const { connection } = aPlace();
      const scopes = Array.from({ length: 205 }, (_, index) => `scope ${String(index).padStart(3, "0")}`);
      for (const scope of scopes) await knownScopes.write(unknownScope({ connection, scope }));
      expect((await allKnownScopes(knownScopes, connection)).map(({ scope }) => scope)).toEqual(scopes);
    });
  });

  describe("a heal that is noted", () => {
    it("stays whatever else is written, until it ends", async () => {
      const { knownScopes } = stores();
      const place = aPlace();
      await noteHeal(stores(), place, "a", 2);
      await noteHeal(stores(), place, "b c", 3);
      const known = await knownScopes.read(place);
      expect(known.heals).toEqual({ a: [2], "b c": [3] });
      expect(known.revision).toBe(0);
      expect(await knownScopes.write({ ...known, definitions: 7, heals: {} })).toBe(true);
      expect((await knownScopes.read(place)).heals).toEqual({ a: [2], "b c": [3] });
      expect((await knownScopes.list(place.connection, undefined, 5))[0]?.heals).toEqual({
        a: [2],
        "b c": [3],
      });
      await knownScopes.endHeal(place, "a", 1);
      expect((await knownScopes.read(place)).heals).toEqual({ a: [2], "b c": [3] });
      await knownScopes.endHeal(place, "a", 2);
      expect((await knownScopes.read(place)).heals).toEqual({ "b c": [3] });
    });

    it("stays beside one for a later drift, and each is noted once", async () => {
      const { knownScopes } = stores();
      const place = aPlace();
      await noteHeal(stores(), place, "a", 2);
      await knownScopes.noteHeal(place, "a", 10);
      await knownScopes.noteHeal(place, "a", 10);
      expect((await knownScopes.read(place)).heals).toEqual({ a: [2, 10] });
      await knownScopes.endHeal(place, "a", 2);
      expect((await knownScopes.read(place)).heals).toEqual({ a: [10] });
    });

    it("is noted where nothing else is known of the scope", async () => {
      const { knownScopes } = stores();
      const place = aPlace();
      await knownScopes.noteHeal(place, "a", 2);
      expect(await knownScopes.read(place)).toMatchObject({ ...place, heals: { a: [2] } });
      expect(await knownScopes.list(place.connection, undefined, 5)).toHaveLength(1);
    });

    it("that is not there is not ended", async () => {
      const { knownScopes } = stores();
      const place = aPlace();
      await knownScopes.endHeal(place, "a", 2);
      expect((await knownScopes.read(place)).heals).toEqual({});
      expect(await knownScopes.list(place.connection, undefined, 5)).toEqual([]);
    });
  });
}

/** As a drift's own transaction notes it. */
async function noteHeal(
  { observations }: StoresUnderTest,
  place: { readonly connection: string; readonly scope: string },
  definitionId: string,
  version: number,
): Promise<void> {
  const key = { connection: place.connection, definitionId };
  let head: Parameters<typeof drift>[1];
  for (let made = 1; made <= version; made += 1) {
    const next = drift(key, head);
    const healIn = made === version ? { healIn: place.scope } : {};
    const answer = await observations.record({ ...next, ...healIn });
    if (!answer.recorded) throw new Error(answer.reason);
    head = next.mirror;
  }
}

function drift(
  key: { readonly connection: string; readonly definitionId: string },
  head: Mirror | undefined,
) {
  return {
    ...versionOf(key, { head, text: '{"name":"x"}' }),
    headVersion: head?.version ?? 0,
    superseded: [],
    idempotencyToken: randomUUID(),
  };
}
