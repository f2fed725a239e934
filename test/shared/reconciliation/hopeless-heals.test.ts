/** Drift that is not undone after all: somebody is told, once, and what came of it is what later heals go back to. */
import { describe, expect, it } from "vitest";
import { isListOfDefinitions, told } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  type WorldOptions,
} from "../../support/reconciliation/reconciliation-world.ts";

async function recorded(
  reconcile: WorldOptions["reconcile"] = { policy: "heal" },
  options: WorldOptions = {},
): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld({ reconcile, ...options });
  const id = world.create("right");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  await world.reconcile();
  return { world, id };
}

const nameOf = (world: ReconciliationWorld, id: string) => world.workspace.definition(id)?.["name"];
const promptOf = (world: ReconciliationWorld, id: string) => world.workspace.definition(id)?.["user_prompt"];
const rename = (world: ReconciliationWorld, definitionId: string, name: string) =>
  world.edit({ action: "rename", definitionId, name });
const write = (world: ReconciliationWorld, definitionId: string, user_prompt: string) =>
  world.edit({ action: "edit", definitionId, set: { user_prompt } });
async function interval(world: ReconciliationWorld): Promise<void> {
  await world.reconcile();
  await world.applyQueued();
}

describe("a drift that cannot be undone is told once, and not taken for wanted", () => {
  it("where the provider keeps what the heal takes away", async () => {
    const { world, id } = await recorded({ policy: "heal" }, { switches: { put: "merge" } });
    world.edit({ action: "edit", definitionId: id, set: { folder: "x" } });
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect((await world.mirror(id))?.wantedVersion).toBeUndefined();
    expect(world.metrics.get("HealStopped")).toBe(1);
  });

  it("where the heal ended without having been applied", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.workspace.addFault({ match: { method: "PUT" }, apply: "never", answer: { status: 404 } });
    await world.applyQueued();
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });

  it("where what it would go back to lies behind a hundred drifts", async () => {
    const { world, id } = await recorded();
    for (let drifts = 0; drifts < 103; drifts += 1) {
      rename(world, id, `wrong ${drifts}`);
      await world.reconcile();
      // Nothing is written meanwhile: the connection's writes are paused, say.
      world.changes.length = 0;
    }
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect(world.metrics.get("HealStopped")).toBeGreaterThan(0);
  });

  it("where it would have to go back to a row of a list that shows less", async () => {
    const world = reconciliationWorld({ reconcile: { policy: "heal" } });
    const ids = Array.from({ length: 10 }, (_, nth) => world.create(`case ${nth}`));
    await world.reconcile();
    const baselines = await Promise.all(ids.map((id) => world.versions(id)));
    const ofRow = baselines.find(([first]) => first?.record.reason === "list-row")?.[0]?.record;
    rename(world, ofRow?.definitionId ?? "", "wrong");
    world.hooks.lie = (delivery, call) =>
      isListOfDefinitions(call)
        ? told({ kind: "without", member: "tool_mocks" }, delivery, call, new Map())
        : delivery;
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect(nameOf(world, ofRow?.definitionId ?? "")).toBe("wrong");
    expect(world.metrics.get("HealStopped")).toBe(1);
  });

  it("although the worker failed right after it was recorded", async () => {
    const world = reconciliationWorld({ reconcile: { policy: "heal" } });
    const ids = Array.from({ length: 20 }, (_, nth) => world.create(`case ${nth}`));
    await world.reconcile();
    rename(world, ids[0] ?? "", "wrong");
    await world.reconcile();
    for (const id of ids) write(world, id, "all of them");
    const { requests } = world.dependencies;
    const { read } = requests;
    let failures = 0;
    requests.read = async (key) => {
      if (key.requestId.startsWith("heal.") && failures++ === 0) throw new Error("the table does not answer");
      return await read(key);
    };
    await interval(world);
    expect(failures).toBeGreaterThan(0);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });

  it("where so much has changed on top of it that it is hardly an accident", async () => {
    const world = reconciliationWorld({ reconcile: { policy: "heal" } });
    const ids = Array.from({ length: 20 }, (_, nth) => world.create(`case ${nth}`));
    await world.reconcile();
    rename(world, ids[0] ?? "", "wrong");
    await world.reconcile();
    for (const id of ids) write(world, id, "all of them");
    await interval(world);
    await interval(world);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });
});

describe("a drift on top of one that is still to be undone", () => {
  it("is undone with it, also where the definition was moved to a scope that is only observed", async () => {
    const exceptions = [{ scope: scopeOf(ENGINES[1]), policy: "observe" as const }];
    const { world, id } = await recorded({ policy: "heal", exceptions });
    const responseEngine = { type: "retell-llm", llm_id: ENGINES[1], version: 0 };
    world.edit({ action: "move", definitionId: id, responseEngine });
    await world.reconcile();
    rename(world, id, "wrong");
    await interval(world);
    await interval(world);
    expect(nameOf(world, id)).toBe("right");
    expect((await world.mirror(id))?.scope).toBe(scopeOf(ENGINES[0]));
  });

  it("is none where it takes the first one back, but for what the provider has rewritten", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    await world.reconcile();
    world.edit({ action: "migrate-models", replacements: { "gpt-4.1": "gpt-5" }, bumpTimestamp: true });
    await world.reconcile();
    rename(world, id, "right");
    await interval(world);
    expect(world.workspace.definition(id)?.["llm_model"]).toBe("gpt-5");
    expect(nameOf(world, id)).toBe("right");
  });

  it("is none where it takes the first one back", async () => {
    const { world, id } = await recorded();
    for (let times = 0; times < 2; times += 1) {
      rename(world, id, "wrong");
      await world.reconcile();
      rename(world, id, "right");
      await interval(world);
    }
    expect((await world.versions(id)).map(({ record }) => record.reason)).toEqual([
      undefined,
      "to-be-healed",
      undefined,
      "to-be-healed",
      undefined,
    ]);
    expect(world.metrics.get("HealStopped")).toBeUndefined();
    expect(nameOf(world, id)).toBe("right");
  });
});

describe("a change that has come back so often that it is meant, and that a request was the first to see", () => {
  it("is told once, and is what a heal of later changes goes back to", async () => {
    const { world, id } = await recorded();
    for (let times = 0; times < 2; times += 1) {
      rename(world, id, "meant");
      await interval(world);
    }
    rename(world, id, "meant");
    const body = { requestId: "u", operation: "update", definitionId: id, patch: { name: "x" } };
    await world.apply({ ...body, expect: { version: 1 } });
    expect((await world.versions(id)).at(-1)?.record).toMatchObject({ source: "observed_before_write" });
    expect((await world.versions(id)).at(-1)?.record.reason).toBeUndefined();
    expect(world.metrics.get("HealStopped")).toBe(1);
    write(world, id, "slip");
    await interval(world);
    expect([nameOf(world, id), promptOf(world, id)]).toEqual(["meant", "You are right."]);
    expect(world.metrics.get("HealStopped")).toBe(1);
  });
});
