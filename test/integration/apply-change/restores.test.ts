/** Restoring a living definition to a version, or to the state at an instant. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { engineId, otherEngineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, history, outside, remove, restore, result, stored, update } = applySteps(
  world,
  "restore",
);

const isoAt = (at: number) => new Date(at).toISOString();

/** Created, renamed twice: three versions, an hour apart. */
async function withThreeVersions(): Promise<{ id: string; madeAt: number }> {
  const request = create({ ...refundCase, name: "One" });
  await world().apply(request);
  const madeAt = world().clock.now();
  const id = (await result(request))?.definitionId ?? "";
  for (const name of ["Two", "Three"]) {
    world().clock.pass(3_600_000);
    await world().apply(update(id, { name, user_prompt: `${name}.` }));
  }
  return { id, madeAt };
}

describe("a restore", () => {
  it("to a version brings back its content exactly, as a new version with its requester", async () => {
    const { id } = await withThreeVersions();
    const request = restore(id, { version: 1 }, { actor: "ana", reason: "it was better" });
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)).toMatchObject({ ...refundCase, name: "One" });
    const [first, , , last] = await world().versions(id);
    expect(last?.record).toMatchObject({
      version: 4,
      changeType: "restored",
      source: "change_request",
      contentHash: first?.record.contentHash,
      requestId: request["requestId"],
      actorClaimed: "ana",
      reason: "it was better",
    });
    expect(await result(request)).toEqual({ version: 4, definitionId: id });
  });

  it("to an instant brings back what was there then", async () => {
    const { id, madeAt } = await withThreeVersions();
    expect(await world().apply(restore(id, { at: isoAt(madeAt + 3_000_000) }))).toEqual(applied);
    expect(stored(id)).toMatchObject({ name: "One" });
    expect(await world().apply(restore(id, { at: isoAt(madeAt + 3_600_000 * 1.5) }))).toEqual(applied);
    expect(stored(id)).toMatchObject({ name: "Two", user_prompt: "Two." });
  });

  it("to what is there already is unchanged, and nothing is sent", async () => {
    const { id } = await withThreeVersions();
    const sent = calls("PUT").length;
    const request = restore(id, { version: 3 });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "unchanged" });
    expect(await result(request)).toEqual({ version: 3, definitionId: id });
    expect(calls("PUT")).toHaveLength(sent);
  });

  it("keeps what an outsider has changed in the history before it takes it away", async () => {
    const { id } = await withThreeVersions();
    outside(id, { name: "Outside" });
    expect(await world().apply(restore(id, { version: 1 }))).toEqual(applied);
    expect((await history(id)).slice(-2)).toEqual([
      "updated observed_before_write",
      "restored change_request",
    ]);
    expect(stored(id)["name"]).toBe("One");
  });

  it("takes members away that the version did not have, and brings unknown ones back", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept" });
    const id = world().createOutside({ ...refundCase, beta: { weight: JSON.rawJSON("1.0") } });
    await world().apply(update(id, [{ op: "remove", path: "/beta" }]));
    await world().apply(update(id, { gamma: 1 }));
    expect(stored(id)).not.toHaveProperty("beta");
    expect(await world().apply(restore(id, { version: 1 }))).toEqual(applied);
    expect(stored(id)).not.toHaveProperty("gamma");
    expect(JSON.stringify(stored(id)["beta"])).toBe('{"weight":1.0}');
  });

  it.each<[string, (at: { id: string; madeAt: number }) => JsonObject, string]>([
    ["a version that there is not", () => ({ version: 9 }), "unknown-version"],
    [
      "an instant before the first version",
      ({ madeAt }) => ({ at: isoAt(madeAt - 60_000) }),
      "not-known-yet",
    ],
    [
      "an instant in the future",
      () => ({ at: isoAt(world().clock.now() + 60_000) }),
      "instant-in-the-future",
    ],
  ])("to %s is rejected, and nothing is sent", async (_what, to, reason) => {
    const made = await withThreeVersions();
    const sent = calls("PUT").length;
    const request = restore(made.id, to(made));
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect(await result(request)).toEqual({ reason });
    expect(calls("PUT")).toHaveLength(sent);
  });

  it("of a definition that nobody knows is rejected", async () => {
    const request = restore("test_case_nobody_knows", { version: 1 });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await result(request))?.reason).toBe("not-found");
  });

  it("of a definition that was only now met has its baseline to go back to", async () => {
    const id = world().createOutside();
    expect(await world().apply(restore(id, { version: 1 }))).toEqual({ kind: "done", status: "unchanged" });
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
  });

  it("of one that is gone outside, without a recorded deletion, is rejected, and it is missing", async () => {
    const { id } = await withThreeVersions();
    world().simulator.workspace.edit({ action: "delete", definitionId: id });
    const request = restore(id, { version: 1 });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await result(request))?.reason).toBe("not-found");
    expect((await world().mirror(id))?.missingSince).toBeDefined();
    expect(calls("POST")).toHaveLength(1);
  });
});

describe("a restore to another scope", () => {
  it("is recorded as moved", async () => {
    const { id } = await withThreeVersions();
    const elsewhere = { type: "retell-llm", llm_id: otherEngineId, version: 0 };
    await world().apply(update(id, { response_engine: elsewhere }));
    expect((await history(id)).at(-1)).toBe("moved change_request");
    expect(await world().apply(restore(id, { version: 1 }))).toEqual(applied);
    expect((await history(id)).at(-1)).toBe("moved change_request");
    expect((await world().mirror(id))?.scope).toBe(`retell-llm:${engineId}`);
    expect(stored(id)).toMatchObject({ response_engine: { llm_id: engineId }, name: "One" });
  });
});

describe("the engine's version", () => {
  const engine = (version: number) => ({ type: "retell-llm", llm_id: engineId, version });

  it.each([
    [true, 2],
    [false, 0],
  ])("with keepEngineVersion %s is %i afterwards", async (keepEngineVersion, version) => {
    const { id } = await withThreeVersions();
    await world().apply(update(id, { response_engine: engine(2) }));
    expect(await world().apply(restore(id, { version: 1, keepEngineVersion }))).toEqual(applied);
    expect(stored(id)).toMatchObject({ response_engine: engine(version), name: "One" });
  });

  it("is unchanged where nothing but it differs and it is kept", async () => {
    const { id } = await withThreeVersions();
    await world().apply(update(id, { response_engine: engine(2) }));
    expect(await world().apply(restore(id, { version: 3, keepEngineVersion: true }))).toEqual({
      kind: "done",
      status: "unchanged",
    });
  });

  it("is not kept where the restore leads to another engine", async () => {
    const { id } = await withThreeVersions();
    await world().apply(update(id, { response_engine: { ...engine(2), llm_id: otherEngineId } }));
    await world().apply(restore(id, { version: 1, keepEngineVersion: true }));
    expect(stored(id)).toMatchObject({ response_engine: engine(0) });
  });
});

describe("a restore to a deleted state", () => {
  it("is rejected", async () => {
    const { id } = await withThreeVersions();
    world().clock.pass(3_600_000);
    await world().apply(remove(id));
    world().clock.pass(3_600_000);
    for (const to of [{ version: 4 }, { at: isoAt(world().clock.now() - 60_000) }]) {
      const request = restore(id, to);
      expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
      expect(await result(request)).toEqual({ reason: "deleted-state" });
    }
    expect(calls("POST")).toHaveLength(1);
  });
});
