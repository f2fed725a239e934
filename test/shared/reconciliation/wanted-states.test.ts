/** What a request has found to be as it wants it, a heal does not take away: neither now, nor when more is changed. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
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

const wants = (world: ReconciliationWorld, definitionId: string, name: string) =>
  world.apply({ requestId: `wants-${name}`, operation: "update", definitionId, patch: { name } });
const unchanged = { kind: "done", status: "unchanged" };

describe("an outside change that a request has found to be as it wants it", () => {
  it("is not undone, whoever has recorded it", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wanted");
    expect(await wants(world, id, "wanted")).toEqual(unchanged);
    await interval(world);
    await interval(world);
    expect(nameOf(world, id)).toBe("wanted");
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
    expect(world.metrics.get("HealStopped")).toBeUndefined();
  });

  it("is what a heal of later changes goes back to", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wanted");
    await wants(world, id, "wanted");
    for (const slip of ["slip", "other slip"]) {
      write(world, id, slip);
      await interval(world);
      expect([nameOf(world, id), promptOf(world, id)]).toEqual(["wanted", "You are right."]);
    }
  });

  it("is not undone by a heal that was submitted before", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wanted");
    await world.reconcile();
    expect(world.changes).toHaveLength(1);
    expect(await wants(world, id, "wanted")).toEqual(unchanged);
    await world.applyQueued();
    expect(nameOf(world, id)).toBe("wanted");
    const heal = [...world.tables.requests.values()].find(({ requestId }) => requestId.startsWith("heal."));
    expect(heal).toMatchObject({ status: "conflict", result: { reason: "wanted-since" } });
    await interval(world);
    expect(nameOf(world, id)).toBe("wanted");
    expect(world.metrics.get("HealStopped")).toBeUndefined();
  });

  it("is not undone where the worker is killed right after it has said so", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wanted");
    world.applying.mirrors.releaseClaim = async () => undefined;
    expect(await wants(world, id, "wanted")).toEqual(unchanged);
    for (let runs = 0; runs < 2; runs += 1) await interval(world);
    expect(nameOf(world, id)).toBe("wanted");
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
  });

  it("is not said to be so by a worker that has lost its claim", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wanted");
    world.applying.mirrors.noteFound = async () => false;
    expect(await wants(world, id, "wanted")).toMatchObject({ kind: "wait", reason: "claim-lost" });
  });

  it("is not undone with what the provider makes of it", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wanted");
    await wants(world, id, "wanted");
    world.edit({ action: "migrate-models", replacements: { "gpt-4.1": "gpt-5" }, bumpTimestamp: true });
    await interval(world);
    expect((await world.history(id)).at(-1)).toBe("updated reconciliation");
    expect(nameOf(world, id)).toBe("wanted");
  });

  it("is undone as before where another request only looked on its way to somewhere else", async () => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    const body = { requestId: "u", operation: "update", definitionId: id, patch: { name: "x" } };
    await world.apply({ ...body, expect: { version: 1 } });
    await interval(world);
    expect(nameOf(world, id)).toBe("right");
  });

  it.each([
    ["nothing", {}],
    ["another member", { llm_model: "gpt-4.1" }],
    ["a test only", [{ op: "test", path: "/llm_model", value: "gpt-4.1" }]],
    ["a test of what has changed", [{ op: "test", path: "/name", value: "wrong" }]],
  ])("is undone as before where the request asks for %s", async (_what, patch) => {
    const { world, id } = await recorded();
    rename(world, id, "wrong");
    const body = { requestId: "u", operation: "update", definitionId: id, patch };
    expect(await world.apply(body as JsonObject)).toEqual(unchanged);
    await interval(world);
    expect(nameOf(world, id)).toBe("right");
  });

  it("is a move that is not taken back, although nothing is healed where it went", async () => {
    const place = { type: "retell-llm", llm_id: ENGINES[1], version: 0 };
    const exceptions = [{ scope: scopeOf(ENGINES[1]), policy: "observe" as const }];
    const { world, id } = await recorded({ policy: "heal", exceptions });
    world.edit({ action: "move", definitionId: id, responseEngine: place });
    await world.reconcile();
    expect(world.changes).toHaveLength(1);
    const patch = { response_engine: place };
    const body = { requestId: "u", operation: "update", definitionId: id, patch };
    expect(await world.apply(body)).toEqual(unchanged);
    await world.applyQueued();
    expect((await world.mirror(id))?.scope).toBe(scopeOf(ENGINES[1]));
    expect((await world.history(id)).at(-1)).toBe("moved reconciliation");
  });

  it("is a move that is not taken back, although the provider has rewritten something since", async () => {
    const place = { type: "retell-llm", llm_id: ENGINES[1], version: 0 };
    const exceptions = [{ scope: scopeOf(ENGINES[1]), policy: "observe" as const }];
    const { world, id } = await recorded({ policy: "heal", exceptions });
    world.edit({ action: "move", definitionId: id, responseEngine: place });
    await world.reconcile();
    world.edit({ action: "migrate-models", replacements: { "gpt-4.1": "gpt-5" }, bumpTimestamp: true });
    await world.reconcile();
    const patch = { response_engine: place };
    const body = { requestId: "u", operation: "update", definitionId: id, patch };
    expect(await world.apply(body)).toEqual(unchanged);
    await world.applyQueued();
    await interval(world);
    expect((await world.mirror(id))?.scope).toBe(scopeOf(ENGINES[1]));
  });

  it.each([
    ["tests it first", [{ op: "test", path: "/name", value: "wanted" }]],
    ["changes what the drift has added", [{ op: "replace", path: "/dynamic_variables/extra", value: "x" }]],
  ])("is not undone where a patch %s", async (_what, operations) => {
    const { world, id } = await recorded();
    const set = { name: "wanted", dynamic_variables: { extra: "x" } };
    world.edit({ action: "edit", definitionId: id, set });
    const patch = [...operations, { op: "replace", path: "/name", value: "wanted" }];
    const body = { requestId: "u", operation: "update", definitionId: id, patch };
    expect(await world.apply(body)).toEqual(unchanged);
    await interval(world);
    expect(nameOf(world, id)).toBe("wanted");
  });

  it("is not undone where the provider kept something else that the request wanted gone", async () => {
    const { world, id } = await recorded({ policy: "heal" }, { switches: { put: "merge" } });
    world.edit({ action: "edit", definitionId: id, set: { folder: "f" } });
    await interval(world);
    rename(world, id, "wanted");
    const patch = { name: "wanted", folder: null };
    expect(await world.apply({ requestId: "u", operation: "update", definitionId: id, patch })).toEqual(
      unchanged,
    );
    await interval(world);
    expect(nameOf(world, id)).toBe("wanted");
  });

  it("is kept whole: what else was changed with it is told, and left to a person", async () => {
    const { world, id } = await recorded();
    world.edit({ action: "edit", definitionId: id, set: { name: "wanted", user_prompt: "slip" } });
    expect(await wants(world, id, "wanted")).toEqual(unchanged);
    await interval(world);
    expect([nameOf(world, id), promptOf(world, id)]).toEqual(["wanted", "slip"]);
    expect(world.metrics.get("HealStopped")).toBe(1);
    expect(JSON.stringify(world.log)).not.toContain("slip");
  });

  it("costs nothing where nothing is ever undone", async () => {
    const { world, id } = await recorded({ policy: "observe" });
    rename(world, id, "wanted");
    await wants(world, id, "wanted");
    expect((await world.mirror(id))?.wantedVersion).toBeUndefined();
  });
});

describe("an outside deletion that a request has found to be as it wants it", () => {
  const policy = { policy: "heal", healDeletions: true } as const;
  const remove = (definitionId: string) => ({ requestId: "d", operation: "delete", definitionId });
  const continuation = async (world: ReconciliationWorld, id: string) =>
    (await world.mirror(id))?.continuesAs;

  it("is recorded, and not undone", async () => {
    const { world, id } = await recorded(policy);
    world.edit({ action: "delete", definitionId: id });
    expect(await world.apply(remove(id))).toEqual(unchanged);
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect((await world.history(id)).at(-1)).toBe("deleted reconciliation");
    expect(await continuation(world, id)).toBeUndefined();
    expect(world.metrics.get("HealSubmitted")).toBeUndefined();
  });

  it("is not undone by a heal that was submitted before", async () => {
    const { world, id } = await recorded(policy);
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    expect(world.changes).toHaveLength(1);
    expect(await world.apply(remove(id))).toEqual(unchanged);
    await world.applyQueued();
    expect(await continuation(world, id)).toBeUndefined();
    expect(world.workspace.definitions()).toHaveLength(4);
  });

  it("is not undone where the worker is killed right after it has said so", async () => {
    const { world, id } = await recorded(policy);
    world.edit({ action: "delete", definitionId: id });
    world.applying.mirrors.releaseClaim = async () => undefined;
    expect(await world.apply(remove(id))).toEqual(unchanged);
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect((await world.history(id)).at(-1)).toBe("deleted reconciliation");
    expect(await continuation(world, id)).toBeUndefined();
  });

  it("waits for a heal that is making it anew right now, and deletes what that has made", async () => {
    const { world, id } = await recorded(policy);
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    const heal = world.changes.shift() ?? "";
    world.workspace.addFault({ match: { method: "POST" }, answer: "reset" });
    expect(await world.apply(heal)).toMatchObject({ kind: "wait" });
    expect(await world.apply(remove(id))).toMatchObject({ kind: "wait", reason: "heal-under-way" });
    world.clock.pass(120_000);
    expect(await world.apply(heal)).toEqual({ kind: "done", status: "applied" });
    expect(await continuation(world, id)).toBeDefined();
    expect(await world.apply(remove(id))).toEqual({ kind: "done", status: "rejected" });
  });

  it("is not undone by a heal that was submitted before somebody brought it back and deleted it again", async () => {
    const { world, id } = await recorded(policy);
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    const restore = { requestId: "r", operation: "restore", definitionId: id, restore: { version: 1 } };
    expect(await world.apply(restore)).toEqual({ kind: "done", status: "applied" });
    const again = (await continuation(world, id)) ?? "";
    expect(await world.apply(remove(again))).toEqual({ kind: "done", status: "applied" });
    await world.applyQueued();
    expect(world.workspace.definitions()).toHaveLength(4);
  });

  it("is not forgotten with a replaced key", async () => {
    const { world, id } = await recorded(policy);
    world.edit({ action: "delete", definitionId: id });
    await world.apply(remove(id));
    const health = await world.dependencies.health.read("retell");
    const accountSince = world.clock.now() + 1;
    await world.dependencies.health.write("retell", {
      ...health,
      accountSince,
      revision: health.revision + 1,
    });
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect((await world.history(id)).at(-1)).toBe("deleted reconciliation");
    expect(await continuation(world, id)).toBeUndefined();
  });

  it("is another matter once the definition was there again", async () => {
    const { world, id } = await recorded(policy);
    world.hooks.lie = (delivery, { path }) =>
      path.includes("test-case")
        ? {
            kind: "answer",
            answer: path.includes("list")
              ? { status: 200, headers: {}, body: '{"items":[],"has_more":false}' }
              : { status: 404, headers: {}, body: "{}" },
          }
        : delivery;
    expect(await world.apply(remove(id))).toEqual(unchanged);
    expect((await world.mirror(id))?.deletionWanted).toBe(true);
    world.hooks.lie = undefined;
    await interval(world);
    expect((await world.mirror(id))?.deletionWanted).toBeUndefined();
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 3; runs += 1) await interval(world);
    expect(await continuation(world, id)).toBeDefined();
  });
});
