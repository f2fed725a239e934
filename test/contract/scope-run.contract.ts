/** What every implementation of {@link ScopeRunStore} keeps to: a scope is counted once in its run. */
import { describe, expect, it } from "vitest";
import { unknownScope } from "../../shared/reconciliation/run/known-scope.ts";
import { noCounts } from "../../shared/reconciliation/run/run.ts";
import type { ScopeEnd } from "../../shared/reconciliation/run/scope-run-store.ts";
import { IdSet } from "../../shared/reconciliation/scan/id-set.ts";
import { newPass, type Pass } from "../../shared/reconciliation/scan/pass.ts";
import { bytesOfPass } from "../../shared/reconciliation/scan/pass-bytes.ts";
import { aRun } from "./run.contract.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

const lease = (token: string, until = now + 30_000) => ({ token, until });
const counts = { ...noCounts, listed: 5, changed: 2, left: 1 };
const completed: ScopeEnd = { status: "completed", counts, finishedAt: now + 9 };

export function scopeRunContract(stores: () => StoresUnderTest): void {
  /** A run with these scopes, all of them known. */
  const aRunOf = async (...scopes: string[]) => {
    const { runs, scopeRuns } = stores();
    const run = aRun();
    await runs.begin(run);
    await runs.takeDiscovery(run, lease("d"), now);
    await scopeRuns.add(run, scopes, now);
    await runs.endDiscovery(run, "d", { scopes: scopes.length, keyVersion: "v1" }, now);
    return run;
  };
  const keyOf = ({ connection, runId }: { connection: string; runId: string }, scope: string) => ({
    connection,
    runId,
    scope,
  });

  describe("the scopes of a run", () => {
    it("are added once, and listed by name", async () => {
      const { scopeRuns } = stores();
      const run = aRun();
      const scopes = Array.from({ length: 60 }, (_, index) => `scope ${String(index).padStart(2, "0")}`);
      await scopeRuns.add(run, scopes.slice(0, 40), now);
      await scopeRuns.take(keyOf(run, "scope 00"), lease("1"), now);
      await scopeRuns.add(run, scopes, now);
      const listed = await scopeRuns.list(run);
      expect(listed.map(({ scope }) => scope)).toEqual(scopes);
      expect(listed[1]).toEqual({ ...keyOf(run, "scope 01"), status: "pending", counts: noCounts });
      expect(listed[0]).toMatchObject({ status: "running" });
      expect(await scopeRuns.read(keyOf(run, "scope 01"))).toEqual(listed[1]);
      expect(await scopeRuns.read(keyOf(run, "another"))).toBeUndefined();
      expect(await scopeRuns.list(aRun())).toEqual([]);
    });
  });

  describe("the work on a scope", () => {
    it("is one worker's at a time", async () => {
      const { scopeRuns } = stores();
      const run = await aRunOf("a");
      const key = keyOf(run, "a");
      expect(await scopeRuns.take(key, lease("1"), now)).toEqual({ kind: "taken" });
      expect(await scopeRuns.take(key, lease("2"), now)).toEqual({ kind: "held", until: now + 30_000 });
      expect(await scopeRuns.take(key, lease("1"), now)).toEqual({ kind: "taken" });
      await scopeRuns.giveBack(key, "2");
      expect(await scopeRuns.take(key, lease("2"), now)).toMatchObject({ kind: "held" });
      await scopeRuns.giveBack(key, "1");
      expect(await scopeRuns.take(key, lease("2"), now)).toEqual({ kind: "taken" });
      expect(await scopeRuns.take(key, lease("3"), now + 30_001)).toEqual({
        kind: "taken",
        abandoned: true,
      });
      expect(await scopeRuns.take(keyOf(run, "another"), lease("1"), now)).toEqual({ kind: "over" });
    });

    it.each([
      ["little", 3],
      ["more than an item takes", 60_000],
    ])("goes on where it stopped, with %s to remember", async (_what, ids) => {
      const { scopeRuns } = stores();
      const run = await aRunOf("a");
      const key = keyOf(run, "a");
      const pass: Pass = {
        ...newPass(now),
        cursor: "page 7",
        isUnlistable: true,
        seen: IdSet.of(Array.from({ length: ids }, (_, index) => `id ${index}`)),
        cursors: IdSet.of(["page 6", "page 7"]),
        questions: [
          { definitionId: "ä", kind: "changed", row: { rowHash: "sha256:x", shape: "{}" } },
          { definitionId: "b", kind: "missing" },
        ],
        doubtful: { a: "sha256:y", b: null },
        askedUpTo: "0123",
        counts,
        faults: 2,
      };
      await scopeRuns.take(key, lease("1"), now);
      await scopeRuns.giveBack(key, "1", pass);
      const taken = await scopeRuns.take(key, lease("2"), now);
      if (taken.kind !== "taken" || taken.pass === undefined) throw new Error("the pass is lost");
      expect(Buffer.from(bytesOfPass(taken.pass)).equals(bytesOfPass(pass))).toBe(true);
      const { seen, cursors, unsettled, wholeRows, ...plain } = taken.pass;
      const { seen: _s, cursors: _c, unsettled: _u, wholeRows: _w, ...expected } = pass;
      expect(plain).toEqual(expected);
      expect(seen.has("id 2")).toBe(true);
      expect(seen.size).toBe(ids);
      expect([cursors.size, unsettled.size, wholeRows.size]).toEqual([2, 0, 0]);
      // Given back without news, the pass stays.
      await scopeRuns.giveBack(key, "2");
      expect(await scopeRuns.take(key, lease("3"), now)).toMatchObject({ pass: { cursor: "page 7" } });
    });
  });

  describe("the end of a scope", () => {
    it("is counted in its run, with what is known of the scope from now on", async () => {
      const { knownScopes, runs, scopeRuns } = stores();
      const run = await aRunOf("a", "b", "c");
      for (const [scope, end] of [
        ["a", { ...completed, known: { ...unknownScope(keyOf(run, "a")), definitions: 5 } }],
        ["b", { ...completed, status: "unfinished", reason: "malformed-list" }],
        ["c", { ...completed, status: "halted", halted: ["x", "y"] }],
      ] as const) {
        await scopeRuns.take(keyOf(run, scope), lease("1"), now);
        expect(await scopeRuns.end(keyOf(run, scope), "1", end)).toBe("ended");
      }
      expect(await runs.read(run)).toMatchObject({
        progressAt: now + 9,
        counts: { listed: 15, changed: 6, left: 3, missing: 0 },
        tally: { total: 3, open: 0, halted: 1, unfinished: 1 },
      });
      const shared = { counts, finishedAt: now + 9 };
      expect(await scopeRuns.list(run)).toEqual([
        { ...keyOf(run, "a"), ...shared, status: "completed" },
        { ...keyOf(run, "b"), ...shared, status: "unfinished", reason: "malformed-list" },
        { ...keyOf(run, "c"), ...shared, status: "halted", halted: ["x", "y"] },
      ]);
      expect(await knownScopes.read(keyOf(run, "a"))).toMatchObject({ revision: 1, definitions: 5 });
      expect(await knownScopes.read(keyOf(run, "b"))).toMatchObject({ revision: 0 });
    });

    it("comes once, from whoever has the work", async () => {
      const { runs, scopeRuns } = stores();
      const run = await aRunOf("a");
      const key = keyOf(run, "a");
      await scopeRuns.take(key, lease("1"), now);
      expect(await scopeRuns.end(key, "2", completed)).toBe("lost");
      expect(await scopeRuns.end(key, "1", completed)).toBe("ended");
      expect(await scopeRuns.end(key, "1", { ...completed, finishedAt: now + 10 })).toBe("lost");
      expect(await scopeRuns.take(key, lease("2"), now)).toEqual({ kind: "over" });
      expect(await runs.read(run)).toMatchObject({ counts: { listed: 5 }, tally: { open: 0 } });
    });

    it("does not come where the run has ended, or what is known of the scope has changed", async () => {
      const { knownScopes, runs, scopeRuns } = stores();
      const run = await aRunOf("a");
      const key = keyOf(run, "a");
      await scopeRuns.take(key, lease("1"), now);
      const known = unknownScope(key);
      await knownScopes.write({ ...known, definitions: 1 });
      expect(await scopeRuns.end(key, "1", { ...completed, known })).toBe("known-changed");
      expect(await runs.read(run)).toMatchObject({ counts: noCounts, tally: { open: 1 } });
      await runs.end(run, { status: "unfinished", finishedAt: now });
      expect(await scopeRuns.end(key, "1", completed)).toBe("lost");
      expect(await scopeRuns.read(key)).toMatchObject({ status: "running" });
    });
  });

  describe("a halted scope", () => {
    /** A run with two halted scopes. */
    const halted = async (ids: readonly string[]) => {
      const { runs, scopeRuns } = stores();
      const run = await aRunOf("a", "b");
      for (const scope of ["a", "b"]) {
        await scopeRuns.take(keyOf(run, scope), lease("1"), now);
        await scopeRuns.end(keyOf(run, scope), "1", { ...completed, status: "halted", halted: ids });
      }
      await runs.end(run, { status: "halted", finishedAt: now, waitsForDecision: true });
      return run;
    };
    const expiresAt = Math.ceil(now / 1_000) + 1;

    it("is decided about step by step, and its run with the last of them", async () => {
      const { knownScopes, runs, scopeRuns } = stores();
      const run = await halted(["x", "y", "z"]);
      const a = keyOf(run, "a");
      const known = { ...unknownScope(a), silenced: IdSet.of(["x"]) };
      const some = { decision: "confirm", remaining: ["z"], expiresAt, known } as const;
      expect(await scopeRuns.decide(a, ["x", "z"], some)).toBe(false);
      expect(await scopeRuns.decide(a, ["x", "y", "z"], some)).toBe(true);
      expect(await scopeRuns.read(a)).toMatchObject({ status: "halted", halted: ["z"] });
      expect(await knownScopes.read(a)).toMatchObject({ revision: 1 });
      expect((await knownScopes.read(a)).silenced.has("x")).toBe(true);
      const next = { ...known, revision: 1, silenced: IdSet.of() };
      const rest = { decision: "discard", remaining: [], expiresAt, known: next } as const;
      expect(await scopeRuns.decide(a, ["x", "y", "z"], rest)).toBe(false);
      // What is known of the scope has changed since: neither is written.
      expect(await scopeRuns.decide(a, ["z"], { ...rest, known })).toBe(false);
      expect(await scopeRuns.read(a)).toMatchObject({ status: "halted", halted: ["z"] });
      expect((await knownScopes.read(a)).silenced.has("x")).toBe(true);
      expect(await scopeRuns.decide(a, ["z"], rest)).toBe(true);
      expect(await scopeRuns.read(a)).toEqual({
        ...a,
        status: "completed",
        decided: "discard",
        counts,
        finishedAt: now + 9,
      });
      expect(await runs.read(run)).toMatchObject({ status: "halted", tally: { halted: 1 } });
      expect(await scopeRuns.decide(a, [], rest)).toBe(false);
      const b = keyOf(run, "b");
      const last = { ...rest, known: unknownScope(b) };
      expect(await scopeRuns.decide(b, ["x", "y", "z"], last)).toBe(true);
      expect(await runs.read(run)).toMatchObject({ status: "completed", tally: { halted: 0 } });
    });

    it("has as many definitions as there are", async () => {
      const { scopeRuns } = stores();
      const ids = Array.from(
        { length: 20_000 },
        (_, index) => `${index} ${Math.sin(index)}${Math.cos(index)}`,
      );
      const run = await halted(ids);
      const key = keyOf(run, "a");
      expect((await scopeRuns.read(key))?.halted).toEqual(ids);
      const decided = {
        decision: "confirm",
        remaining: ids.slice(1),
        expiresAt,
        known: unknownScope(key),
      } as const;
      expect(await scopeRuns.decide(key, ids, decided)).toBe(true);
      expect((await scopeRuns.read(key))?.halted).toHaveLength(19_999);
    });
  });
}
