/** What a heal goes back to: what was there before the change that it undoes, and no further. */
import { describe, expect, it } from "vitest";
import type { Connection } from "../../../shared/platform/config.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

async function recorded(policy: "heal" | "observe"): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld({ reconcile: { policy } });
  const id = world.create("right");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  await world.reconcile();
  return { world, id };
}

function setPolicy(world: ReconciliationWorld, policy: Connection["reconcile"]["policy"]): void {
  const { connection } = world.dependencies;
  const changed = { connection: { ...connection, reconcile: { ...connection.reconcile, policy } } };
  for (const dependencies of [world.dependencies, world.applying]) Object.assign(dependencies, changed);
}

const nameOf = (world: ReconciliationWorld, id: string) => world.workspace.definition(id)?.["name"];
const promptOf = (world: ReconciliationWorld, id: string) => world.workspace.definition(id)?.["user_prompt"];
const rename = (world: ReconciliationWorld, definitionId: string, name: string) =>
  world.edit({ action: "rename", definitionId, name });
async function interval(world: ReconciliationWorld): Promise<void> {
  await world.reconcile();
  await world.applyQueued();
}

describe("a heal does not take back outside work that nobody decided to undo:", () => {
  it("what was done while the policy was to observe", async () => {
    const { world, id } = await recorded("observe");
    for (const month of [2, 3, 4]) {
      world.edit({
        action: "edit",
        definitionId: id,
        set: { name: `month ${month}`, user_prompt: `work of month ${month}` },
      });
      await world.reconcile({ everyMs: 30 * 86_400_000 });
    }
    setPolicy(world, "heal");
    await interval(world);
    rename(world, id, "slip");
    await interval(world);
    expect([nameOf(world, id), promptOf(world, id)]).toEqual(["month 4", "work of month 4"]);
    expect(await world.history(id)).toHaveLength(6);
  });

  it("what a heal has stopped for", async () => {
    const { world, id } = await recorded("heal");
    for (let times = 0; times < 3; times += 1) {
      rename(world, id, "meant");
      await interval(world);
    }
    expect(world.metrics.get("HealStopped")).toBe(1);
    world.edit({ action: "edit", definitionId: id, set: { user_prompt: "slip" } });
    await interval(world);
    expect([nameOf(world, id), promptOf(world, id)]).toEqual(["meant", "You are right."]);
  });

  it("what a request has seen while the policy was to observe", async () => {
    const { world, id } = await recorded("observe");
    rename(world, id, "meant");
    const patch = { user_prompt: "x" };
    await world.apply({
      requestId: "u",
      operation: "update",
      definitionId: id,
      patch,
      expect: { version: 1 },
    });
    expect((await world.history(id)).at(-1)).toBe("updated observed_before_write");
    setPolicy(world, "heal");
    rename(world, id, "slip");
    await interval(world);
    expect(nameOf(world, id)).toBe("meant");
  });
});

describe("a heal goes back behind all that was to be undone:", () => {
  it("several changes, of which the first was not undone yet", async () => {
    const { world, id } = await recorded("heal");
    rename(world, id, "wrong");
    await world.reconcile();
    expect((await world.versions(id)).at(-1)?.record.reason).toBe("to-be-healed");
    world.edit({ action: "edit", definitionId: id, set: { user_prompt: "worse" } });
    await world.reconcile();
    await world.applyQueued();
    await interval(world);
    expect([nameOf(world, id), promptOf(world, id)]).toEqual(["right", "You are right."]);
  });

  it("a change with the provider's own on top of it", async () => {
    const { world, id } = await recorded("heal");
    rename(world, id, "wrong");
    await world.reconcile();
    world.edit({ action: "migrate-models", replacements: { "gpt-4.1": "gpt-5" }, bumpTimestamp: true });
    await world.applyQueued();
    world.edit({ action: "edit", definitionId: id, set: { user_prompt: "worse" } });
    for (let runs = 0; runs < 2; runs += 1) await interval(world);
    expect([nameOf(world, id), promptOf(world, id)]).toEqual(["right", "You are right."]);
  });
});
