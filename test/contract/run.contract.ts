/** What every implementation of {@link RunStore} keeps to: one run per connection at a time. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { noCounts } from "../../shared/reconciliation/run/run.ts";
import type { NewRun } from "../../shared/reconciliation/run/run-store.ts";
import { now, type StoresUnderTest } from "./stores-under-test.ts";

/** A run of a connection that has no other. */
export function aRun(more: Partial<NewRun> = {}): NewRun {
  return {
    connection: `c-${randomUUID()}`,
    runId: `20261121T100000.000Z-${randomUUID().slice(0, 8)}`,
    trigger: "schedule",
    startedAt: now,
    ...more,
  };
}

const lease = (token: string, until = now + 30_000) => ({ token, until });
const completed = { status: "completed", finishedAt: now + 60_000 } as const;

export function runContract(stores: () => StoresUnderTest): void {
  describe("a run", () => {
    it("is begun where none is going on, and only there", async () => {
      const { runs } = stores();
      const run = aRun();
      expect(await runs.current(run.connection)).toEqual({});
      expect(await runs.begin(run)).toBe(true);
      expect(await runs.current(run.connection)).toEqual({ runId: run.runId, firstStartedAt: now });
      expect(await runs.read(run)).toEqual({ ...run, status: "running", progressAt: now, counts: noCounts });
      const other = aRun({ connection: run.connection, scope: "a", trigger: "operator" });
      expect(await runs.begin(other)).toBe(false);
      expect(await runs.read(other)).toBeUndefined();
      expect(await runs.end(run, completed)).toBe(true);
      expect(await runs.begin(other)).toBe(true);
      expect(await runs.read(other)).toMatchObject({ scope: "a", trigger: "operator" });
    });

    it("takes the place of one that stands still, which ends as unfinished", async () => {
      const { runs } = stores();
      const old = aRun();
      await runs.begin(old);
      const next = aRun({ connection: old.connection, startedAt: now + 9 });
      expect(await runs.begin(next, aRun({ connection: old.connection }))).toBe(false);
      expect(await runs.begin(next, old)).toBe(true);
      expect(await runs.read(old)).toMatchObject({
        status: "unfinished",
        reason: "stood-still",
        finishedAt: now + 9,
      });
      expect(await runs.current(old.connection)).toEqual({ runId: next.runId, firstStartedAt: now });
      expect(await runs.begin(aRun({ connection: old.connection }), old)).toBe(false);
      expect(await runs.end(old, completed)).toBe(false);
      expect(await runs.current(old.connection)).toMatchObject({ runId: next.runId });
    });

    it("ends once, and makes room", async () => {
      const { runs } = stores();
      const run = aRun();
      await runs.begin(run);
      const halted = {
        status: "halted",
        reason: "other-workspace",
        finishedAt: now + 5,
        otherWorkspace: "Acme 2",
      } as const;
      expect(await runs.end(run, halted)).toBe(true);
      expect(await runs.end(run, completed)).toBe(false);
      expect(await runs.read(run)).toMatchObject(halted);
      expect(await runs.current(run.connection)).toEqual({ firstStartedAt: now });
    });

    it("over all scopes that was completed is remembered as the last one, no other is", async () => {
      const { runs } = stores();
      const { connection } = aRun();
      const ends = [
        [aRun({ connection, startedAt: now + 1 }), completed],
        [aRun({ connection, startedAt: now + 2 }), { ...completed, status: "unfinished" }],
        [aRun({ connection, startedAt: now + 3 }), { ...completed, status: "halted" }],
        [aRun({ connection, startedAt: now + 4, scope: "a" }), completed],
      ] as const;
      for (const [run, end] of ends) {
        expect(await runs.begin(run)).toBe(true);
        expect(await runs.end(run, end)).toBe(true);
      }
      expect(await runs.current(connection)).toEqual({ firstStartedAt: now + 1, lastCompletedAt: now + 1 });
    });

    it("is listed with the others of its connection, newest first", async () => {
      const { runs } = stores();
      const { connection } = aRun();
      const ids: string[] = [];
      for (const second of ["01", "02", "03"]) {
        const run = aRun({ connection, runId: `20261121T1000${second}.000Z-x` });
        await runs.begin(run);
        await runs.end(run, completed);
        ids.unshift(run.runId);
      }
      const idsOf = async (before: string | undefined, limit: number) =>
        (await runs.list(connection, before, limit)).map(({ runId }) => runId);
      expect(await idsOf(undefined, 10)).toEqual(ids);
      expect(await idsOf(undefined, 2)).toEqual(ids.slice(0, 2));
      expect(await idsOf(ids[1], 10)).toEqual(ids.slice(2));
      expect(await idsOf(ids[2], 10)).toEqual([]);
    });

    it("shows that somebody works on it, unless it has ended", async () => {
      const { runs } = stores();
      const run = aRun();
      await runs.begin(run);
      await runs.noteProgress(run, now + 7);
      expect(await runs.read(run)).toMatchObject({ progressAt: now + 7 });
      await runs.end(run, completed);
      await runs.noteProgress(run, now + 9);
      expect(await runs.read(run)).toMatchObject({ progressAt: now + 7 });
    });

    it("that is halted as a whole is so until somebody has decided", async () => {
      const { runs } = stores();
      const run = aRun();
      await runs.begin(run);
      expect(await runs.endHalt(run, "decided")).toBe(false);
      await runs.end(run, { status: "halted", reason: "other-workspace", finishedAt: now });
      expect(await runs.endHalt(run, "decided")).toBe(true);
      expect(await runs.endHalt(run, "again")).toBe(false);
      expect(await runs.read(run)).toMatchObject({ status: "unfinished", reason: "decided" });
    });
  });

  describe("the decision about a halted run", () => {
    it("is one operator's at a time, and one about a halted run only", async () => {
      const { runs } = stores();
      const run = aRun();
      await runs.begin(run);
      expect(await runs.takeDecision(run, lease("1"), now)).toBe(false);
      await runs.end(run, { status: "halted", finishedAt: now });
      expect(await runs.takeDecision(run, lease("1"), now)).toBe(true);
      expect(await runs.takeDecision(run, lease("2"), now + 30_000)).toBe(false);
      await runs.giveDecisionBack(run, "2");
      expect(await runs.takeDecision(run, lease("2"), now)).toBe(false);
      await runs.giveDecisionBack(run, "1");
      expect(await runs.takeDecision(run, lease("2"), now)).toBe(true);
      expect(await runs.takeDecision(run, lease("3"), now + 30_001)).toBe(true);
      await runs.endHalt(run, "decided");
      await runs.giveDecisionBack(run, "3");
      expect(await runs.takeDecision(run, lease("4"), now)).toBe(false);
      expect(await runs.read(run)).toMatchObject({ status: "unfinished", reason: "decided" });
      expect(await runs.takeDecision(aRun(), lease("1"), now)).toBe(false);
    });
  });

  describe("the discovery of a run", () => {
    it("is one worker's at a time, and goes on where it stopped", async () => {
      const { runs } = stores();
      const run = aRun();
      await runs.begin(run);
      expect(await runs.takeDiscovery(run, lease("1"), now + 1)).toMatchObject({
        kind: "taken",
        run: { runId: run.runId, progressAt: now + 1 },
      });
      const held = { kind: "held", until: now + 30_000 };
      expect(await runs.takeDiscovery(run, lease("2"), now + 2)).toEqual(held);
      expect(await runs.takeDiscovery(run, lease("1"), now + 3)).toMatchObject({ kind: "taken" });
      await runs.giveDiscoveryBack(run, "2", "not mine");
      expect(await runs.takeDiscovery(run, lease("2"), now + 4)).toEqual(held);
      await runs.giveDiscoveryBack(run, "1", "page 2");
      const second = await runs.takeDiscovery(run, lease("2"), now + 5);
      expect(second).toMatchObject({ kind: "taken", cursor: "page 2" });
      expect(await runs.takeDiscovery(run, lease("3"), now + 30_001)).toMatchObject({ kind: "taken" });
    });

    it("ends once, by whoever has the right to it", async () => {
      const { runs } = stores();
      const run = aRun();
      await runs.begin(run);
      await runs.takeDiscovery(run, lease("1"), now);
      const found = { scopes: 3, keyVersion: "v1", workspace: "Acme" };
      expect(await runs.endDiscovery(run, "2", found, now)).toBe(false);
      expect(await runs.endDiscovery(run, "1", found, now + 8)).toBe(true);
      expect(await runs.read(run)).toEqual({
        ...run,
        status: "running",
        progressAt: now + 8,
        counts: noCounts,
        keyVersion: "v1",
        workspace: "Acme",
        tally: { total: 3, open: 3, halted: 0, unfinished: 0 },
      });
      expect(await runs.takeDiscovery(run, lease("2"), now)).toMatchObject({
        kind: "taken",
        run: { tally: { total: 3 } },
      });
      expect(await runs.endDiscovery(run, "2", found, now)).toBe(false);
    });

    it("is nobody's where the run has ended", async () => {
      const { runs } = stores();
      const run = aRun();
      expect(await runs.takeDiscovery(run, lease("1"), now)).toEqual({ kind: "over" });
      await runs.begin(run);
      await runs.takeDiscovery(run, lease("1"), now);
      await runs.end(run, completed);
      expect(await runs.takeDiscovery(run, lease("1"), now)).toEqual({ kind: "over" });
      expect(await runs.endDiscovery(run, "1", { scopes: 1, keyVersion: "v1" }, now)).toBe(false);
    });
  });
}
