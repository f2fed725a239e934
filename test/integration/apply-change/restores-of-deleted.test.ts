/** Restoring a deleted definition: it is made anew under a new id, and both histories name each other. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { engineId, otherEngineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();
const { calls, crash, create, fault, history, remove, replace, restore, result, stored, update } = applySteps(
  world,
  "anew",
);

let made = 0;

/** Version 1 as it was found, version 2 renamed, version 3 the deletion; unlike any other test's. */
async function deleted(): Promise<string> {
  made += 1;
  const dynamic_variables = { order: String(made) };
  const id = world().createOutside({ ...refundCase, name: `Refund ${made}`, dynamic_variables });
  await world().apply(update(id, { name: "Renamed" }));
  await world().apply(remove(id));
  return id;
}

async function restored(id: string, to: JsonObject = { version: 1 }): Promise<string> {
  const request = restore(id, to);
  expect(await world().apply(request)).toEqual(applied);
  return (await result(request))?.definitionId ?? "";
}

describe("the restore of a deleted definition", () => {
  it("makes it anew under a new id; result and both histories say so", async () => {
    const id = await deleted();
    const request = restore(id, { version: 2 }, { actor: "ana" });
    expect(await world().apply(request)).toEqual(applied);
    const { definitionId = "", version } = (await result(request)) ?? {};
    expect(definitionId).not.toBe(id);
    expect(version).toBe(1);
    expect(stored(definitionId)).toMatchObject({
      ...refundCase,
      name: "Renamed",
      dynamic_variables: { order: String(made) },
    });
    expect(await history(definitionId)).toEqual(["restored change_request"]);
    expect((await world().versions(definitionId))[0]?.record).toMatchObject({
      continues: id,
      requestId: request["requestId"],
      actorClaimed: "ana",
    });
    expect(await world().mirror(definitionId)).toMatchObject({ continues: id, deleted: false });
    expect(await world().mirror(id)).toMatchObject({ continuesAs: definitionId, deleted: true, version: 3 });
    expect(await world().versions(id)).toHaveLength(3);
  });

  it("to an instant at which it lived works as well", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    world().clock.pass(3_600_000);
    await world().apply(remove(id));
    const at = new Date(world().clock.now() - 60_000).toISOString();
    expect(stored(await restored(id, { at }))).toMatchObject(refundCase);
  });

  it("brings unknown members and the text of numbers back, but no bookkeeping", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept" });
    const id = world().createOutside({ ...refundCase, beta: { weight: JSON.rawJSON("1.0") } });
    await world().apply(update(id, {}));
    await world().apply(remove(id));
    await restored(id);
    const [post] = calls("POST");
    expect(Object.keys(post?.body ?? {}).sort()).toEqual([...Object.keys(refundCase), "beta"].sort());
    expect(post?.bodyText).toContain('"beta":{"weight":1.0}');
  });

  it("is a conflict where a living one continues it already, and names that", async () => {
    const id = await deleted();
    const living = await restored(id);
    const request = restore(id, { version: 2 });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(request)).toMatchObject({
      reason: "continues-elsewhere",
      definitionId: living,
      conflict: { version: 3 },
    });
    expect(calls("POST")).toHaveLength(1);
  });

  it("is allowed again when what continued it is gone too", async () => {
    const id = await deleted();
    const first = await restored(id);
    await world().apply(remove(first));
    const second = await restored(id);
    expect(new Set([id, first, second]).size).toBe(3);
    expect((await world().mirror(id))?.continuesAs).toBe(second);
    expect(await world().mirror(second)).toMatchObject({ continues: id });
  });

  it("is a conflict where a living one continues what continued it, however often; all name that one", async () => {
    const id = await deleted();
    const ids = [id];
    for (let times = 0; times < 3; times += 1) {
      const next = await restored(ids.at(-1) ?? "");
      if (times < 2) await world().apply(remove(next));
      ids.push(next);
    }
    const [, second = "", third = "", living = ""] = ids;
    for (const gone of [id, second, third]) {
      const request = restore(gone, { version: 1 });
      expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
      expect(await result(request)).toMatchObject({ reason: "continues-elsewhere", definitionId: living });
      const edit = update(gone, { name: "Next" });
      expect(await world().apply(edit)).toEqual({ kind: "done", status: "rejected" });
      expect(await result(edit)).toEqual({ reason: "continues-elsewhere", definitionId: living });
    }
    expect(calls("POST")).toHaveLength(3);
  });

  it("holds its expectations against the deletion: version and content hash", async () => {
    const id = await deleted();
    const { contentHash = "" } = (await world().mirror(id)) ?? {};
    for (const expect_ of [
      { version: 2 },
      { contentHash: `sha256:${"0".repeat(64)}` },
      { version: 3, modifiedTimestamp: 1 },
    ]) {
      const request = restore(id, { version: 1 }, { expect: expect_ });
      expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
      expect(await result(request)).toMatchObject({ conflict: { version: 3 } });
    }
    expect(calls("POST")).toHaveLength(0);
    const right = restore(id, { version: 1 }, { expect: { version: 3, contentHash } });
    expect(await world().apply(right)).toEqual(applied);
  });

  it("whose answer is lost: the new definition is found in the scope's list, linked, and not made twice", async () => {
    const id = await deleted();
    fault("POST");
    const request = restore(id, { version: 1 });
    expect(await world().apply(request)).toMatchObject({ kind: "wait" });
    expect((await world().mirror(id))?.continuesAs).toBeUndefined();
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    const { definitionId = "" } = (await result(request)) ?? {};
    expect(await history(definitionId)).toEqual(["restored adopted"]);
    expect((await world().mirror(id))?.continuesAs).toBe(definitionId);
    expect((await world().mirror(definitionId))?.continues).toBe(id);
  });

  it("that is lost before it took effect is sent again after two lists", async () => {
    const id = await deleted();
    fault("POST", { apply: "never", answer: "reset" });
    const request = restore(id, { version: 1 });
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    world().clock.pass(30_001);
    expect(await world().apply(request)).toEqual(applied);
    expect(world().simulator.workspace.definitions()).toHaveLength(1);
  });

  it("whose worker dies between call and commit is found as well", async () => {
    const id = await deleted();
    const request = restore(id, { version: 1 });
    await crash(request, { after: "provider.create" });
    world().clock.pass(20_001);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(world().simulator.workspace.definitions()).toHaveLength(1);
  });

  it("excludes the creates of its scope, whose lists would be mistaken", async () => {
    const id = await deleted();
    fault("POST");
    const request = restore(id, { version: 1 });
    await world().apply(request);
    expect(await world().apply(create())).toMatchObject({ reason: "unanswered-write-of-another" });
  });

  it("whose answer is lost, while another restore is faster in another scope: what it made is still recorded", async () => {
    const id = world().createOutside();
    await world().apply(
      update(id, { response_engine: { type: "retell-llm", llm_id: otherEngineId, version: 0 } }),
    );
    await world().apply(remove(id));
    fault("POST");
    const [slow, fast] = [restore(id, { version: 1 }), restore(id, { version: 2 })];
    expect(await world().apply(slow)).toMatchObject({ kind: "wait" });
    expect(await world().apply(fast)).toEqual(applied);
    world().settle();
    await world().apply(slow);
    const made = world()
      .simulator.workspace.definitions()
      .map((definition) => String(definition["test_case_definition_id"]));
    expect(made).toHaveLength(2);
    for (const definitionId of made) expect(await world().versions(definitionId)).toHaveLength(1);
    // Only one of them continues the deleted one.
    expect((await world().mirror(id))?.continuesAs).toBe((await result(fast))?.definitionId);
  });

  it("that is under way while another one is faster in another scope is applied, but continues nothing", async () => {
    const id = world().createOutside();
    await world().apply(
      update(id, { response_engine: { type: "retell-llm", llm_id: otherEngineId, version: 0 } }),
    );
    await world().apply(remove(id));
    fault("POST", { answerAfterMs: 800 });
    const [slow, fast] = [restore(id, { version: 1 }), restore(id, { version: 2 })];
    const restoring = world().apply(slow);
    await waitFor(() => calls("POST").length === 1, { timeoutMs: 5_000, what: "the call" });
    expect(await world().apply(fast)).toEqual(applied);
    expect(await restoring).toEqual(applied);
    const { definitionId = "" } = (await result(slow)) ?? {};
    expect(await history(definitionId)).toEqual(["restored change_request"]);
    expect((await world().mirror(id))?.continuesAs).toBe((await result(fast))?.definitionId);
  });

  it("into a scope that does not exist any more is rejected with the provider's words", async () => {
    const id = await deleted();
    world().simulator.workspace.edit({ action: "delete-engine", type: "retell-llm", id: engineId });
    const request = restore(id, { version: 1 });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await world().mirror(id))?.continuesAs).toBeUndefined();
  });
});

describe("requests for an id that continues elsewhere", () => {
  it.each(["update", "replace", "delete"] as const)(
    "an %s is rejected and names the new one",
    async (operation) => {
      const id = await deleted();
      const living = await restored(id);
      const request = {
        update: () => update(id, { name: "x" }),
        replace: () => replace(id, refundCase),
        delete: () => remove(id),
      }[operation]();
      expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
      expect(await result(request)).toEqual({ reason: "continues-elsewhere", definitionId: living });
      expect(stored(living)).toMatchObject({ name: `Refund ${made}` });
    },
  );
});
