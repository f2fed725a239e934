import { describe, expect, it } from "vitest";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
} from "../../support/reconciliation/reconciliation-world.ts";

async function recorded(): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld({ reconcile: { policy: "heal" } });
  const id = world.create("right");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  await world.reconcile();
  return { world, id };
}

const nameOf = (world: ReconciliationWorld, id: string) => world.workspace.definition(id)?.["name"];
const heals = async (world: ReconciliationWorld) =>
  (await world.dependencies.knownScopes.read({ connection: "retell", scope: scopeOf(ENGINES[0]) })).heals;
const rename = (world: ReconciliationWorld, definitionId: string, name: string) =>
  world.edit({ action: "rename", definitionId, name });
/** One interval: a run, and its heals. */
async function interval(world: ReconciliationWorld): Promise<void> {
  await world.reconcile();
  await world.applyQueued();
}

describe("a definition that is changed again and again, differently each time", () => {
  it("is healed five times a day, and the drift after that is told and left", async () => {
    const { world, id } = await recorded();
    for (let times = 1; times <= 7; times += 1) {
      rename(world, id, `wrong ${times}`);
      await interval(world);
    }
    expect(nameOf(world, id)).toBe("wrong 7");
    expect(world.metrics.get("HealSubmitted")).toBe(5);
    expect(world.metrics.get("HealStopped")).toBe(2);
    // A day later the fight may begin anew.
    world.clock.pass(86_400_000);
    rename(world, id, "wrong 8");
    await interval(world);
    expect(world.metrics.get("HealSubmitted")).toBe(6);
  });
});

describe("a heal that stops", () => {
  it("is told once, although the drift could not be recorded at first", async () => {
    const { world, id } = await recorded();
    for (let times = 0; times < 2; times += 1) {
      rename(world, id, "wrong");
      await interval(world);
    }
    rename(world, id, "wrong");
    const { record } = world.dependencies.observations;
    world.dependencies.observations.record = async () => ({ recorded: false, reason: "claimed" });
    expect((await world.reconcile()).run.counts).toMatchObject({ left: 1, changed: 0 });
    expect(world.metrics.get("HealStopped")).toBeUndefined();
    world.dependencies.observations.record = record;
    await interval(world);
    expect(world.metrics.get("HealStopped")).toBe(1);
    expect(world.metrics.get("HealSubmitted")).toBe(2);
  });
});

describe("drift that only a request has seen, which then wrote nothing", () => {
  /** The request expects what is not there any more. */
  const seenByRequest = async (world: ReconciliationWorld, definitionId: string, requestId: string) =>
    await world.apply({
      requestId,
      operation: "update",
      definitionId,
      patch: { user_prompt: "x" },
      expect: { version: 1 },
    });

  it("is healed by the next run", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await seenByRequest(world, id, "u1");
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated observed_before_write"]);
    expect((await world.mirror(id))?.healPending).toBe(2);
    expect(await heals(world)).toEqual({ [id]: [2] });
    await interval(world);
    expect(nameOf(world, id)).toBe("right");
    await interval(world);
    expect(await world.history(id)).toHaveLength(3);
    expect(await heals(world)).toEqual({});
  });

  it("is healed twice, and stops with the third time", async () => {
    const { world, id } = await recorded();
    for (let times = 1; times <= 3; times += 1) {
      rename(world, id, "wrong");
      await seenByRequest(world, id, `u${times}`);
      await interval(world);
      await interval(world);
    }
    expect(nameOf(world, id)).toBe("wrong");
    expect(world.metrics.get("HealSubmitted")).toBe(2);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });

  it("is left alone where the policy is to observe", async () => {
    const world = reconciliationWorld();
    const id = world.create("right");
    await world.reconcile();
    rename(world, id, "wrong");
    await seenByRequest(world, id, "u1");
    await interval(world);
    expect(nameOf(world, id)).toBe("wrong");
    expect((await world.mirror(id))?.healPending).toBeUndefined();
    expect(await heals(world)).toEqual({});
  });

  it("is left to a request that has written after it", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { user_prompt: "x" } });
    await interval(world);
    expect(await world.history(id)).toEqual([
      "baseline reconciliation",
      "updated observed_before_write",
      "updated change_request",
    ]);
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
    expect(await heals(world)).toEqual({});
  });

  it("and that is the provider's own is recorded as that, and never healed", async () => {
    const { world, id } = await recorded();
    world.edit({ action: "migrate-models", replacements: { "gpt-4.1": "gpt-5" }, bumpTimestamp: true });
    await seenByRequest(world, id, "u1");
    const record = (await world.versions(id)).at(-1)?.record;
    expect(record).toMatchObject({ source: "observed_before_write", reason: "provider-rewrite", version: 2 });
    await interval(world);
    await interval(world);
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
    expect(world.workspace.definition(id)?.["llm_model"]).toBe("gpt-5");
  });
});

describe("a change of most of a scope", () => {
  const MOST = 14;
  async function changedWidely(definitions = 20): Promise<{ world: ReconciliationWorld; ids: string[] }> {
    const world = reconciliationWorld({ reconcile: { policy: "heal" }, engines: ["llm_1"] });
    const ids = Array.from({ length: definitions }, (_, index) => world.create(`case ${index}`));
    await world.reconcile();
    for (const id of ids.slice(0, 0.7 * definitions)) rename(world, id, "mass edit");
    return { world, ids };
  }
  const renamed = (world: ReconciliationWorld, ids: readonly string[]) =>
    ids.filter((id) => nameOf(world, id) === "mass edit").length;

  it.each([
    ["a table that does not answer once", false],
    ["a worker that is killed", true],
  ])("is not half healed because of %s in the middle of it", async (_what, isKilled) => {
    const { world, ids } = await changedWidely();
    const { observations, scopeRuns } = world.dependencies;
    const { record } = observations;
    const { giveBack } = scopeRuns;
    let records = 0;
    observations.record = async (observation) => {
      records += 1;
      if (records !== 8) return await record(observation);
      if (isKilled) scopeRuns.giveBack = async () => undefined;
      throw new Error("nothing goes on here");
    };
    const released = world.clock.now() + 900_000;
    world.hooks.before = () => {
      if (world.clock.now() > released) scopeRuns.giveBack = giveBack;
    };
    await interval(world);
    await interval(world);
    expect(records).toBeGreaterThan(MOST);
    expect(renamed(world, ids)).toBe(MOST);
  });

  it("is not half healed where the scope ends unfinished in the middle of it", async () => {
    const { world, ids } = await changedWidely(110);
    const poison = ids[105] ?? "";
    rename(world, poison, "poison");
    const match = { path: `/get-test-case-definition/${poison}`, times: 8 };
    world.workspace.addFault({ match, answer: { status: 500 } });
    for (let runs = 0; runs < 6; runs += 1) await interval(world);
    expect(renamed(world, ids)).toBe(77);
  });
});
