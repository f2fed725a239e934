import { beforeEach, describe, expect, it } from "vitest";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import { isListOfDefinitions, told } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  testCase,
} from "../../support/reconciliation/reconciliation-world.ts";

const decide = (
  world: ReconciliationWorld,
  ...decision: [string, "confirm" | "discard", Parameters<typeof decideHalted>[3]?]
) => decideHalted(world.dependencies, ...decision);

describe("a decision that comes when the halt is over", () => {
  it("(discard) hides nothing that is deleted since", async () => {
    const world = reconciliationWorld();
    const ids = Array.from({ length: 10 }, (_, nth) => world.create(`case ${nth}`));
    await world.reconcile();
    world.hooks.lie = (delivery, call) =>
      isListOfDefinitions(call) ? told({ kind: "empty" }, delivery, call, new Map()) : delivery;
    const { run } = await world.reconcile();
    expect(run.status).toBe("halted");
    world.hooks.lie = undefined;
    expect((await world.reconcile()).run.status).toBe("completed");
    const [definitionId = ""] = ids;
    world.edit({ action: "delete", definitionId });
    expect((await decide(world, run.runId, "discard")).kind).toBe("decided");
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1 });
    expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 1 });
  });
});

describe("two decisions at the same time", () => {
  let world: ReconciliationWorld;
  let ids: readonly string[];
  let runId: string;
  const known = (engine: string) =>
    world.dependencies.knownScopes.read({ connection: "retell", scope: scopeOf(engine) });

  beforeEach(async () => {
    world = reconciliationWorld();
    ids = ENGINES.flatMap((engine) =>
      Array.from({ length: 5 }, (_, index) => world.create(`case ${index}`, engine)),
    );
    await world.reconcile();
    for (const definitionId of ids) world.edit({ action: "delete", definitionId });
    ({ runId } = (await world.reconcile()).run);
  });

  it.each([
    ["confirm", "discard"],
    ["discard", "confirm"],
  ] as const)("(%s and %s): one is made of all scopes, the other is told so", async (one, other) => {
    const answers = await Promise.all([decide(world, runId, one), decide(world, runId, other)]);
    expect(answers.map(({ kind }) => kind)).toEqual(["decided", "being-decided"]);
    const { scopes } = await world.resultOf(runId);
    expect(scopes.map(({ decided }) => decided)).toEqual([one, one]);
    for (const engine of ENGINES) {
      const { confirmed, silenced } = await known(engine);
      expect([confirmed.size, silenced.size]).toEqual(one === "confirm" ? [5, 0] : [0, 5]);
    }
    expect((await decide(world, runId, other)).kind).toBe("not-halted");
  });

  it("of which the first dies in the middle: another one goes on after a while", async () => {
    const { decide: kept } = world.dependencies.scopeRuns;
    world.dependencies.scopeRuns.decide = () => new Promise<boolean>(() => undefined);
    void decide(world, runId, "confirm");
    await new Promise((resolve) => setImmediate(resolve));
    world.dependencies.scopeRuns.decide = kept;
    expect((await decide(world, runId, "discard")).kind).toBe("being-decided");
    world.clock.pass(30_001);
    expect((await decide(world, runId, "discard")).kind).toBe("decided");
    expect((await known(ENGINES[0])).silenced.size).toBe(5);
  });

  it("is written with what is known of the scope, although a run ends meanwhile", async () => {
    const { read } = world.dependencies.knownScopes;
    let reads = 0;
    world.dependencies.knownScopes.read = async (key) => {
      const before = await read(key);
      // Somebody is faster, once.
      if (reads++ === 0) await world.dependencies.knownScopes.write({ ...before, definitions: 7 });
      return before;
    };
    expect((await decide(world, runId, "confirm")).kind).toBe("decided");
    expect(await known(ENGINES[0])).toMatchObject({ definitions: 7, confirmed: expect.anything() });
    expect((await known(ENGINES[0])).confirmed.size).toBe(5);
  });
});

describe("a run that was halted for another workspace", () => {
  /** Five scopes with a definition each, of a provider that does not say whose the key is; three are gone then. */
  async function haltedRun(): Promise<{ world: ReconciliationWorld; ids: string[]; runId: string }> {
    const world = reconciliationWorld({ engines: ["llm_1", "llm_2", "llm_3", "llm_4", "llm_5"] });
    const { provider } = world.dependencies;
    const nameless: typeof provider.checkKey = async (options) => ({
      ...(await provider.checkKey(options)),
      body: { workspace: undefined },
    });
    Object.assign(world.dependencies, { provider: { ...provider, checkKey: nameless } });
    const ids = [1, 2, 3, 4, 5].map((nth) => world.create(`case ${nth}`, `llm_${nth}`));
    await world.reconcile();
    for (const id of ["llm_1", "llm_2", "llm_3"]) {
      world.edit({ action: "delete-engine", type: "retell-llm", id });
    }
    for (const definitionId of ids.slice(0, 3)) world.edit({ action: "delete", definitionId });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "halted", reason: "other-workspace" });
    expect(run.otherWorkspace).toBeUndefined();
    return { world, ids, runId: run.runId };
  }
  const accepted = async (world: ReconciliationWorld) =>
    (await world.dependencies.health.read("retell")).acceptedKeyVersion;

  it("whose name nobody knows, and that is confirmed: later runs go on, until the account looks as it did", async () => {
    const { world, ids, runId } = await haltedRun();
    expect(await decide(world, runId, "confirm")).toMatchObject({
      kind: "decided",
      run: { status: "unfinished", reason: "other-workspace-confirmed" },
    });
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { missing: 3 } });
    expect(await accepted(world)).toBe("1");
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { deleted: 3 } });
    expect(await world.history(ids[0] ?? "")).toEqual(["baseline reconciliation", "deleted reconciliation"]);
    await world.reconcile();
    expect(await accepted(world)).toBeUndefined();
  });

  it("whose name nobody knows, and that is discarded: the next one halts again", async () => {
    const { world, runId } = await haltedRun();
    await decide(world, runId, "discard");
    expect((await world.reconcile()).run).toMatchObject({ status: "halted", reason: "other-workspace" });
  });

  it.each([
    ["a scope", { scope: scopeOf("llm_1") }],
    ["some definitions", { definitionIds: ["x"] }],
  ])("is not decided about by %s of it: nothing is done", async (_what, about) => {
    const { world, runId } = await haltedRun();
    expect(await decide(world, runId, "confirm", about)).toEqual({ kind: "whole-run" });
    expect(await accepted(world)).toBeUndefined();
    expect((await world.resultOf(runId)).run.status).toBe("halted");
  });

  it("that is another one by now: what was missing in the one before has to be missed in this one", async () => {
    const world = reconciliationWorld();
    const rows = ENGINES.map((id) => ({ type: "retell-llm" as const, id, version: 3, modifiedAt: 1 }));
    world.edit({ action: "add-workspace", seed: { id: "workspace_2", orgName: "Another", engines: rows } });
    const useKeyOf = (workspace: string) =>
      world.edit({ action: "set-key", apiKey: "key_test", key: { workspace } });
    // Nobody knows better: the first run of all takes the wrong account for the right one.
    useKeyOf("workspace_2");
    await world.reconcile();
    useKeyOf("workspace_1");
    await world.apply({ requestId: "c", operation: "create", definition: testCase("made") });
    const [mirror] = [...world.tables.targets.values()].flatMap((item) => item.mirror ?? []);
    const id = mirror?.definitionId ?? "";
    useKeyOf("workspace_2");
    world.clock.pass(60_000);
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1 });
    useKeyOf("workspace_1");
    world.clock.pass(60_000);
    world.edit({ action: "delete", definitionId: id });
    const deletedAt = world.clock.now();
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "halted", reason: "other-workspace" });
    await decide(world, run.runId, "confirm");
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1, deleted: 0 });
    expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 1 });
    const [from = 0, to = 0] = (await world.versions(id)).at(-1)?.record.occurredBetween ?? [];
    expect(from).toBeLessThanOrEqual(deletedAt);
    expect(to).toBeGreaterThanOrEqual(deletedAt);
  });
});
