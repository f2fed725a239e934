/** What a request has found to be as it wants it, a heal does not take away: neither now, nor when more is changed. */
import { describe, expect, it } from "vitest";
import {
  type ReconciliationWorld,
  reconciliationWorld,
  type WorldOptions,
} from "../../support/reconciliation/reconciliation-world.ts";

async function recorded(
  reconcile: WorldOptions["reconcile"] = { policy: "heal" },
): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld({ reconcile });
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
