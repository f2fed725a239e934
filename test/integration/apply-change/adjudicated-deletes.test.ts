/** What became of an unanswered delete. */
import { describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, deleteOutside, fault, history, outside, remove, result, stored, update } = applySteps(
  world,
  "unanswered-delete",
);

describe("an unanswered delete", () => {
  it("gone: applied, and nothing is sent again", async () => {
    const id = world().createOutside();
    fault("DELETE");
    const request = remove(id);
    expect(await world().apply(request)).toMatchObject({
      kind: "wait",
      reason: "unanswered-connection-lost",
    });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("DELETE")).toHaveLength(1);
    expect(await history(id)).toEqual(["baseline observed_before_write", "deleted adopted"]);
    expect((await world().versions(id))[1]?.record.requestId).toBe(request["requestId"]);
    expect(await world().mirror(id)).toMatchObject({ deleted: true, version: 2 });
  });

  it("gone by another's hand: applied as well, it is gone as was asked for", async () => {
    const id = world().createOutside();
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id);
    await world().apply(request);
    deleteOutside(id);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("DELETE")).toHaveLength(1);
  });

  it("a GET says gone, the list does not: it waits", async () => {
    const id = world().createOutside();
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id);
    await world().apply(request);
    world().settle();
    fault("GET", { apply: "never", answer: { status: 404 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "list-disagrees" });
    expect(await history(id)).toHaveLength(1);
  });

  it("still there: it did not happen, and is sent again", async () => {
    const id = world().createOutside();
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id);
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("DELETE")).toHaveLength(2);
    expect(stored(id)).toEqual({});
  });

  it("still there: evaluated anew, so an expectation that does not hold any more is a conflict", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Refunds" }));
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id, { expect: { version: 2 } });
    await world().apply(request);
    outside(id, { name: "Still needed" });
    world().settle();
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(request)).toMatchObject({
      reason: "version-differs",
      conflict: { version: 3, pointers: ["/name"] },
    });
    expect(calls("DELETE")).toHaveLength(1);
  });
});
