/** A provider whose PUT merges keeps the members that were to go. */
import { beforeEach, describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, fault, history, outside, restore, result, stored, update } = applySteps(world, "kept");

const withoutNote = [{ op: "remove", path: "/note" }];
const kept = [{ pointer: "/note", sent: null, stored: "Be polite." }];

/** Version 1 without a note, version 2 with one. */
async function withNote(): Promise<string> {
  const id = world().createOutside();
  await world().apply(update(id, {}));
  outside(id, { note: "Be polite." });
  await world().apply(update(id, {}));
  return id;
}

describe("a member that was to go, and that the provider keeps because its PUT merges,", () => {
  beforeEach(() => {
    world().simulator.workspace.setSwitches({ put: "merge", unknownMembers: "kept" });
  });

  it("is listed by a request that changes something else as well", async () => {
    const id = await withNote();
    const request = update(id, [...withoutNote, { op: "replace", path: "/name", value: "Next" }]);
    expect(await world().apply(request)).toEqual(applied);
    expect(await result(request)).toEqual({ version: 3, definitionId: id, differences: kept });
    expect((await world().versions(id))[2]?.record.differences).toEqual(kept);
    expect(stored(id)).toMatchObject({ name: "Next", note: "Be polite." });
  });

  it.each([
    ["an update", (id: string) => update(id, withoutNote)],
    ["a restore", (id: string) => restore(id, { version: 1 })],
  ])(
    "is listed by %s that changes nothing else: unchanged, without a version however often",
    async (_what, request) => {
      const id = await withNote();
      for (let times = 1; times <= 2; times += 1) {
        const again = request(id);
        expect(await world().apply(again)).toEqual({ kind: "done", status: "unchanged" });
        expect(await result(again)).toEqual({
          reason: "kept-by-provider",
          version: 2,
          definitionId: id,
          differences: kept,
        });
      }
      expect(calls("PUT")).toHaveLength(2);
      expect(await history(id)).toHaveLength(2);
      // Nothing of it is left open, and what somebody else removes later is an outside change.
      world().simulator.workspace.edit({ action: "edit", definitionId: id, unset: ["note"] });
      expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
      expect((await history(id)).slice(2)).toEqual([
        "updated observed_before_write",
        "updated change_request",
      ]);
    },
  );
});

it("an answer that shows what was before, and not what was sent, is no proof that nothing was changed", async () => {
  const id = world().createOutside();
  await world().apply(update(id, {}));
  const body = JSON.stringify(stored(id));
  fault("PUT", { answer: { status: 200, body, headers: { "content-type": "application/json" } } });
  expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
  expect(stored(id)["name"]).toBe("Next");
  expect(await world().versions(id)).toHaveLength(2);
});

it("a member that was to go is gone where PUT replaces", async () => {
  world().simulator.workspace.setSwitches({ put: "replace", unknownMembers: "kept" });
  const id = await withNote();
  const request = update(id, withoutNote);
  expect(await world().apply(request)).toEqual(applied);
  expect(await result(request)).toEqual({ version: 3, definitionId: id });
  expect(stored(id)["note"]).toBeUndefined();
});

it("a value that the provider replaces by its own is applied, though it was there before", async () => {
  world().simulator.workspace.setSwitches({ modelReplacements: { "gpt-4o": "gpt-4.1" } });
  const id = world().createOutside();
  const request = update(id, { llm_model: "gpt-4o" });
  expect(await world().apply(request)).toEqual(applied);
  expect(await result(request)).toMatchObject({
    version: 2,
    differences: [{ pointer: "/llm_model", sent: "gpt-4o", stored: "gpt-4.1" }],
  });
});
