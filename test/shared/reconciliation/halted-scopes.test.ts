import { beforeEach, describe, expect, it } from "vitest";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import { isListOfDefinitions, told } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
let ids: readonly string[];
beforeEach(async () => {
  world = reconciliationWorld();
  ids = Array.from({ length: 10 }, (_, index) => world.create(`case ${index}`));
  world.create("elsewhere", ENGINES[1]);
  await world.reconcile();
});

const engine = { type: "retell-llm", id: ENGINES[0] } as const;
const known = () => world.dependencies.knownScopes.read({ connection: "retell", scope: scopeOf(ENGINES[0]) });
const decide = (
  runId: string,
  ...decision: [Parameters<typeof decideHalted>[2], Parameters<typeof decideHalted>[3]?]
) => decideHalted(world.dependencies, runId, ...decision);
const gets = () =>
  world.workspace.requests({ method: "GET" }).filter(({ path }) => path.includes("get-test"));
const deleteOutside = (some: readonly string[]) => {
  for (const definitionId of some) world.edit({ action: "delete", definitionId });
};

/** The first scope's list is empty. */
const emptied: ReconciliationWorld["hooks"]["lie"] = (delivery, call) =>
  isListOfDefinitions(call) && call.path.includes(ENGINES[0])
    ? told({ kind: "empty" }, delivery, call, new Map())
    : delivery;

async function expectNothingRecorded(): Promise<void> {
  for (const id of ids) {
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
  }
}

describe("a scope with too much missing", () => {
  it("halts with the ids of what is missing, and nothing of it is recorded or asked for", async () => {
    deleteOutside(ids.slice(0, 4));
    world.edit({ action: "rename", definitionId: ids[9] ?? "", name: "changed as well" });
    const before = gets().length;
    const { run, scopes } = await world.reconcile();
    expect(run).toMatchObject({ status: "halted", counts: { missing: 0, deleted: 0, changed: 0 } });
    expect(scopes).toMatchObject([
      { status: "halted", reason: "too-much-missing", halted: expect.any(Array) },
      { status: "completed" },
    ]);
    expect(scopes[0]?.halted?.toSorted()).toEqual(ids.slice(0, 4).toSorted());
    expect(world.metrics.get("ScopeHalted")).toBe(1);
    expect(gets().length).toBe(before);
    await expectNothingRecorded();
  });

  it.each([
    ["whose list is empty", emptied, undefined],
    ["whose engine was deleted", undefined, { action: "delete-engine", ...engine } as const],
  ])("halts: one %s", async (_what, lie, edit) => {
    world.hooks.lie = lie;
    if (edit !== undefined) world.edit(edit);
    const { scopes } = await world.reconcile();
    expect(scopes[0]).toMatchObject({ status: "halted", counts: { listed: 0 } });
    expect(scopes[0]?.halted).toHaveLength(10);
    await expectNothingRecorded();
  });

  it("does not ring again, and later runs record everything else", async () => {
    deleteOutside(ids.slice(0, 4));
    await world.reconcile();
    world.edit({ action: "rename", definitionId: ids[9] ?? "", name: "changed" });
    const { run, scopes } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { changed: 1, missing: 0 } });
    expect(scopes[0]?.halted).toBeUndefined();
    expect(world.metrics.get("ScopeHalted")).toBe(1);
    expect(await world.history(ids[9] ?? "")).toEqual(["baseline reconciliation", "updated reconciliation"]);
    for (const id of ids.slice(0, 4)) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("halts again for what else is too much, and only for that one alarm", async () => {
    deleteOutside(ids.slice(0, 4));
    await world.reconcile();
    deleteOutside(ids.slice(4, 6));
    const few = await world.reconcile();
    expect(few.run).toMatchObject({ status: "completed", counts: { missing: 2 } });
    deleteOutside(ids.slice(6, 10));
    const many = await world.reconcile();
    expect(many.scopes[0]).toMatchObject({ status: "halted" });
    expect(many.scopes[0]?.halted).toHaveLength(10);
    expect(world.metrics.get("ScopeHalted")).toBe(2);
  });

  it("goes on by itself when the list shows all of it again", async () => {
    world.hooks.lie = emptied;
    const { run } = await world.reconcile();
    expect((await known()).haltedRunId).toBe(run.runId);
    world.hooks.lie = undefined;
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { listed: 11 } });
    expect((await known()).haltedRunId).toBeUndefined();
    await expectNothingRecorded();
    world.hooks.lie = emptied;
    await world.reconcile();
    expect(world.metrics.get("ScopeHalted")).toBe(2);
  });
});

describe("a decision about a halted run", () => {
  it("to confirm lets what is missing through the normal rule, by two more runs", async () => {
    deleteOutside(ids.slice(0, 4));
    const { run } = await world.reconcile();
    expect(await decide(run.runId, "confirm")).toMatchObject({
      kind: "decided",
      run: { status: "completed" },
    });
    await expectNothingRecorded();
    const first = await world.reconcile();
    expect(first.run).toMatchObject({ status: "completed", counts: { missing: 4, deleted: 0 } });
    const second = await world.reconcile();
    expect(second.run).toMatchObject({ counts: { missing: 0, deleted: 4 } });
    for (const id of ids.slice(0, 4)) {
      expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted reconciliation"]);
    }
    expect((await world.dependencies.scopeRuns.list(run))[0]).toMatchObject({
      status: "completed",
      decided: "confirm",
    });
  });

  it("to confirm records nothing that lives", async () => {
    world.hooks.lie = (delivery, call) =>
      isListOfDefinitions(call) ? told({ kind: "empty" }, delivery, call, new Map()) : delivery;
    const { run } = await world.reconcile();
    await decide(run.runId, "confirm");
    for (let runs = 0; runs < 3; runs += 1) {
      expect((await world.reconcile()).run).toMatchObject({ counts: { missing: 0, deleted: 0 } });
    }
    expect(world.metrics.get("ScopeHalted")).toBe(1);
    await expectNothingRecorded();
  });

  it("to discard silences what is missing until a list shows it", async () => {
    const lie: ReconciliationWorld["hooks"]["lie"] = (delivery, call) =>
      isListOfDefinitions(call) ? told({ kind: "empty" }, delivery, call, new Map()) : delivery;
    world.hooks.lie = lie;
    const { run } = await world.reconcile();
    expect(await decide(run.runId, "discard")).toMatchObject({
      kind: "decided",
      run: { status: "completed" },
    });
    const before = gets().length;
    for (let runs = 0; runs < 2; runs += 1) {
      expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { missing: 0 } });
    }
    // The second scope's only definition is asked for; it is not many.
    expect(gets().length - before).toBe(2);
    await expectNothingRecorded();
    world.hooks.lie = undefined;
    await world.reconcile();
    expect((await known()).silenced.size).toBe(0);
    world.hooks.lie = lie;
    expect((await world.reconcile()).run.status).toBe("halted");
  });

  it("may be about some of it; the rest stays halted until it is decided too", async () => {
    deleteOutside(ids.slice(0, 5));
    const { run } = await world.reconcile();
    const scope = scopeOf(ENGINES[0]);
    const some = { scope, definitionIds: ids.slice(0, 2) };
    expect(await decide(run.runId, "confirm", some)).toMatchObject({ run: { status: "halted" } });
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 2 });
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 0, deleted: 2 });
    expect(await decide(run.runId, "discard")).toMatchObject({ run: { status: "completed" } });
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 0, deleted: 0 });
    for (const id of ids.slice(2, 5)) expect(await world.history(id)).toHaveLength(1);
    expect((await known()).haltedRunId).toBeUndefined();
  });

  it("needs a run that is halted, and definitions that are", async () => {
    const { run } = await world.reconcile();
    expect(await decide("another", "confirm")).toEqual({ kind: "unknown-run" });
    expect(await decide(run.runId, "confirm")).toMatchObject({ kind: "not-halted" });
    deleteOutside(ids.slice(0, 4));
    const halted = (await world.reconcile()).run;
    const some = { definitionIds: [ids[0] ?? "", ids[9] ?? ""] };
    expect(await decide(halted.runId, "confirm", some)).toEqual({
      kind: "unknown-definitions",
      definitionIds: [ids[9]],
    });
    expect((await known()).confirmed.size).toBe(0);
    expect(await decide(halted.runId, "confirm", { scope: scopeOf(ENGINES[1]) })).toMatchObject({
      kind: "not-halted",
    });
    expect(await decide(halted.runId, "confirm")).toMatchObject({ kind: "decided" });
    expect(await decide(halted.runId, "discard")).toMatchObject({ kind: "not-halted" });
  });

  it("that is made while the scope is reconciled is not lost", async () => {
    deleteOutside(ids.slice(0, 4));
    const { run } = await world.reconcile();
    let isDecided = false;
    world.hooks.after = async (call) => {
      if (isDecided || !isListOfDefinitions(call)) return;
      isDecided = true;
      await decide(run.runId, "confirm");
    };
    await world.reconcile();
    expect(isDecided).toBe(true);
    expect((await known()).confirmed.size).toBe(4);
    await world.reconcile();
    expect((await world.reconcile()).run.counts.deleted).toBe(4);
  });
});

it("a halted run is kept until it is decided", async () => {
  deleteOutside(ids.slice(0, 4));
  const { run } = await world.reconcile();
  const expiry = () =>
    [...world.tables.runs.values()].find((item) => item.run.runId === run.runId)?.expiresAt;
  expect(expiry()).toBeUndefined();
  await decide(run.runId, "discard");
  expect(expiry()).toBeGreaterThan(world.clock.now() / 1_000);
});
