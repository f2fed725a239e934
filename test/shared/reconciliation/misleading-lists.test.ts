import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../infra/local/simulators/delivery.ts";
import { falsehoods } from "../../support/reconciliation/falsehoods.ts";
import { isListOfDefinitions, type ListLie, told } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
} from "../../support/reconciliation/reconciliation-world.ts";

/** Three definitions in the first scope and one in the second, all of them recorded. */
async function recorded(pageSize = 100): Promise<{ world: ReconciliationWorld; ids: readonly string[] }> {
  const world = reconciliationWorld({ pageSize, switches: { invalidPaginationKey: "first-page" } });
  const ids = [world.create("a"), world.create("b"), world.create("c"), world.create("d", ENGINES[1])];
  await world.reconcile();
  return { world, ids };
}

/** Every list of the first scope lies so. */
function lieAbout(world: ReconciliationWorld, lie: ListLie, ofScope: string = ENGINES[0]): void {
  world.hooks.lie = (delivery: Delivery, call) =>
    isListOfDefinitions(call) && call.path.includes(ofScope)
      ? told(lie, delivery, call, new Map())
      : delivery;
}

/** Nothing but the baselines is in any history, and nothing is said to be missing. */
async function expectUntouched(world: ReconciliationWorld, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
  }
  expect(await falsehoods(world)).toEqual([]);
}

describe("a list that is none", () => {
  it.each<[string, ListLie, string]>([
    ["has no items", { kind: "no-items" }, "malformed-list"],
    ["has an item without an id", { kind: "no-id" }, "malformed-list"],
    ["has more and does not say where", { kind: "no-cursor" }, "malformed-list"],
    ["leads in a circle", { kind: "endless" }, "malformed-list"],
    ["is a page of HTML", { kind: "html" }, "malformed-list"],
    ["is cut in the middle", { kind: "cut" }, "malformed-list"],
    ["is nothing at all", { kind: "not-json" }, "malformed-list"],
    ["is refused for the key, which works", { kind: "status", status: 403 }, "refused-by-provider"],
    ["always fails", { kind: "status", status: 500 }, "provider-server-error"],
    ["is never answered", { kind: "no-answer" }, "provider-timeout"],
  ])(
    "%s: its scope is unfinished and says so, the other one is not touched by it",
    async (_what, lie, reason) => {
      const { world, ids } = await recorded();
      const before = await world.dependencies.knownScopes.read({
        connection: "retell",
        scope: scopeOf(ENGINES[0]),
      });
      lieAbout(world, lie);
      const { run, scopes } = await world.reconcile();
      expect(run.status).toBe("unfinished");
      expect(scopes).toMatchObject([{ status: "unfinished", reason }, { status: "completed" }]);
      expect(world.metrics.get("ReconciliationUnfinished")).toBe(1);
      expect(
        await world.dependencies.knownScopes.read({ connection: "retell", scope: scopeOf(ENGINES[0]) }),
      ).toEqual(before);
      await expectUntouched(world, ids);
      world.hooks.lie = undefined;
      expect((await world.reconcile()).run.status).toBe("completed");
    },
  );

  it("breaks off on its second page: nothing is concluded from the first", async () => {
    const { world, ids } = await recorded(2);
    let pages = 0;
    world.hooks.lie = (delivery, call) =>
      isListOfDefinitions(call) && call.path.includes("pagination_key") && pages++ === 0
        ? told({ kind: "status", status: 400 }, delivery, call, new Map())
        : delivery;
    const { scopes } = await world.reconcile();
    expect(scopes[0]).toMatchObject({ status: "unfinished", reason: "list-broken-off" });
    await expectUntouched(world, ids);
  });

  it("goes round over several pages is found out", async () => {
    const { world, ids } = await recorded(1);
    const keys: string[] = [];
    world.hooks.lie = (delivery, call) => {
      if (!isListOfDefinitions(call) || delivery.kind !== "answer") return delivery;
      const page = JSON.parse(delivery.answer.body);
      if (page.pagination_key !== undefined) keys.push(page.pagination_key);
      const body = JSON.stringify({
        ...page,
        has_more: true,
        pagination_key: page.pagination_key ?? keys[0],
      });
      return { kind: "answer", answer: { ...delivery.answer, body } };
    };
    const { scopes } = await world.reconcile();
    expect(scopes[0]).toMatchObject({ status: "unfinished", reason: "malformed-list" });
    // Of both scopes in both runs: as soon as it has come round.
    const lists = world.workspace.requests().filter((call) => isListOfDefinitions(call));
    expect(lists.length).toBeLessThan(15);
    await expectUntouched(world, ids);
  });
});

describe("a list that lies", () => {
  it.each<[string, ListLie]>([
    ["shows nothing", { kind: "empty" }],
    ["says that there is no such scope", { kind: "status", status: 404 }],
    ["refuses the scope", { kind: "status", status: 422 }],
    ["does not want to know the request", { kind: "status", status: 400 }],
    ["leaves one out", { kind: "omit", nth: 1 }],
    ["shows one twice", { kind: "twice", nth: 1 }],
    ["is an array, as it once was", { kind: "array" }],
    ["leaves a member out", { kind: "without", member: "tool_mocks" }],
    ["leaves the timestamps out", { kind: "without", member: "user_modified_timestamp" }],
    ["shows definitions that are not there", { kind: "foreign" }],
  ])("%s: everything is asked for, and nothing is recorded", async (_what, lie) => {
    const { world, ids } = await recorded();
    lieAbout(world, lie);
    for (let runs = 0; runs < 3; runs += 1) {
      const { run } = await world.reconcile();
      expect(run).toMatchObject({ status: "completed", counts: { changed: 0, created: 0, deleted: 0 } });
    }
    await expectUntouched(world, ids);
    expect(world.tables.versions.size).toBe(ids.length);
  });

  it("shifts its pages while they are read, and shows some twice and some never", async () => {
    const world = reconciliationWorld({ pageSize: 2, switches: { cursors: "offset" } });
    const ids = Array.from({ length: 7 }, (_, index) => world.create(`case ${index}`));
    await world.reconcile();
    let pages = 0;
    world.hooks.after = (call) => {
      if (!isListOfDefinitions(call)) return;
      pages += 1;
      if (pages === 1) world.create("at the front");
      if (pages === 2) world.edit({ action: "delete", definitionId: ids[6] ?? "" });
    };
    await world.reconcile();
    await world.reconcile();
    await world.reconcile();
    expect(await falsehoods(world)).toEqual([]);
    expect(await world.history(ids[6] ?? "")).toEqual(["baseline reconciliation", "deleted reconciliation"]);
    for (const id of ids.slice(0, 6)) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("shows an item of another scope", async () => {
    const { world, ids } = await recorded();
    world.workspace.addFault({
      match: { path: "/v2/list-test-case-definitions", query: { llm_id: ENGINES[0] } },
      list: { add: [ids[3] ?? ""] },
    });
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ moved: 0, created: 0, changed: 0 });
    await expectUntouched(world, ids);
  });
});

describe("rows that show less than a GET", () => {
  it("cost one GET each, and are then known", async () => {
    const { world, ids } = await recorded();
    lieAbout(world, { kind: "without", member: "tool_mocks" });
    const gets = () =>
      world.workspace.requests({ method: "GET" }).filter(({ path }) => path.includes("get-test"));
    const before = gets().length;
    await world.reconcile();
    expect(gets().length - before).toBe(3);
    await world.reconcile();
    await world.reconcile();
    expect(gets().length - before).toBe(3);
    // What they do show is compared.
    world.edit({ action: "rename", definitionId: ids[0] ?? "", name: "z" });
    const { run } = await world.reconcile();
    expect(run.counts.changed).toBe(1);
    const [, version] = await world.versions(ids[0] ?? "");
    expect(JSON.parse(version?.documentText ?? "{}").tool_mocks).toHaveLength(1);
    await world.reconcile();
    expect(gets().length - before).toBe(4);
  });

  it("are not taken for baselines", async () => {
    const world = reconciliationWorld();
    const ids = Array.from({ length: 5 }, (_, index) => world.create(`case ${index}`));
    lieAbout(world, { kind: "without", member: "tool_mocks" });
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ baselines: 5, left: 0 });
    expect(await falsehoods(world)).toEqual([]);
    await expectUntouched(world, ids);
  });

  it("of one kind do not make rows of another kind less believed", async () => {
    const world = reconciliationWorld();
    world.create("with more", ENGINES[0], { folder: "x" });
    for (let made = 0; made < 30; made += 1) world.create(`case ${made}`);
    const { run } = await world.reconcile();
    expect(run.counts.baselines).toBe(31);
    // Five rows, each kind of row, and one of the page.
    const gets = world.workspace.requests({ method: "GET" }).filter(({ path }) => path.includes("get-test"));
    expect(gets.length).toBeGreaterThanOrEqual(6);
    expect(gets.length).toBeLessThanOrEqual(7);
  });

  it("that come late with an old state are not remembered as that of the new one", async () => {
    const { world, ids } = await recorded();
    const [id = ""] = ids;
    const old = { ...world.workspace.definition(id) };
    world.edit({ action: "rename", definitionId: id, name: "new" });
    await world.reconcile();
    // The list shows the old row for a while; then somebody makes it true again.
    world.hooks.lie = (delivery, call) =>
      isListOfDefinitions(call) ? told({ kind: "stale" }, delivery, call, new Map([[id, old]])) : delivery;
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
    world.hooks.lie = undefined;
    world.edit({ action: "rename", definitionId: id, name: "a" });
    expect((await world.reconcile()).run.counts.changed).toBe(1);
    expect(await falsehoods(world)).toEqual([]);
  });
});
