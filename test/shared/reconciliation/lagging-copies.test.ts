/** Right after a write of ours a copy that lags behind shows what was there before: neither a version nor an outcome. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { falsehoods } from "../../support/reconciliation/falsehoods.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
  testCase,
  type WorldOptions,
} from "../../support/reconciliation/reconciliation-world.ts";

/** Below the settle time of 60 s. */
const GETS_LAG = { getLagMs: 20_000 };
const BOTH_LAG = { ...GETS_LAG, listLagMs: 20_000 };

async function recorded(options: WorldOptions = {}): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld({ engines: ["llm_1"], switches: BOTH_LAG, ...options });
  const id = world.create("a");
  world.clock.pass(60_000);
  await world.reconcile();
  return { world, id };
}

/** Delivers it again after each wait. */
async function decided(world: ReconciliationWorld, request: JsonObject): Promise<string | undefined> {
  for (let deliveries = 0; deliveries < 100; deliveries += 1) {
    const disposition = await world.apply(request);
    if (disposition.kind === "done") return disposition.status;
    if (disposition.kind !== "wait") throw new Error(disposition.kind);
    world.clock.pass(disposition.waitMs);
  }
  throw new Error("it is never decided");
}

const remove = (definitionId: string) => ({ requestId: "d", operation: "delete", definitionId });

async function created(world: ReconciliationWorld): Promise<string> {
  await decided(world, { requestId: "c", operation: "create", definition: testCase("new", "llm_1") });
  const record = await world.applying.requests.read({ connection: "retell", requestId: "c" });
  return record?.result?.definitionId ?? "";
}

describe("what we have deleted", () => {
  it.each([
    ["GETs", GETS_LAG],
    ["GETs and lists", BOTH_LAG],
  ])("is restored at once as another definition, where %s still show it", async (_what, switches) => {
    const { world, id } = await recorded({ switches });
    expect(await decided(world, remove(id))).toBe("applied");
    const restore = { requestId: "r", operation: "restore", definitionId: id, restore: { version: 1 } };
    expect(await decided(world, restore)).toBe("applied");
    expect(await falsehoods(world)).toEqual([]);
    expect(world.workspace.definitions()).toHaveLength(1);
  });

  it.each([
    ["an update", { operation: "update", patch: { name: "x" } }, "rejected"],
    ["another delete", { operation: "delete" }, "unchanged"],
  ])("is gone for %s, and not back in the history", async (_what, request, status) => {
    const { world, id } = await recorded();
    await decided(world, remove(id));
    expect(await decided(world, { requestId: "next", definitionId: id, ...request })).toBe(status);
    expect(await falsehoods(world)).toEqual([]);
  });

  it("may be saved again by the provider's support: what is newer than the deletion is believed", async () => {
    const { world, id } = await recorded({ switches: {} });
    const old = world.workspace.definition(id);
    await decided(world, remove(id));
    world.clock.pass(5_000);
    const body = JSON.stringify({ ...old, user_modified_timestamp: world.clock.now() });
    world.hooks.lie = (delivery, { path }) =>
      path.endsWith(id) ? { kind: "answer", answer: { status: 200, headers: {}, body } } : delivery;
    await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { name: "x" } });
    expect(await world.history(id)).toContain("restored observed_before_write");
  });
});

describe("what we have made", () => {
  it("is deleted by a request that comes at once", async () => {
    const { world } = await recorded();
    const id = await created(world);
    expect(await decided(world, remove(id))).toBe("applied");
    expect(world.workspace.definition(id)).toBeUndefined();
  });

  it("is changed by one", async () => {
    const { world } = await recorded();
    const id = await created(world);
    const update = { requestId: "u", operation: "update", definitionId: id, patch: { name: "newer" } };
    expect(await decided(world, update)).toBe("applied");
  });
});
