import { describe, expect, it } from "vitest";
import { falsehoods, unfound } from "../../support/reconciliation/falsehoods.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

async function recorded(
  definitions: number,
): Promise<{ world: ReconciliationWorld; ids: readonly string[] }> {
  const world = reconciliationWorld({ engines: ["llm_1"] });
  const ids = Array.from({ length: definitions }, (_, index) => world.create(`case ${index}`));
  await world.reconcile();
  return { world, ids };
}

const gets = (world: ReconciliationWorld) =>
  world.workspace.requests({ method: "GET" }).filter(({ path }) => path.includes("get-test")).length;

describe("more differences than a run asks about", () => {
  it("are asked about by the next runs, all in their turn, and the run says so", async () => {
    const { world, ids } = await recorded(130);
    for (const definitionId of ids.slice(0, 120)) {
      world.edit({ action: "edit", definitionId, set: { user_prompt: `changed ${definitionId}` } });
    }
    const changedAt = world.clock.now();
    const before = gets(world);
    const first = await world.reconcile();
    expect(first.run.counts).toMatchObject({ changed: 50, left: 70 });
    expect(gets(world) - before).toBe(50);
    const second = await world.reconcile();
    expect(second.run.counts).toMatchObject({ changed: 50, left: 20 });
    const third = await world.reconcile();
    expect(third.run.counts).toMatchObject({ changed: 20, left: 0 });
    expect(gets(world) - before).toBe(120);
    expect(await unfound(world)).toEqual([]);
    expect(await falsehoods(world)).toEqual([]);
    // Those that had to wait were not quiet meanwhile.
    for (const id of ids.slice(0, 120)) {
      const [from = 0] = (await world.versions(id))[1]?.record.occurredBetween ?? [];
      expect(from).toBeLessThanOrEqual(changedAt);
    }
  });

  it("that never settle do not keep the others waiting", async () => {
    const { world, ids } = await recorded(120);
    // The list shows sixty of them otherwise than a GET does, and always another way.
    let reads = 0;
    world.hooks.lie = (delivery, { path }) => {
      if (delivery.kind !== "answer" || !path.includes("list-test-case")) return delivery;
      reads += 1;
      const page = JSON.parse(delivery.answer.body);
      const items = page.items.map((item: { test_case_definition_id: string }) =>
        ids.indexOf(item.test_case_definition_id) < 60 ? { ...item, note: `${reads}` } : item,
      );
      return { kind: "answer", answer: { ...delivery.answer, body: JSON.stringify({ ...page, items }) } };
    };
    const [, ...rest] = ids.slice(60);
    for (const definitionId of rest.slice(0, 5)) world.edit({ action: "rename", definitionId, name: "new" });
    await world.reconcile();
    await world.reconcile();
    for (const id of rest.slice(0, 5)) expect((await world.mirror(id))?.name).toBe("new");
  });

  it("are one event where they are most of the scope", async () => {
    const { world, ids } = await recorded(30);
    for (const definitionId of ids.slice(0, 16)) world.edit({ action: "rename", definitionId, name: "new" });
    const { run } = await world.reconcile();
    expect(run.counts.changed).toBe(16);
    expect(world.metrics.get("ScopeChangedWidely")).toBe(1);
  });

  const refusing = (world: ReconciliationWorld, ids: readonly string[]) => {
    world.hooks.lie = (delivery, { path }) =>
      ids.some((id) => path.endsWith(id))
        ? { kind: "answer", answer: { status: 400, headers: {}, body: "{}" } }
        : delivery;
  };

  it("are no creations where a first pass has asked about them in vain", async () => {
    const world = reconciliationWorld({ engines: ["llm_1"] });
    const ids = Array.from({ length: 8 }, (_, index) => world.create(`case ${index}`));
    refusing(world, ids.slice(5));
    const first = await world.reconcile();
    expect(first.run.counts).toMatchObject({ baselines: 5, left: 3 });
    world.hooks.lie = undefined;
    const second = await world.reconcile();
    expect(second.run.counts).toMatchObject({ baselines: 3, created: 0, left: 0 });
  });

  it("are creations from then on, though one of the first is refused for ever", async () => {
    const world = reconciliationWorld({ engines: ["llm_1"] });
    const ids = Array.from({ length: 8 }, (_, index) => world.create(`case ${index}`));
    refusing(world, ids.slice(7));
    for (let runs = 0; runs < 3; runs += 1) await world.reconcile();
    const made = world.create("made later");
    await world.reconcile();
    expect(await world.history(made)).toEqual(["created reconciliation"]);
  });

  it("do not end the healing of later ones, though one of them is refused for ever", async () => {
    const world = reconciliationWorld({ engines: ["llm_1"], reconcile: { policy: "heal" } });
    const ids = Array.from({ length: 20 }, (_, index) => world.create(`case ${index}`));
    await world.reconcile();
    for (const definitionId of ids.slice(0, 12)) world.edit({ action: "rename", definitionId, name: "new" });
    refusing(world, ids.slice(0, 1));
    await world.reconcile();
    expect(world.metrics.get("ScopeChangedWidely")).toBe(1);
    const [, slipped = ""] = ids.slice(14);
    world.edit({ action: "rename", definitionId: slipped, name: "slip" });
    await world.reconcile();
    await world.applyQueued();
    expect(world.workspace.definition(slipped)?.["name"]).toBe("case 15");
  });
});
