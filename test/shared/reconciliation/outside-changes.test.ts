import { beforeEach, describe, expect, it } from "vitest";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  testCase,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
beforeEach(() => {
  world = reconciliationWorld({ reconcile: { confirmDeletionAfter: "10 minutes" } });
});

/** The last version's record. */
async function last(id: string) {
  return (await world.versions(id)).at(-1)?.record;
}

/** An instant inside the interval in which a change is said to have happened. */
async function expectInside(id: string, at: number): Promise<void> {
  const [from = Number.NaN, to = Number.NaN] = (await last(id))?.occurredBetween ?? [];
  expect(from).toBeLessThanOrEqual(at);
  expect(to).toBeGreaterThanOrEqual(at);
}

describe("the first run", () => {
  it("records what is there once, as baselines, and says what it found", async () => {
    const ids = [world.create("a"), world.create("b"), world.create("c", ENGINES[1])];
    const { run, scopes } = await world.reconcile();
    expect(run).toMatchObject({
      status: "completed",
      trigger: "schedule",
      workspace: "Acme",
      counts: { listed: 3, baselines: 3, created: 0, left: 0 },
      tally: { total: 2, open: 0 },
    });
    expect(scopes).toMatchObject([
      { scope: scopeOf(ENGINES[0]), status: "completed", counts: { listed: 2, baselines: 2 } },
      { scope: scopeOf(ENGINES[1]), status: "completed", counts: { listed: 1, baselines: 1 } },
    ]);
    for (const id of ids) {
      expect(await world.history(id)).toEqual(["baseline reconciliation"]);
      expect((await last(id))?.occurredBetween).toBeUndefined();
    }
  });

  it("is followed by runs that only list, and record nothing", async () => {
    for (let made = 0; made < 5; made += 1) world.create(`case ${made}`);
    await world.reconcile();
    const before = world.workspace.requests().length;
    const versions = world.tables.versions.size;
    const { run } = await world.reconcile();
    const calls = world.workspace.requests().slice(before);
    expect(calls.map(({ path }) => path)).toEqual([
      "/get-api-key-info",
      "/v2/list-retell-llms",
      "/v2/list-conversation-flows",
      "/v2/list-test-case-definitions",
      "/v2/list-test-case-definitions",
    ]);
    expect(run).toMatchObject({ status: "completed", counts: { listed: 5, baselines: 0, changed: 0 } });
    expect(world.tables.versions.size).toBe(versions);
  });
});

it("an index that lags behind the mirrors raises no questions", async () => {
  const ids = Array.from({ length: 4 }, (_, index) => world.create(`case ${index}`));
  await world.reconcile();
  world.dependencies.knownDefinitions.inScope = async () => [];
  const before = world.workspace.requests({ method: "GET" }).length;
  const { run } = await world.reconcile();
  expect(run.counts).toMatchObject({ listed: 4, baselines: 0, created: 0, changed: 0, left: 0 });
  const calls = world.workspace.requests({ method: "GET" }).slice(before);
  expect(calls.filter(({ path }) => path.includes("get-test-case"))).toEqual([]);
  for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
});

describe("what was done outside", () => {
  it("an edit is in the history with the interval in which it was made", async () => {
    const id = world.create("a");
    await world.reconcile();
    world.clock.pass(60_000);
    world.edit({ action: "edit", definitionId: id, set: { user_prompt: "Another prompt." } });
    const editedAt = world.clock.now();
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ changed: 1, created: 0, moved: 0, left: 0 });
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated reconciliation"]);
    await expectInside(id, editedAt);
    expect(await last(id)).toMatchObject({ effectiveAt: editedAt });
    expect(world.metrics.get("DriftRecorded")).toBe(1);
  });

  it("an edit that advanced no timestamp is found as well", async () => {
    const id = world.create("a");
    await world.reconcile();
    world.clock.pass(60_000);
    world.edit({ action: "edit", definitionId: id, set: { name: "b" }, bumpTimestamp: false });
    const editedAt = world.clock.now();
    await world.reconcile();
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated reconciliation"]);
    await expectInside(id, editedAt);
  });

  it("a creation is recorded as one, with the interval", async () => {
    await world.reconcile();
    world.clock.pass(60_000);
    const id = world.create("new");
    const createdAt = world.clock.now();
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ created: 1, baselines: 0 });
    expect(await world.history(id)).toEqual(["created reconciliation"]);
    await expectInside(id, createdAt);
  });

  it("a move is recorded as one, with the interval, whichever scope is read first", async () => {
    const there = world.create("a", ENGINES[0]);
    const back = world.create("b", ENGINES[1]);
    await world.reconcile();
    world.clock.pass(60_000);
    for (const [id, engine] of [
      [there, ENGINES[1]],
      [back, ENGINES[0]],
    ] as const) {
      const responseEngine = { type: "retell-llm", llm_id: engine, version: 0 };
      world.edit({ action: "move", definitionId: id, responseEngine });
    }
    const movedAt = world.clock.now();
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ moved: 2, missing: 0, deleted: 0 });
    for (const id of [there, back]) {
      expect(await world.history(id)).toEqual(["baseline reconciliation", "moved reconciliation"]);
      await expectInside(id, movedAt);
    }
    expect((await world.mirror(there))?.scope).toBe(scopeOf(ENGINES[1]));
  });

  it("a deletion is recorded by the second run that finds it, with the interval of the first", async () => {
    const id = world.create("a");
    world.create("b");
    await world.reconcile();
    world.clock.pass(60_000);
    world.edit({ action: "delete", definitionId: id });
    const deletedAt = world.clock.now();
    const first = await world.reconcile();
    const foundAt = world.clock.now();
    expect(first.run.counts).toMatchObject({ missing: 1, deleted: 0 });
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
    expect((await world.mirror(id))?.missingSince).toBeDefined();
    const second = await world.reconcile();
    expect(second.run.counts).toMatchObject({ missing: 0, deleted: 1 });
    expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted reconciliation"]);
    await expectInside(id, deletedAt);
    expect((await last(id))?.occurredBetween?.[1]).toBeLessThanOrEqual(foundAt);
    expect(await world.mirror(id)).toMatchObject({ deleted: true });
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
    expect(world.metrics.get("DeletionRecorded")).toBe(1);
    await world.reconcile();
    expect(await world.history(id)).toHaveLength(2);
  });

  it("a deletion is not recorded before the confirm interval has passed", async () => {
    const id = world.create("a");
    await world.reconcile();
    world.edit({ action: "delete", definitionId: id });
    await world.reconcile();
    const soon = await world.reconcile({ everyMs: 1_000 });
    expect(soon.run.counts).toMatchObject({ missing: 1, deleted: 0 });
    const later = await world.reconcile({ everyMs: 600_000 });
    expect(later.run.counts).toMatchObject({ missing: 0, deleted: 1 });
  });

  it("what was made just now, and is not to be seen everywhere yet, is not missing", async () => {
    await world.reconcile();
    world.clock.pass(60_000);
    await world.apply({ requestId: "c", operation: "create", definition: testCase("made") });
    const [id = ""] = [...world.tables.targets.values()].flatMap(({ mirror }) => mirror?.definitionId ?? []);
    world.workspace.setSwitches({ listLagMs: 60_000, getLagMs: 60_000 });
    const { run } = await world.reconcile({ everyMs: 1_000 });
    expect(run.counts).toMatchObject({ missing: 0, left: 1 });
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
  });

  it("what reappears is not missing any more", async () => {
    const id = world.create("a");
    await world.reconcile();
    // For one run neither the list nor a GET shows it.
    world.hooks.lie = (delivery, { path }) =>
      path.includes("get-test-case-definition")
        ? { kind: "answer", answer: { status: 404, headers: {}, body: "{}" } }
        : path.includes("list-test-case")
          ? { kind: "answer", answer: { status: 200, headers: {}, body: '{"items":[],"has_more":false}' } }
          : delivery;
    expect((await world.reconcile()).run.counts.missing).toBe(1);
    world.hooks.lie = undefined;
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ missing: 0, deleted: 0, changed: 0 });
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("several changes between two runs are one version, the last state", async () => {
    const id = world.create("a");
    await world.reconcile();
    world.edit({ action: "rename", definitionId: id, name: "b" });
    world.clock.pass(1_000);
    world.edit({ action: "rename", definitionId: id, name: "c" });
    await world.reconcile();
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated reconciliation"]);
    expect((await world.mirror(id))?.name).toBe("c");
  });

  it("what was deleted through the system stays deleted", async () => {
    const id = world.create("a");
    await world.reconcile();
    await world.apply({ requestId: "d1", operation: "delete", definitionId: id });
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ missing: 0, deleted: 0, changed: 0 });
    expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted change_request"]);
  });
});
