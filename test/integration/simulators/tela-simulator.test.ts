/** The simulated Tela as its documents and its public clients describe it. */
import { afterEach, describe, expect, test } from "vitest";
import type { ListFault } from "../../../infra/local/simulators/fault.ts";
import type { Switches } from "../../../infra/local/simulators/tela/switches.ts";
import type { JsonObject, JsonValue } from "../../../shared/platform/json.ts";
import {
  file,
  input,
  otherPromptId,
  promptId,
  startAt,
  startWorld,
  storedId,
  unknownPromptId,
  type World,
} from "./tela-fixture.ts";

const one = `/test-case/${storedId}`;
const list = `/test-case?promptId=${promptId}`;

let world: World;
afterEach(() => world.close());

async function worldWith(switches: Partial<Switches> = {}): Promise<World> {
  world = await startWorld(switches);
  return world;
}

const idsOf = (rows: JsonValue) => (rows as readonly JsonObject[]).map(({ id }) => id);

describe("a test case", () => {
  test("is made, read, changed in part and listed", async () => {
    const { call, members, workspace } = await worldWith();
    const made = await call("POST", "/test-case", input);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      ...input,
      answers: null,
      promptApplicationId: null,
      createdAt: "2026-11-21T10:00:00.000Z",
      updatedAt: "2026-11-21T10:00:00.000Z",
      deletedAt: null,
    });
    const { id } = made.json as JsonObject;
    world.clock.advance(1_500);
    const changed = await members("PATCH", `/test-case/${id}`, { title: "Renamed" });
    expect(changed).toEqual({
      ...(made.json as JsonObject),
      title: "Renamed",
      updatedAt: "2026-11-21T10:00:01.500Z",
    });
    expect(await members("GET", `/test-case/${id}`)).toEqual(changed);
    expect((await call("GET", list)).json).toEqual([changed, workspace.definition(storedId)]);
    expect((await call("GET", `/test-case?promptId=${otherPromptId}`)).json).toEqual([]);
    expect(workspace.effects().map(({ kind }) => kind)).toEqual(["created", "updated"]);
  });

  test("has the shape of a UUID for an id, the same in every run", async () => {
    const { members } = await worldWith();
    const { id } = await members("POST", "/test-case", input);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    await world.close();
    const again = await worldWith();
    expect((await again.members("POST", "/test-case", input))["id"]).toBe(id);
  });

  test("is moved by its prompt", async () => {
    const { call, workspace } = await worldWith();
    await call("PATCH", one, { promptId: otherPromptId });
    expect(workspace.effects()).toMatchObject([{ kind: "moved", definitionId: storedId }]);
    expect(idsOf((await call("GET", `/test-case?promptId=${otherPromptId}`)).json)).toEqual([storedId]);
  });

  test("is marked when it is deleted, and stays", async () => {
    const { call, members, workspace } = await worldWith();
    expect(await call("DELETE", one)).toEqual({ status: 200, text: "", json: null });
    expect(await members("GET", one)).toMatchObject({ deletedAt: "2026-11-21T10:00:00.000Z" });
    expect((await members("GET", one))["updatedAt"]).toBe("2026-11-21T09:59:55.000Z");
    expect(workspace.effects()).toMatchObject([{ kind: "deleted" }]);
  });

  test.each([
    ["GET", "/test-case/unknown"],
    ["PATCH", "/test-case/unknown"],
    ["DELETE", "/test-case/unknown"],
    ["PUT", one],
    ["POST", `${one}/run`],
    ["POST", "/test-case/run-all"],
    ["GET", "/test-cases"],
  ])("%s %s is a 404 in Tela's words", async (method, path) => {
    const { call } = await worldWith();
    expect(await call(method, path, method === "GET" ? undefined : {})).toMatchObject({
      status: 404,
      json: { code: "not_found", status: 404, name: "Error" },
    });
  });
});

describe("a body that Tela's schemas do not take", () => {
  test.each<[JsonValue, string]>([
    [[input], "body must be an object"],
    [{ ...input, title: 7 }, "title is invalid"],
    [{ ...input, title: null }, "title is invalid"],
    [{ ...input, messages: null }, "messages is invalid"],
    [{ ...input, messages: [{ role: "tool", content: "x" }] }, "messages is invalid"],
    [{ ...input, messages: [{ role: "user", content: 1 }] }, "messages is invalid"],
    [{ ...input, variables: { order: 17 } }, "variables is invalid"],
    [{ ...input, variablesRichContent: null }, "variablesRichContent is invalid"],
    [{ ...input, files: [{ ...file, url: undefined } as unknown as JsonObject] }, "files is invalid"],
    [{ ...input, promptId: "p1" }, "promptId is invalid"],
    [{ ...input, metadata: { source: "task" } }, "metadata is invalid"],
    [{ ...input, metadata: null }, "metadata is invalid"],
  ])("is a 400 that says so: %j", async (body, detail) => {
    const { call, workspace } = await worldWith();
    for (const [method, path] of [
      ["POST", "/test-case"],
      ["PATCH", one],
    ] as const) {
      expect(await call(method, path, body)).toMatchObject({ status: 400, json: { details: [detail] } });
    }
    expect(workspace.effects()).toEqual([]);
  });

  test.each(["promptId", "messages", "variablesRichContent"])(
    "is one that lacks %s, in a create",
    async (member) => {
      const { call } = await worldWith();
      const { [member]: _, ...body } = input as JsonObject;
      expect(await call("POST", "/test-case", body)).toMatchObject({
        status: 400,
        json: { details: [`${member} is required`] },
      });
    },
  );

  test("is a 422 where that is how it is said", async () => {
    const { call } = await worldWith({ invalidBody: 422 });
    expect((await call("PATCH", one, { title: null })).status).toBe(422);
  });
});

describe("projects, prompts and keys", () => {
  test("are listed as public clients of Tela read them, deleted ones with a mark or not at all", async () => {
    const { call } = await worldWith();
    expect((await call("GET", "/project")).json).toMatchObject([
      { id: "project_1", title: "Mails", workspaceId: "w", deletedAt: null },
      { id: "project_2", deletedAt: expect.any(String) },
    ]);
    world.workspace.setSwitches({ deletedParents: "hidden" });
    expect(idsOf((await call("GET", "/project")).json)).toEqual(["project_1"]);
    const prompts = await call(
      "GET",
      "/prompt?projectId=project_1&includeStats=false&includeLastVersion=true",
    );
    expect(prompts.json).toMatchObject([
      { id: promptId, projectId: "project_1", workspaceId: "w", lastVersion: { promptId } },
      { id: otherPromptId },
    ]);
    expect((await call("GET", "/prompt")).status).toBe(400);
    expect((await call("GET", "/prompt?projectId=other")).status).toBe(404);
  });

  test("a prompt that was deleted or never was takes no test case", async () => {
    const { call, workspace } = await worldWith();
    workspace.edit({
      action: "put-prompt",
      prompt: { id: otherPromptId, projectId: "project_1", title: "Gone", deleted: true },
    });
    for (const prompt of [otherPromptId, unknownPromptId]) {
      expect((await call("PATCH", one, { promptId: prompt })).status).toBe(404);
      expect((await call("POST", "/test-case", { ...input, promptId: prompt })).status).toBe(404);
    }
    workspace.setSwitches({ unknownPromptOnWrite: "accepted" });
    expect((await call("PATCH", one, { promptId: unknownPromptId })).status).toBe(200);
  });

  test("a key sees the projects that it may see", async () => {
    const { call, workspace } = await worldWith();
    workspace.edit({
      action: "set-key",
      apiKey: "key_other",
      key: { workspace: "w", projects: ["project_2"] },
    });
    const asOther = async (method: string, path: string, body?: JsonValue) =>
      (await call(method, path, body, "key_other")).status;
    expect(idsOf((await call("GET", "/project", undefined, "key_other")).json)).toEqual(["project_2"]);
    for (const noAccess of [403, 401, 404] as const) {
      workspace.setSwitches({ noAccess });
      expect(await asOther("GET", one)).toBe(noAccess);
      expect(await asOther("GET", list)).toBe(noAccess);
      expect(await asOther("GET", "/prompt?projectId=project_1")).toBe(noAccess);
      expect(await asOther("PATCH", one, { title: "x" })).toBe(noAccess);
      expect(await asOther("DELETE", one)).toBe(noAccess);
      expect(await asOther("POST", "/test-case", input)).toBe(noAccess);
    }
    expect((await call("GET", one, undefined, "key_nobody")).status).toBe(401);
    expect(workspace.effects()).toEqual([]);
  });

  test("the key check shows one of three forms", async () => {
    const { call, workspace } = await worldWith();
    expect((await call("GET", "/api-key")).json).toEqual({ id: "key_1", title: "Test Case Sync" });
    workspace.setSwitches({ keyAnswer: "key-with-workspace" });
    expect((await call("GET", "/api-key")).json).toMatchObject({ workspaceId: "w" });
    workspace.setSwitches({ keyAnswer: "list" });
    expect((await call("GET", "/api-key")).json).toMatchObject([{ workspaceId: "w" }]);
  });
});

describe("errors and limits", () => {
  test("have one of three shapes, those of faults and limits as well", async () => {
    const { call, workspace } = await worldWith();
    const shapes: [Switches["errorShape"], JsonObject][] = [
      ["documented", { code: "not_found", message: expect.any(String), status: 404, name: "Error" }],
      ["nested", { error: { code: "not_found", message: expect.any(String), status: 404, name: "Error" } }],
      [
        "message-object",
        { code: "not_found", message: { message: expect.any(String) }, status: 404, name: "Error" },
      ],
    ];
    for (const [errorShape, body] of shapes) {
      workspace.setSwitches({ errorShape });
      expect((await call("GET", "/test-case/unknown")).json).toEqual(body);
      workspace.addFault({ apply: "never", answer: { status: 404 } });
      expect((await call("GET", one)).json).toEqual(body);
    }
    workspace.setSwitches({
      errorShape: "nested",
      rateLimit: { kind: "fixed-window", limit: 1, windowMs: 1_000 },
    });
    await call("GET", one);
    expect(await call("GET", one)).toMatchObject({ status: 429, json: { error: { code: "rate_limited" } } });
  });

  test("faults break the list in ways that a client must notice", async () => {
    const { call, workspace } = await worldWith();
    const shown = workspace.definition(storedId);
    const moved = workspace.edit({ action: "create", definition: { ...input, promptId: otherPromptId } });
    const elsewhere = moved.done ? (moved.definitionId ?? "") : "";
    const broken = async (fault: ListFault) => {
      workspace.addFault({ list: fault });
      return (await call("GET", list)).json;
    };
    expect(await broken("no-items")).toEqual({});
    expect(await broken("empty")).toEqual([]);
    expect(await broken("bare-array")).toEqual([shown]);
    expect(await broken("item-without-id")).toEqual([{ title: "an item without an id" }, shown]);
    expect(await broken("more-without-key")).toEqual({ items: [shown], has_more: true });
    expect(await broken({ omit: [storedId] })).toEqual([]);
    expect(idsOf(await broken({ add: [elsewhere] }))).toEqual([storedId, elsewhere]);
  });
});

test("somebody else undeletes, purges and moves, and everything is found again after a restart", async () => {
  const { call, workspace } = await worldWith();
  await call("DELETE", one);
  workspace.edit({ action: "undelete", definitionId: storedId });
  expect(workspace.definition(storedId)).toMatchObject({ deletedAt: null });
  workspace.edit({ action: "move", definitionId: storedId, promptId: otherPromptId });
  workspace.edit({ action: "purge", definitionId: storedId });
  expect((await call("GET", one)).status).toBe(404);
  workspace.edit({ action: "put-project", project: { id: "project_3", title: "New" } });
  const [seed] = workspace.snapshot().workspaces;
  expect(seed).toMatchObject({ projects: [{}, {}, { id: "project_3" }], definitions: [] });
  expect(workspace.effects().map(({ kind }) => kind)).toEqual(["deleted", "updated", "moved", "deleted"]);
  expect(workspace.effects().at(0)?.serverAt).toBe(startAt);
});
