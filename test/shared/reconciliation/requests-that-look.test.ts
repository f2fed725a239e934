/** What reconciliation and requests learn from each other's looks. */
import { expect, it } from "vitest";
import { falsehoods } from "../../support/reconciliation/falsehoods.ts";
import { reconciliationWorld } from "../../support/reconciliation/reconciliation-world.ts";

it("an edit that a request finds lies in its interval, although a run since then was shown what was before", async () => {
  const world = reconciliationWorld();
  const id = world.create("a");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  world.clock.pass(3_600_000);
  world.edit({ action: "rename", definitionId: id, name: "b" });
  const editedAt = world.clock.now();
  world.workspace.setSwitches({ listLagMs: 30_000, getLagMs: 30_000 });
  // The first pass: it takes what is shown, half a minute behind.
  await world.reconcile({ everyMs: 5_000 });
  world.workspace.setSwitches({ listLagMs: 0, getLagMs: 0 });
  world.clock.pass(5_000);
  await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { user_prompt: "x" } });
  const observed = (await world.versions(id)).find(({ record }) => record.source === "observed_before_write");
  const [from = Number.NaN, to = Number.NaN] = observed?.record.occurredBetween ?? [];
  expect(from).toBeLessThanOrEqual(editedAt);
  expect(to).toBeGreaterThanOrEqual(editedAt);
  expect(await falsehoods(world)).toEqual([]);
});
