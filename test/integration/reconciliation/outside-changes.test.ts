/** What is done outside, over real tables and HTTP: found once, with the interval in which it was done. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { retellReconciliation } from "../../support/reconciliation/retell-reconciliation.ts";
import { engineId, otherEngineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const named = (name: string): JsonObject => ({ ...refundCase, name });
const create = (name: string) => world().createOutside(named(name));
const workspace = () => world().simulator.workspace;
/** The provider's timestamps and its `Date` have whole seconds. */
const TOLERANCE_MS = 2_000;

describe("a run", () => {
  it("adopts what is there, and finds an edit, a creation, a move and, by the second run, a deletion", async () => {
    const { reconcile, history, records } = retellReconciliation(world());
    const [edited, moved, deleted, quiet] = [
      create("edited"),
      create("moved"),
      create("deleted"),
      create("quiet"),
    ];
    for (let made = 0; made < 6; made += 1) create(`case ${made}`);
    const first = await reconcile();
    expect(first.run).toMatchObject({ status: "completed", counts: { listed: 10, baselines: 10, left: 0 } });
    world().clock.pass(60_000);
    const before = world().clock.now();
    workspace().edit({ action: "rename", definitionId: edited, name: "edited since" });
    const responseEngine = { type: "retell-llm", llm_id: otherEngineId, version: 0 };
    workspace().edit({ action: "move", definitionId: moved, responseEngine });
    workspace().edit({ action: "delete", definitionId: deleted });
    const created = create("created");
    const after = world().clock.now();
    const second = await reconcile();
    expect(second.run.counts).toMatchObject({
      changed: 1,
      moved: 1,
      created: 1,
      missing: 1,
      deleted: 0,
      left: 0,
    });
    expect(await history(deleted)).toEqual(["baseline reconciliation"]);
    const third = await reconcile();
    expect(third.run.counts).toMatchObject({ changed: 0, moved: 0, created: 0, missing: 0, deleted: 1 });
    const found = { updated: edited, moved, deleted, created };
    for (const [changeType, id] of Object.entries(found)) {
      const last = (await records(id)).at(-1);
      expect(last).toMatchObject({ changeType, source: "reconciliation" });
      const [from = Number.NaN, to = Number.NaN] = last?.occurredBetween ?? [];
      // Around the change, and no wider than the two runs between which it was made; lists and reads may lag.
      expect(from).toBeLessThanOrEqual(after);
      expect(to).toBeGreaterThanOrEqual(before);
      const { settleSeconds } = world().dependencies().connection;
      expect(from).toBeGreaterThanOrEqual(first.run.startedAt - 2 * settleSeconds * 1_000 - TOLERANCE_MS);
      expect(to).toBeLessThanOrEqual(second.run.finishedAt ?? 0);
    }
    expect(await history(quiet)).toEqual(["baseline reconciliation"]);
    const histories = await Promise.all(Object.values(found).map(history));
    expect((await reconcile()).run).toMatchObject({ status: "completed", counts: { changed: 0, left: 0 } });
    expect(await Promise.all(Object.values(found).map(history))).toEqual(histories);
  });

  it("that finds nothing writes no version and reads no definition", async () => {
    const { reconcile, history } = retellReconciliation(world());
    const ids = Array.from({ length: 12 }, (_, index) => create(`case ${index}`));
    await reconcile();
    const calls = workspace().requests().length;
    expect((await reconcile()).run).toMatchObject({
      status: "completed",
      counts: { listed: 12, changed: 0 },
    });
    const paths = workspace()
      .requests()
      .slice(calls)
      .map(({ path }) => path);
    expect(paths.filter((path) => path.includes("get-test-case"))).toEqual([]);
    for (const id of ids) expect(await history(id)).toHaveLength(1);
  });

  it("records a model that the provider has replaced as that, and never heals it", async () => {
    const { reconcile, changes, records } = retellReconciliation(world(), { policy: "heal" });
    const ids = Array.from({ length: 4 }, (_, index) => create(`case ${index}`));
    await reconcile();
    const replacements = { "gpt-4.1": "gpt-5" };
    workspace().edit({ action: "migrate-models", replacements, bumpTimestamp: true });
    expect((await reconcile()).run.counts).toMatchObject({ changed: 4, left: 0 });
    for (const id of ids) {
      expect(await records(id)).toMatchObject([{}, { changeType: "updated", reason: "provider-rewrite" }]);
    }
    await reconcile();
    expect(changes).toEqual([]);
    expect(world().counted).not.toContain("DriftRecorded");
    expect(workspace().definition(ids[0] ?? "")?.["llm_model"]).toBe("gpt-5");
  });

  it("while edits apply to the same definitions invents no drift", async () => {
    const { reconcile, apply, history, mirror } = retellReconciliation(world());
    const ids = Array.from({ length: 8 }, (_, index) => create(`case ${index}`));
    await reconcile();
    let isOver = false;
    const editing = (async () => {
      for (let round = 0; round < 5; round += 1) {
        await Promise.all(
          ids.map((definitionId) =>
            apply({
              requestId: `${definitionId}-${round}`,
              operation: "update",
              definitionId,
              patch: { user_prompt: `round ${round}` },
            }),
          ),
        );
      }
      isOver = true;
    })();
    let runs = 0;
    for (; !isOver || runs < 2; runs += 1) {
      const { run } = await reconcile(0);
      expect(run.counts).toMatchObject({ changed: 0, created: 0, moved: 0, deleted: 0 });
    }
    await editing;
    await reconcile();
    for (const id of ids) {
      expect(await history(id)).toEqual([
        "baseline reconciliation",
        ...Array.from({ length: 5 }, () => "updated change_request"),
      ]);
      expect(await mirror(id)).toMatchObject({ version: 6, deleted: false, scope: `retell-llm:${engineId}` });
    }
  });
});
