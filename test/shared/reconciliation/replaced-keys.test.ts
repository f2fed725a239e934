/** A replaced key may open another account, which nobody need name: what it does not show is not believed to be gone. */
import { describe, expect, it } from "vitest";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import type { TransportHooks } from "../../support/reconciliation/direct-transport.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  testCase,
} from "../../support/reconciliation/reconciliation-world.ts";

/** As of a provider that says nothing about its keys. */
const namesNoWorkspace: TransportHooks["lie"] = (delivery, { path }) =>
  delivery.kind === "answer" && path === "/get-api-key-info"
    ? { ...delivery, answer: { ...delivery.answer, body: "{}" } }
    : delivery;

/** Three accounts with the same engines; each key is a version of the secret. */
function accounts({ isNamed }: { readonly isNamed: boolean }): ReconciliationWorld {
  const world = reconciliationWorld();
  if (!isNamed) world.hooks.lie = namesNoWorkspace;
  const engines = ENGINES.map((id) => ({ type: "retell-llm" as const, id, version: 3, modifiedAt: 1 }));
  for (const id of ["workspace_2", "workspace_3"]) {
    world.edit({ action: "add-workspace", seed: { id, orgName: "Acme", engines } });
  }
  return world;
}
function useKey(world: ReconciliationWorld, account: 1 | 2 | 3, keyVersion = `${account}`): void {
  const key = { workspace: `workspace_${account}` };
  world.edit({ action: "set-key", apiKey: "key_test", key });
  world.outside.keyVersion = keyVersion;
}

const halted = { status: "halted", reason: "other-workspace" };
const completed = { status: "completed" };
const other = { kind: "wait", reason: "other-workspace" };
const reconciled = async (world: ReconciliationWorld) => (await world.reconcile()).run;
let requests = 0;
const create = async (world: ReconciliationWorld, name: string) => {
  requests += 1;
  const disposition = await world.apply({
    requestId: `r-${requests}`,
    operation: "create",
    definition: testCase(name),
  });
  expect(disposition).toEqual({ kind: "done", status: "applied" });
};
const update = (world: ReconciliationWorld, definitionId: string, name: string) =>
  world.apply({ requestId: `r-${++requests}`, operation: "update", definitionId, patch: { name } });
const remove = (world: ReconciliationWorld, definitionId: string) =>
  world.apply({ requestId: `r-${++requests}`, operation: "delete", definitionId });

describe.each([
  ["the same", true],
  ["nothing", false],
])("another account's key, where both accounts are called %s", (_what, isNamed) => {
  it("halts every run, with one known definition to tell, until it has shown that", async () => {
    const world = accounts({ isNamed });
    const id = world.create("only");
    await world.reconcile();
    useKey(world, 2);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    useKey(world, 1, "new");
    expect(await reconciled(world)).toMatchObject(completed);
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
    // It has shown it: from now on the new version is as good as the old one was.
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted reconciliation"]);
  });

  it("does not become the right one by a first request", async () => {
    const world = accounts({ isNamed });
    const id = world.create("only");
    await world.reconcile();
    useKey(world, 2);
    expect(await update(world, id, "x")).toMatchObject(other);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("does not become the right one by what is made or first met in it", async () => {
    const world = accounts({ isNamed });
    const ids = [world.create("a"), world.create("b")];
    await world.reconcile();
    useKey(world, 2);
    await create(world, "made there");
    const [made] = world.workspace.definitions("workspace_2");
    expect(await update(world, String(made?.["test_case_definition_id"]), "again")).toMatchObject({
      status: "applied",
    });
    expect(await remove(world, ids[0] ?? "")).toMatchObject(other);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("was the first to be used, and is not the right one once another has shown something", async () => {
    const world = accounts({ isNamed });
    const ids = [world.create("a"), world.create("b")];
    useKey(world, 2);
    await world.reconcile();
    useKey(world, 1);
    expect(await reconciled(world)).toMatchObject(completed);
    useKey(world, 2);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    for (const id of ids) expect((await world.mirror(id))?.missingSince).toBeUndefined();
  });

  it("was the first to be used, and a request was the first to meet something with the right one", async () => {
    const world = accounts({ isNamed });
    const id = world.create("only");
    useKey(world, 2);
    await world.reconcile();
    useKey(world, 1);
    await update(world, id, "known");
    useKey(world, 2);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
  });

  it("was tried once, and shows nothing when all that was known before that is gone", async () => {
    const world = accounts({ isNamed });
    const first = world.create("a");
    await world.reconcile();
    useKey(world, 2);
    expect(await update(world, first, "x")).toMatchObject(other);
    useKey(world, 1);
    await remove(world, first);
    const ids = [world.create("b"), world.create("c")];
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(completed);
    useKey(world, 2);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    for (const id of ids) expect(await world.history(id)).toEqual(["created reconciliation"]);
    // A day with the right one later, whatever the other has brought in is gone: all that is known is proof again.
    useKey(world, 1);
    world.clock.pass(86_400_000);
    expect(await reconciled(world)).toMatchObject(completed);
    useKey(world, 1, "new");
    expect(await reconciled(world)).toMatchObject(completed);
  });

  it.each([
    ["a run", 1, (world: ReconciliationWorld) => world.reconcile()],
    ["a request", 2, (world: ReconciliationWorld, id: string) => remove(world, id)],
  ])("is not the right one where it was replaced while %s asked for samples", async (_by, nth, acts) => {
    const world = accounts({ isNamed });
    const ids = [world.create("a"), world.create("b")];
    await world.reconcile();
    useKey(world, 2);
    let gets = 0;
    world.hooks.before = ({ path }) => {
      if (path.startsWith("/get-test-case-definition") && ++gets === nth) useKey(world, 1, "3");
    };
    await acts(world, ids[0] ?? "");
    world.hooks.before = undefined;
    useKey(world, 2);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("is told from the one with which requests began, although nobody could say whose that was", async () => {
    const world = accounts({ isNamed });
    const { lie } = world.hooks;
    world.hooks.lie = (delivery, call) =>
      call.path === "/get-api-key-info"
        ? { kind: "answer", answer: { status: 503, headers: {}, body: "" } }
        : (lie?.(delivery, call) ?? delivery);
    await create(world, "a");
    world.hooks.lie = lie;
    const [made] = world.workspace.definitions("workspace_1");
    useKey(world, 2);
    world.clock.pass(120_000);
    expect(await remove(world, String(made?.["test_case_definition_id"]))).toMatchObject(other);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
  });

  it("that an operator has confirmed is no word for a third one", async () => {
    const world = accounts({ isNamed });
    const ids = [world.create("a"), world.create("b"), world.create("c")];
    world.edit({ action: "create", workspace: "workspace_2", definition: testCase("there") });
    await world.reconcile();
    useKey(world, 2);
    const { runId } = await reconciled(world);
    await decideHalted(world.dependencies, runId, "confirm");
    expect(await reconciled(world)).toMatchObject({ ...completed, counts: { missing: 3 } });
    useKey(world, 3);
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(halted);
    for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });
});

describe("a replaced key of the same account stops nobody", () => {
  it("where nothing was known when it came", async () => {
    const world = accounts({ isNamed: true });
    await world.reconcile();
    useKey(world, 1, "new");
    await world.reconcile();
    const id = world.create("first");
    await world.reconcile();
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 2; runs += 1) expect(await reconciled(world)).toMatchObject(completed);
    expect((await world.history(id)).at(-1)).toBe("deleted reconciliation");
  });

  it("where all that was known had been deleted by requests", async () => {
    const world = accounts({ isNamed: true });
    const id = world.create("a");
    await world.reconcile();
    await remove(world, id);
    useKey(world, 1, "new");
    await create(world, "next");
    const [next] = world.workspace.definitions("workspace_1");
    const definitionId = String(next?.["test_case_definition_id"]);
    world.edit({ action: "delete", definitionId });
    // What we made just now, a lagging copy need not show yet.
    expect(await remove(world, definitionId)).toMatchObject({ kind: "wait", reason: "stale-read" });
    world.clock.pass(61_000);
    expect(await remove(world, definitionId)).toMatchObject({ kind: "done" });
    expect(await reconciled(world)).toMatchObject(completed);
  });

  it("where the last definition had been missed before: the deletion is found again with this key, twice", async () => {
    const world = accounts({ isNamed: true });
    const id = world.create("a");
    await world.reconcile();
    world.edit({ action: "delete", definitionId: id });
    await world.reconcile();
    useKey(world, 1, "new");
    expect(await reconciled(world)).toMatchObject({ ...completed, counts: { missing: 1, deleted: 0 } });
    expect(await reconciled(world)).toMatchObject({ ...completed, counts: { deleted: 1 } });
  });
});
