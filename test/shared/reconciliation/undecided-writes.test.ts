import { expect, it } from "vitest";
import { reconciliationWorld } from "../../support/reconciliation/reconciliation-world.ts";

it("a heal writes nothing over a write whose outcome a person has to find out", async () => {
  const world = reconciliationWorld({ reconcile: { policy: "heal" } });
  const id = world.create("right");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  await world.reconcile();
  world.workspace.addFault({ match: { method: "PUT" }, apply: "never", answer: "reset" });
  const request = { requestId: "u", operation: "update", definitionId: id, patch: { name: "wanted" } };
  await world.apply(request);
  world.edit({ action: "rename", definitionId: id, name: "third" });
  for (let tries = 0; tries < 10; tries += 1) {
    world.clock.pass(60_000);
    if ((await world.apply(request)).kind !== "wait") break;
  }
  const record = [...world.tables.requests.values()].find(({ requestId }) => requestId === "u");
  expect(record).toMatchObject({ status: "failed", result: { reason: "outcome-unknown", version: 2 } });
  expect((await world.history(id)).at(-1)).toBe("updated observed_before_write");
  for (let runs = 0; runs < 2; runs += 1) {
    await world.reconcile();
    await world.applyQueued();
  }
  expect(world.workspace.definition(id)?.["name"]).toBe("third");
  expect(world.metrics.get("HealSubmitted")).toBeUndefined();
});
