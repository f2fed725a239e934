/** A definition that was moved where nobody would look is looked after there. */
import { describe, expect, it } from "vitest";
import {
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
} from "../../support/reconciliation/reconciliation-world.ts";

const elsewhere = { type: "custom-llm", url: "wss://elsewhere", version: 0 };
const configured = { scopes: [scopeOf("llm_1")] };
const unlisted = { type: "retell-llm", llm_id: "llm_2", version: 0 };

async function moved(
  reconcile: Parameters<typeof reconciliationWorld>[0] = {},
  responseEngine: typeof elsewhere | typeof unlisted = elsewhere,
): Promise<{ world: ReconciliationWorld; id: string }> {
  const world = reconciliationWorld(reconcile);
  const id = world.create("a");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  await world.reconcile();
  world.edit({ action: "move", definitionId: id, responseEngine });
  return { world, id };
}

describe.each([
  ["an engine of an unknown type", {}, elsewhere],
  ["a scope that is not configured", { reconcile: configured }, unlisted],
] as const)("a definition that was moved to %s", (_what, options, responseEngine) => {
  it.each(["a run", "a request"])("and was found there by %s is still looked after", async (finder) => {
    const { world, id } = await moved(options, responseEngine);
    const update = { requestId: "u", operation: "update", definitionId: id, patch: { name: "by request" } };
    if (finder === "a request") await world.apply(update);
    else await world.reconcile();
    expect((await world.history(id)).some((one) => one.startsWith("moved"))).toBe(true);
    world.edit({ action: "rename", definitionId: id, name: "edited there" });
    await world.reconcile();
    expect((await world.mirror(id))?.name).toBe("edited there");
    world.edit({ action: "delete", definitionId: id });
    for (let runs = 0; runs < 2; runs += 1) await world.reconcile();
    expect((await world.mirror(id))?.deleted).toBe(true);
  });
});
