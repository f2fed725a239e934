/** Outside changes that are undone, over real tables and HTTP. */
import { describe, expect, it } from "vitest";
import {
  type RetellReconciliation,
  retellReconciliation,
} from "../../support/reconciliation/retell-reconciliation.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const workspace = () => world().simulator.workspace;
const nameOf = (id: string) => workspace().definition(id)?.["name"];
const times = (metric: string) => world().counted.filter((one) => one === metric).length;

async function recorded(): Promise<RetellReconciliation & { readonly id: string }> {
  const reconciliation = retellReconciliation(world(), { policy: "heal" });
  const [id = ""] = ["right", "a", "b", "c"].map((name) => world().createOutside({ ...refundCase, name }));
  await reconciliation.reconcile();
  return { ...reconciliation, id };
}

describe("a connection that heals", () => {
  it("restores what was changed within one run, and stops with the third time", async () => {
    const { id, reconcile, applyQueued, changes, history, mirror } = await recorded();
    for (let nth = 1; nth <= 3; nth += 1) {
      workspace().edit({ action: "rename", definitionId: id, name: "wrong" });
      expect((await reconcile()).run.counts).toMatchObject({ changed: 1 });
      expect(changes).toHaveLength(nth < 3 ? 1 : 0);
      await applyQueued();
      expect(nameOf(id)).toBe(nth < 3 ? "right" : "wrong");
    }
    expect((await reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
    expect(changes).toEqual([]);
    expect(await history(id)).toEqual([
      "baseline reconciliation",
      "updated reconciliation",
      "restored change_request",
      "updated reconciliation",
      "restored change_request",
      "updated reconciliation",
    ]);
    expect((await mirror(id))?.healPending).toBeUndefined();
    expect([times("HealSubmitted"), times("HealStopped")]).toEqual([2, 1]);
  });

  it("restores what only a request has seen, which then wrote nothing", async () => {
    const { id, reconcile, apply, applyQueued, history } = await recorded();
    workspace().edit({ action: "rename", definitionId: id, name: "wrong" });
    await apply({
      requestId: `expects-${id}`,
      operation: "update",
      definitionId: id,
      patch: { user_prompt: "x" },
      expect: { version: 1 },
    });
    expect(await history(id)).toEqual(["baseline reconciliation", "updated observed_before_write"]);
    await reconcile();
    await applyQueued();
    expect(nameOf(id)).toBe("right");
  });
});
