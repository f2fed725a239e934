/** What Tela's documents leave open, position by position. */
import { afterEach, describe, expect, test } from "vitest";
import type { Switches } from "../../../infra/local/simulators/tela/switches.ts";
import type { JsonObject, JsonValue } from "../../../shared/platform/json.ts";
import { input, promptId, startWorld, storedId, unknownPromptId, type World } from "./tela-fixture.ts";

const one = `/test-case/${storedId}`;
const list = `/test-case?promptId=${promptId}`;

let world: World;
afterEach(() => world.close());

async function worldWith(switches: Partial<Switches> = {}): Promise<World> {
  world = await startWorld(switches);
  return world;
}

const idsOf = (rows: JsonValue) => (rows as readonly JsonObject[]).map(({ id }) => id);

describe("what a PATCH does", () => {
  test("objects are replaced or merged", async () => {
    const { members } = await worldWith();
    const { variables } = await members("PATCH", one, { variables: { order: "18" } });
    expect(variables).toEqual({ order: "18" });
    world.workspace.setSwitches({ objects: "merged" });
    const merged = await members("PATCH", one, { variables: { name: "Ben" } });
    expect(merged["variables"]).toEqual({ order: "18", name: "Ben" });
  });

  test("null clears what may be null, or nothing", async () => {
    const { members } = await worldWith();
    for (const member of ["variables", "files", "expectedOutput", "promptApplicationId"]) {
      expect((await members("PATCH", one, { [member]: null }))[member]).toBeNull();
    }
    world.workspace.reset();
    world.workspace.setSwitches({ nullInPatch: "ignored" });
    expect((await members("PATCH", one, { expectedOutput: null }))["expectedOutput"]).toBe("An apology");
  });

  test("nothing, which bumps the timestamp or not, or is a 400", async () => {
    const { call, members } = await worldWith();
    expect((await members("PATCH", one, {}))["updatedAt"]).toBe("2026-11-21T10:00:00.000Z");
    world.workspace.reset();
    world.workspace.setSwitches({ noOpPatchBumpsTimestamp: false });
    expect((await members("PATCH", one, { title: "Refund" }))["updatedAt"]).toBe("2026-11-21T09:59:55.000Z");
    world.workspace.setSwitches({ emptyPatch: 400 });
    expect((await call("PATCH", one, {})).status).toBe(400);
  });

  test("to what is marked as deleted", async () => {
    const { call, members } = await worldWith();
    await call("DELETE", one);
    expect(await members("PATCH", one, { title: "Ghost" })).toMatchObject({
      title: "Ghost",
      deletedAt: "2026-11-21T10:00:00.000Z",
    });
    for (const patchDeleted of [400, 404] as const) {
      world.workspace.setSwitches({ patchDeleted });
      expect((await call("PATCH", one, { title: "Ghost" })).status).toBe(patchDeleted);
    }
  });
});

describe("members that a schema does not list", () => {
  test("are ignored, kept or rejected, and never the server's own", async () => {
    const { call, members } = await worldWith();
    const body = { ...input, colour: "red", id: "mine", createdAt: "x" };
    expect(await members("POST", "/test-case", body)).not.toHaveProperty("colour");
    world.workspace.setSwitches({ unknownMembers: "kept" });
    const kept = await members("POST", "/test-case", body);
    expect(kept).toMatchObject({ colour: "red", createdAt: "2026-11-21T10:00:00.000Z" });
    expect(kept["id"]).not.toBe("mine");
    world.workspace.setSwitches({ unknownMembers: "rejected" });
    expect(await call("PATCH", one, { colour: "red" })).toMatchObject({
      status: 400,
      json: { details: ["colour is not allowed"] },
    });
  });

  test("answers are stored, ignored or rejected", async () => {
    const answers = { good: [] };
    const { call, members } = await worldWith();
    expect((await members("PATCH", one, { answers }))["answers"]).toEqual(answers);
    world.workspace.reset();
    world.workspace.setSwitches({ answersInWrites: "ignored" });
    expect((await members("PATCH", one, { answers }))["answers"]).toBeNull();
    world.workspace.setSwitches({ answersInWrites: "rejected" });
    expect((await call("PATCH", one, { answers })).status).toBe(400);
  });

  test("other sources and nulls in a create", async () => {
    const { call } = await worldWith({ otherSources: "accepted" });
    expect((await call("PATCH", one, { metadata: { source: "task", taskId: "t" } })).status).toBe(200);
    expect((await call("POST", "/test-case", { ...input, files: null })).status).toBe(201);
    world.workspace.setSwitches({ nullInCreate: 400 });
    expect((await call("POST", "/test-case", { ...input, files: null })).status).toBe(400);
  });
});

describe("the answer to a write", () => {
  test("of a create", async () => {
    const { call } = await worldWith({ createAnswer: "array-of-one", createStatus: 200 });
    const first = await call("POST", "/test-case", input);
    expect(first).toMatchObject({ status: 200, json: [{ title: "Refund" }] });
    world.workspace.setSwitches({ createAnswer: "id-only" });
    const { json } = await call("POST", "/test-case", input);
    expect(json).toEqual({ id: expect.any(String) });
  });

  test("of an update", async () => {
    const { call } = await worldWith({ patchAnswer: "id-and-title" });
    expect((await call("PATCH", one, { title: "x" })).json).toEqual({ id: storedId, title: "x" });
    world.workspace.setSwitches({ patchAnswer: "empty" });
    expect(await call("PATCH", one, { title: "y" })).toEqual({ status: 200, text: "", json: null });
    expect(world.workspace.definition(storedId)).toMatchObject({ title: "y" });
  });

  test("of a delete, the first and the second", async () => {
    const { call, members } = await worldWith({ deleteAnswer: "test-case", deleteTouchesUpdatedAt: true });
    expect(await members("DELETE", one)).toMatchObject({
      id: storedId,
      updatedAt: "2026-11-21T10:00:00.000Z",
      deletedAt: "2026-11-21T10:00:00.000Z",
    });
    expect((await call("DELETE", one)).status).toBe(200);
    world.workspace.setSwitches({ deleteAgain: 404 });
    expect((await call("DELETE", one)).status).toBe(404);
    expect(world.workspace.effects()).toHaveLength(1);
  });
});

describe("reads", () => {
  test("need the prompt in a list; one that does not exist has an empty one, or none", async () => {
    const { call } = await worldWith();
    expect((await call("GET", "/test-case")).status).toBe(400);
    const unknown = `/test-case?promptId=${unknownPromptId}`;
    expect((await call("GET", unknown)).json).toEqual([]);
    for (const listUnknownPrompt of [400, 404] as const) {
      world.workspace.setSwitches({ listUnknownPrompt });
      expect((await call("GET", unknown)).status).toBe(listUnknownPrompt);
    }
  });

  test("show what is marked as deleted, or do not", async () => {
    const { call } = await worldWith();
    await call("DELETE", one);
    expect(idsOf((await call("GET", list)).json)).toEqual([storedId]);
    world.workspace.setSwitches({ deletedInList: false, getDeleted: 404 });
    expect((await call("GET", list)).json).toEqual([]);
    expect((await call("GET", one)).status).toBe(404);
  });

  test("are in either order, and lag", async () => {
    const { call, members } = await worldWith({ getLagMs: 5_000, listLagMs: 10_000 });
    const { id } = await members("POST", "/test-case", input);
    expect((await call("GET", `/test-case/${id}`)).status).toBe(404);
    world.clock.advance(5_000);
    expect((await call("GET", `/test-case/${id}`)).status).toBe(200);
    expect(idsOf((await call("GET", list)).json)).toEqual([storedId]);
    world.clock.advance(5_000);
    expect(idsOf((await call("GET", list)).json)).toEqual([id, storedId]);
    world.workspace.setSwitches({ listOrder: "oldest-first" });
    expect(idsOf((await call("GET", list)).json)).toEqual([storedId, id]);
  });

  test("show runs where a list is asked for them", async () => {
    const { call } = await worldWith();
    expect((await call("GET", `${list}&includeGenerations=true`)).json).toMatchObject([{ generations: [] }]);
  });

  test("write times in seconds where that is the form", async () => {
    const { members } = await worldWith({ timestampForm: "seconds" });
    expect((await members("PATCH", one, { title: "x" }))["updatedAt"]).toBe("2026-11-21T10:00:00Z");
  });
});
