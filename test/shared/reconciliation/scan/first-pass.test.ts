import { describe, expect, it } from "vitest";
import { isListOfDefinitions, type ListLie, told } from "../../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  testCase,
  type WorldOptions,
} from "../../../support/reconciliation/reconciliation-world.ts";

const scope = { connection: "retell", scope: scopeOf(ENGINES[0]) };

/** No row of the list shows the tool mocks; most definitions have none, so that their rows are whole nevertheless. */
async function listedWithout(
  withMocks: readonly number[],
  options: WorldOptions = {},
): Promise<{ world: ReconciliationWorld; ids: readonly string[] }> {
  const world = reconciliationWorld({ engines: [ENGINES[0]], ...options });
  const ids = Array.from({ length: 30 }, (_, index) => {
    // Each at its own instant, for the order of the list.
    world.clock.pass(1);
    const { tool_mocks: _mocks, ...bare } = testCase(`case ${index}`);
    const definition = withMocks.includes(index) ? testCase(`case ${index}`) : bare;
    return world.edit({ action: "create", definition });
  });
  lie(world, { kind: "without", member: "tool_mocks" });
  return { world, ids };
}

function lie(world: ReconciliationWorld, what: ListLie): void {
  world.hooks.lie = (delivery, call) =>
    isListOfDefinitions(call) ? told(what, delivery, call, new Map()) : delivery;
}

const mocksOf = async (world: ReconciliationWorld, id: string) =>
  JSON.parse((await world.versions(id)).at(-1)?.documentText ?? "{}").tool_mocks;

/** The definitions that were taken from the list although they have more. */
async function falselyListed(
  world: ReconciliationWorld,
  ids: readonly string[],
  withMocks: readonly number[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const index of withMocks) {
    const id = ids[index] ?? "";
    if ((await mocksOf(world, id)) === undefined) found.push(id);
  }
  return found;
}

describe("a list that shows less than a GET, though of some definitions only", () => {
  const some = [2, 9, 16, 23];

  it("is found out sooner or later; what was believed before is marked, and completed by the next run", async () => {
    const { world, ids } = await listedWithout(some);
    const first = await world.reconcile();
    expect(first.run.counts.baselines).toBe(30);
    const falsely = await falselyListed(world, ids, some);
    for (const id of falsely) {
      expect((await world.versions(id))[0]?.record).toMatchObject({
        changeType: "baseline",
        reason: "list-row",
      });
    }
    // A definition that is made anew shows it, if nothing has before.
    world.create("with mocks");
    await world.reconcile();
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    expect((await world.dependencies.knownScopes.read(scope)).listShowsLess).toBe(true);
    for (const id of falsely) {
      const [, completed] = await world.versions(id);
      expect(completed?.record).toMatchObject({
        changeType: "baseline",
        source: "reconciliation",
        reason: "list-row-completed",
      });
      expect(completed?.record.occurredBetween).toBeUndefined();
      expect(await world.versions(id)).toHaveLength(2);
    }
    for (const index of some) expect(await mocksOf(world, ids[index] ?? "")).toHaveLength(1);
    // The one that was made anew.
    expect(world.metrics.get("DriftRecorded")).toBe(1);
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ changed: 0, left: 0, baselines: 0 });
  });

  it("is not believed any more once one row has shown less", async () => {
    // One of them is among the first rows, at whichever end the list begins.
    const withMocks = [28, 20, 9, 1];
    const { world, ids } = await listedWithout(withMocks);
    await world.reconcile();
    expect(await falselyListed(world, ids, withMocks)).toEqual([]);
    expect((await world.dependencies.knownScopes.read(scope)).listShowsLess).toBe(true);
  });

  it("is not believed at all where most have more", async () => {
    const { world, ids } = await listedWithout(Array.from({ length: 30 }, (_, index) => index));
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ baselines: 30, left: 0 });
    for (const id of ids) {
      expect(await world.history(id)).toEqual(["baseline reconciliation"]);
      expect(await mocksOf(world, id)).toHaveLength(1);
    }
  });

  it("invents no drift where it tells the truth later on", async () => {
    const { world, ids } = await listedWithout(some);
    await world.reconcile();
    world.hooks.lie = undefined;
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    for (const index of some) {
      const history = await world.history(ids[index] ?? "");
      expect(new Set(history)).toEqual(new Set(["baseline reconciliation"]));
      expect(await mocksOf(world, ids[index] ?? "")).toHaveLength(1);
    }
  });

  it("invents none where a request is the first to read the definition", async () => {
    const { world, ids } = await listedWithout(some, { reconcile: { policy: "heal" } });
    await world.reconcile();
    const [id = ""] = await falselyListed(world, ids, some);
    expect(id).not.toBe("");
    await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { name: "x" } });
    expect(await world.history(id)).toEqual([
      "baseline reconciliation",
      "baseline observed_before_write",
      "updated change_request",
    ]);
    const [, completed] = await world.versions(id);
    expect(completed?.record).toMatchObject({ reason: "list-row-completed" });
    expect((await world.dependencies.knownScopes.read(scope)).heals).toEqual({});
  });

  it("is no version to go back to: an edit of such a definition is recorded and not healed", async () => {
    const { world, ids } = await listedWithout(some, { reconcile: { policy: "heal" } });
    await world.reconcile();
    const [id = ""] = await falselyListed(world, ids, some);
    expect(id).not.toBe("");
    world.edit({ action: "rename", definitionId: id, name: "changed" });
    for (let runs = 0; runs < 2; runs += 1) {
      await world.reconcile();
      await world.applyQueued();
    }
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated reconciliation"]);
    expect(world.workspace.definition(id)).toMatchObject({ name: "changed", tool_mocks: [{}] });
  });
});

describe("a list that shows all", () => {
  it("costs few reads, and an edit of what was taken from it is an edit", async () => {
    const world = reconciliationWorld({ engines: [ENGINES[0]], reconcile: { policy: "heal" } });
    const ids = Array.from({ length: 30 }, (_, index) => world.create(`case ${index}`));
    await world.reconcile();
    const gets = world.workspace.requests({ method: "GET" }).filter(({ path }) => path.includes("get-test"));
    expect(gets.length).toBeLessThanOrEqual(6);
    const taken = [];
    for (const id of ids) if ((await world.versions(id))[0]?.record.reason === "list-row") taken.push(id);
    const [id = ""] = taken;
    world.edit({ action: "edit", definitionId: id, set: { folder: "added" } });
    await world.reconcile();
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated reconciliation"]);
    expect(world.metrics.get("DriftRecorded")).toBe(1);
    expect(world.metrics.get("HealSubmitted")).toBe(1);
  });

  it("says so for each of its pages: one row of each is compared", async () => {
    const world = reconciliationWorld({ engines: [ENGINES[0]], pageSize: 10 });
    for (let made = 0; made < 50; made += 1) world.create(`case ${made}`);
    await world.reconcile();
    const gets = world.workspace.requests({ method: "GET" }).filter(({ path }) => path.includes("get-test"));
    expect(gets.length).toBeGreaterThanOrEqual(9);
    expect(gets.length).toBeLessThanOrEqual(10);
  });
});
