/** A 404 on the read: believed only where the scope's list agrees; the deletion itself is another look's to record. */
import { beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { engineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, deleteOutside, fault, history, remove, replace, restore, result, update } = applySteps(
  world,
  "missing",
);

const operations = ["update", "replace", "delete", "restore"] as const;
const requestFor = (operation: (typeof operations)[number], id: string): JsonObject =>
  ({
    update: () => update(id, { name: "Next" }),
    replace: () => replace(id, { ...refundCase, name: "Next" }),
    delete: () => remove(id),
    restore: () => restore(id, { version: 1 }),
  })[operation]();

/** Two versions. */
async function known(): Promise<string> {
  const id = world().createOutside();
  await world().apply(update(id, { name: "Known" }));
  return id;
}

describe("404 on the read of a definition that we know", () => {
  it.each(operations)("%s: the scope's list does not agree, so it waits", async (operation) => {
    const id = await known();
    fault("GET", { match: { path: `/get-*/${id}` }, apply: "never", answer: { status: 404 } });
    const request = requestFor(operation, id);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "list-disagrees" });
    expect((await world().mirror(id))?.missingSince).toBeUndefined();
    expect(await world().apply(request)).toEqual(applied);
  });

  it.each(operations)(
    "%s: the list agrees, so it is missing since then, and the deletion itself is not recorded",
    async (operation) => {
      const id = await known();
      deleteOutside(id);
      const lookedAt = world().clock.now();
      const request = requestFor(operation, id);
      expect(await world().apply(request)).toEqual({
        kind: "done",
        status: operation === "delete" ? "unchanged" : "rejected",
      });
      expect(await result(request)).toEqual(
        operation === "delete" ? { version: 2, definitionId: id } : { reason: "not-found" },
      );
      const mirror = await world().mirror(id);
      expect(mirror).toMatchObject({ deleted: false, version: 2 });
      expect(mirror?.missingSince).toBeGreaterThanOrEqual(lookedAt);
      expect(mirror?.missingSince).toBeLessThanOrEqual(world().clock.now());
      expect(await history(id)).toHaveLength(2);
      expect(calls("DELETE")).toEqual([]);
    },
  );

  it("410 is the same", async () => {
    const id = await known();
    deleteOutside(id);
    fault("GET", { match: { path: `/get-*/${id}` }, apply: "never", answer: { status: 410 } });
    expect(await world().apply(update(id, { name: "Next" }))).toMatchObject({ status: "rejected" });
  });

  it("is missing since it was first found so", async () => {
    const id = await known();
    deleteOutside(id);
    await world().apply(update(id, { name: "Next" }));
    const since = (await world().mirror(id))?.missingSince;
    world().clock.pass(60_000);
    await world().apply(update(id, { name: "Next" }));
    expect((await world().mirror(id))?.missingSince).toBe(since);
  });

  it("a list that fails decides nothing: it waits", async () => {
    const id = await known();
    deleteOutside(id);
    fault("GET", { match: { path: "/v2/list-*" }, apply: "never", answer: { status: 503 } });
    const request = update(id, { name: "Next" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-server-error" });
    expect((await world().mirror(id))?.missingSince).toBeUndefined();
  });

  it("a list on whose second page it is does not agree", async () => {
    const id = await known();
    for (let others = 0; others < 120; others += 1) {
      world().clock.pass(1);
      world().createOutside();
    }
    fault("GET", { match: { path: `/get-*/${id}` }, apply: "never", answer: { status: 404 } });
    expect(await world().apply(remove(id))).toMatchObject({ kind: "wait", reason: "list-disagrees" });
  });

  it("a scope that is gone itself does not contradict", async () => {
    const id = await known();
    deleteOutside(id);
    world().simulator.workspace.setSwitches({ listUnknownEngine: 404 });
    world().simulator.workspace.edit({ action: "delete-engine", type: "retell-llm", id: engineId });
    expect(await world().apply(update(id, { name: "Next" }))).toMatchObject({ status: "rejected" });
    expect((await world().mirror(id))?.missingSince).toBeDefined();
  });
});

describe("404 on the read with the key of another workspace", () => {
  const setKey = (workspace: string) =>
    world().simulator.workspace.edit({ action: "set-key", apiKey: "key_test", key: { workspace } });

  beforeEach(() => {
    world().simulator.workspace.edit({
      action: "add-workspace",
      seed: { id: "workspace_2", orgName: "Other" },
    });
  });

  it.each(operations)("%s of a known definition waits: it is not gone", async (operation) => {
    const id = await known();
    setKey("workspace_2");
    const request = requestFor(operation, id);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "other-workspace" });
    expect((await world().mirror(id))?.missingSince).toBeUndefined();
    setKey("workspace_1");
    expect(await world().apply(request)).toEqual(applied);
  });

  it("an edit of one that we never knew waits as well", async () => {
    const id = world().createOutside();
    setKey("workspace_2");
    const request = update(id, { name: "Next" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "other-workspace" });
    setKey("workspace_1");
    expect(await world().apply(request)).toEqual(applied);
  });

  it("an unanswered delete waits: it is not known to have happened", async () => {
    const id = await known();
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id);
    await world().apply(request);
    world().settle();
    setKey("workspace_2");
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "other-workspace" });
    expect(await history(id)).toHaveLength(2);
  });
});

describe("404 on the read of a definition that we never knew", () => {
  it.each(operations)("rejects %s, and nothing is recorded of it", async (operation) => {
    const id = `test_case_unknown_${operation}`;
    const request = requestFor(operation, id);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect(await result(request)).toEqual({ reason: "not-found" });
    expect(await world().mirror(id)).toBeUndefined();
    expect(await world().versions(id)).toEqual([]);
  });
});

describe("after our own delete", () => {
  it("the deletion is recorded at once; another delete is unchanged, an edit is rejected", async () => {
    const id = await known();
    expect(await world().apply(remove(id))).toEqual(applied);
    expect((await world().versions(id)).at(-1)?.record).toMatchObject({
      version: 3,
      changeType: "deleted",
      deleted: true,
      name: "Known",
    });
    expect(await world().mirror(id)).toMatchObject({ deleted: true, version: 3 });
    const again = remove(id);
    expect(await world().apply(again)).toEqual({ kind: "done", status: "unchanged" });
    expect(await result(again)).toEqual({ version: 3, definitionId: id });
    const edit = update(id, { name: "Next" });
    expect(await world().apply(edit)).toEqual({ kind: "done", status: "rejected" });
    expect(await result(edit)).toEqual({ reason: "not-found" });
    expect((await world().mirror(id))?.missingSince).toBeUndefined();
    expect(calls("DELETE")).toHaveLength(1);
  });
});
