/** A connection whose provider fails: what a request that is decided meanwhile says about it. */
import { beforeEach, describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { create, fault, remove, restore, update } = applySteps(world, "degraded");

const state = async () => (await world().dependencies().health.read("retell")).state;

describe("a degraded connection", () => {
  let id: string;
  let gone: string;

  beforeEach(async () => {
    id = world().createOutside();
    gone = world().createOutside();
    await world().apply(update(gone, { name: "Known" }));
    await world().apply(remove(gone));
    for (let faults = 0; faults < 3; faults += 1) {
      fault("GET", { apply: "never", answer: { status: 500 } });
      await world().apply(update(id, { name: "Next" }));
    }
    expect(await state()).toBe("degraded");
    // A probe is due.
    world().clock.pass(11_000);
  });

  it.each([
    ["a conflict", { version: 1 }, { expect: { version: 77 } }, "conflict"],
    ["a rejection", { version: 99 }, {}, "rejected"],
  ])("is so still after %s that the provider was not asked about", async (_what, to, more, status) => {
    const before = world().simulator.workspace.requests().length;
    expect(await world().apply(restore(gone, to, more))).toEqual({ kind: "done", status });
    expect(world().simulator.workspace.requests()).toHaveLength(before);
    expect(await state()).toBe("degraded");
  });

  it("is so no more after a conflict that it was asked about", async () => {
    const request = update(id, { name: "Next" }, { expect: { version: 77 } });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await state()).toBe("active");
  });

  it("is so no more after a refusal: that is an answer as well", async () => {
    fault("POST", { apply: "never", answer: { status: 400 } });
    expect(await world().apply(create())).toEqual({ kind: "done", status: "rejected" });
    expect(await state()).toBe("active");
    expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
  });
});
