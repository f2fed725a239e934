import { beforeEach, describe, expect, it } from "vitest";
import {
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
let ids: readonly string[];
beforeEach(async () => {
  world = reconciliationWorld({ reconcile: { policy: "heal" } });
  ids = Array.from({ length: 4 }, (_, index) => world.create(`case ${index}`));
  await world.reconcile();
});

const replacements = { "gpt-4.1": "gpt-5" };
const last = async (id: string) => (await world.versions(id)).at(-1)?.record;

describe("a model that the provider has replaced", () => {
  it.each([true, false])(
    "is recorded as that, and never healed (timestamps advanced: %s)",
    async (bumpTimestamp) => {
      world.edit({ action: "migrate-models", replacements, bumpTimestamp });
      const { run } = await world.reconcile();
      expect(run.counts).toMatchObject({ changed: 4, left: 0 });
      for (const id of ids) {
        expect(await last(id)).toMatchObject({
          changeType: "updated",
          source: "reconciliation",
          reason: "provider-rewrite",
          version: 2,
        });
        expect((await world.mirror(id))?.healPending).toBeUndefined();
      }
      await world.reconcile();
      expect(world.changes).toEqual([]);
      expect(world.metrics.get("DriftRecorded")).toBeUndefined();
      expect(world.metrics.get("HealSubmitted")).toBeUndefined();
    },
  );

  it("with another change beside it is somebody's change", async () => {
    const [definitionId = ""] = ids;
    world.edit({ action: "edit", definitionId, set: { llm_model: "gpt-5", name: "new" } });
    await world.reconcile();
    const record = await last(definitionId);
    expect(record?.version).toBe(2);
    expect(record?.reason).toBe("to-be-healed");
    expect(world.metrics.get("DriftRecorded")).toBe(1);
    expect(world.metrics.get("HealSubmitted")).toBe(1);
  });

  it("in a definition that was moved is a move", async () => {
    const [definitionId = ""] = ids;
    const responseEngine = { type: "retell-llm", llm_id: "llm_2", version: 0 };
    world.edit({ action: "move", definitionId, responseEngine });
    world.edit({ action: "migrate-models", replacements, bumpTimestamp: true });
    await world.reconcile();
    const record = await last(definitionId);
    expect(record).toMatchObject({ changeType: "moved" });
    expect(record?.reason).toBe("to-be-healed");
  });
});
