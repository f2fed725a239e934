/** Somebody else at the provider: a colleague in the dashboard, migrations, an administrator. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OutsideEditError } from "../../../infra/local/simulators/outside-edit-error.ts";
import {
  call,
  flow,
  idsOf,
  input,
  listOfFlow,
  listOfLlm,
  seed,
  startAt,
  startWorld,
  storedId,
  type World,
} from "./retell-fixture.ts";

const get = `/get-test-case-definition/${storedId}`;
const update = `/update-test-case-definition/${storedId}`;
let world: World;
beforeEach(async () => {
  world = await startWorld({ definitions: 3 });
});
afterEach(() => world.close());

describe("an edit now", () => {
  test("sets and removes any member, bumps the timestamp or not, and is written down", async () => {
    const { workspace } = world;
    const set = { name: "By hand", tool_mocks: null, colour: { "1": 1 } };
    workspace.edit({ action: "edit", definitionId: storedId, set, unset: ["llm_model"] });
    const { json } = await world.call("GET", get);
    expect(json).toMatchObject({ ...set, user_modified_timestamp: startAt });
    expect(json).not.toHaveProperty("llm_model");
    world.clock.advance(1_000);
    workspace.edit({
      action: "edit",
      definitionId: storedId,
      set: { name: "Quietly" },
      bumpTimestamp: false,
    });
    expect(workspace.definition(storedId)).toMatchObject({
      name: "Quietly",
      user_modified_timestamp: startAt,
    });
    const [first, second] = workspace.effects();
    expect(first).toMatchObject({ number: 1, kind: "updated", cause: { by: "outside", action: "edit" } });
    expect(second).toMatchObject({ number: 2, before: first?.after, at: startAt + 1_000 });
    expect(JSON.parse(second?.after ?? "")).toEqual(workspace.definition(storedId));
  });

  test("moves a definition from one list to another", async () => {
    world.workspace.edit({ action: "move", definitionId: storedId, responseEngine: flow });
    expect(idsOf((await world.call("GET", listOfLlm)).json)).not.toContain(storedId);
    expect(idsOf((await world.call("GET", listOfFlow)).json)).toEqual([storedId]);
    expect(world.workspace.effects()).toMatchObject([{ kind: "moved" }]);
  });

  test("renames, deletes, creates and duplicates", () => {
    const { workspace } = world;
    workspace.edit({ action: "rename", definitionId: storedId, name: "Renamed" });
    const copy = workspace.edit({ action: "duplicate", definitionId: storedId });
    const created = workspace.edit({
      action: "create",
      definition: { ...input, name: "Made in the dashboard" },
    });
    workspace.edit({ action: "delete", definitionId: storedId });
    expect(workspace.definition(storedId)).toBeUndefined();
    expect(workspace.definitions().map(({ name }) => name)).toEqual(
      expect.arrayContaining(["Renamed", "Made in the dashboard"]),
    );
    expect(workspace.effects().map(({ kind, definitionId }) => [kind, definitionId])).toEqual([
      ["updated", storedId],
      ["created", "definitionId" in copy && copy.definitionId],
      ["created", "definitionId" in created && created.definitionId],
      ["deleted", storedId],
    ]);
  });

  test("of what is not there is an error", () => {
    expect(() => world.workspace.edit({ action: "delete", definitionId: "no" })).toThrow(OutsideEditError);
    expect(() => world.workspace.edit({ action: "delete-engine", type: "retell-llm", id: "no" })).toThrow(
      OutsideEditError,
    );
    expect(() =>
      world.workspace.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "no" } }),
    ).toThrow(OutsideEditError);
  });
});

describe("an edit at a chosen moment", () => {
  const rename = { action: "rename", definitionId: storedId, name: "By a colleague" } as const;

  test("between our GET and our PUT is overwritten, and both are in the effects in that order", async () => {
    world.workspace.edit({ ...rename, when: { phase: "before", match: { method: "PUT" } } });
    expect((await world.call("GET", get)).json["name"]).toBe(input.name);
    await world.call("PUT", update, { ...input, name: "Ours" });
    expect(world.workspace.effects()).toMatchObject([
      { cause: { by: "outside", action: "rename" } },
      { cause: { by: "request", request: 2 } },
    ]);
    expect(world.workspace.definition(storedId)?.["name"]).toBe("Ours");
  });

  test("right after a request leaves that request's answer as it was", async () => {
    world.workspace.edit({ ...rename, when: { phase: "after", match: { path: "/get-*", nth: 2 } } });
    for (const name of [input.name, input.name, "By a colleague"]) {
      expect((await world.call("GET", get)).json["name"]).toBe(name);
    }
    expect(world.workspace.snapshot().pendingEdits).toEqual([]);
  });

  test("can come again with every request, and later by the clock", async () => {
    world.workspace.edit({
      action: "duplicate",
      definitionId: storedId,
      when: { phase: "before", match: { method: "GET", times: "always" } },
    });
    await world.call("GET", get);
    await world.call("GET", get);
    expect(world.workspace.definitions()).toHaveLength(5);
    world.workspace.edit({ ...rename, afterMs: 1_000 });
    expect(world.workspace.definition(storedId)?.["name"]).toBe(input.name);
    world.clock.advance(1_000);
    expect(world.workspace.definition(storedId)?.["name"]).toBe("By a colleague");
  });

  test("of a definition that is gone by then has no effect", async () => {
    world.workspace.edit({ ...rename, when: { phase: "after" } });
    expect((await world.call("DELETE", `/delete-test-case-definition/${storedId}`)).status).toBe(204);
    expect(world.workspace.effects()).toHaveLength(1);
  });
});

test.each([true, false])(
  "a model migration rewrites every stored definition, bumping the timestamp: %s",
  (bumpTimestamp) => {
    const { workspace } = world;
    workspace.edit({
      action: "edit",
      definitionId: storedId,
      set: { llm_model: "gpt-4.1" },
      bumpTimestamp: false,
    });
    workspace.edit({ action: "migrate-models", replacements: { "gpt-5": "gpt-6" }, bumpTimestamp });
    expect(workspace.definitions().map(({ llm_model }) => llm_model)).toEqual(["gpt-4.1", "gpt-6", "gpt-6"]);
    const stamps = workspace.definitions().map(({ user_modified_timestamp: at }) => at === startAt);
    expect(stamps).toEqual([false, bumpTimestamp, bumpTimestamp]);
    expect(workspace.effects({ after: 1 })).toMatchObject([
      { cause: { by: "migration" } },
      { cause: { by: "migration" } },
    ]);
  },
);

describe("keys", () => {
  test("another workspace can appear behind a key, also in the middle of a run", async () => {
    const { workspace } = world;
    workspace.edit({ action: "add-workspace", seed: { ...seed(0), id: "other", orgName: "Somebody else" } });
    workspace.edit({
      action: "set-key",
      apiKey: "key_test",
      key: { workspace: "other" },
      when: { phase: "after", match: { path: "/get-api-key-info" } },
    });
    expect((await world.call("GET", "/get-api-key-info")).json["org_name"]).toBe("Trattoria");
    expect((await world.call("GET", "/get-api-key-info")).json["org_name"]).toBe("Somebody else");
    expect(idsOf((await world.call("GET", listOfLlm)).json)).toEqual([]);
    expect((await world.call("GET", get)).status).toBe(404);
    await world.call("POST", "/create-test-case-definition", input);
    expect(workspace.effects()).toMatchObject([{ workspace: "other", kind: "created" }]);
    expect(workspace.definitions()).toHaveLength(3);
  });

  test("a key can be restricted and revoked", async () => {
    const restrict = (testing: "none" | "read", agent: "none" | "read") =>
      world.workspace.edit({
        action: "set-key",
        apiKey: "key_test",
        key: { workspace: "workspace_1", permissions: { testing, agent } },
      });
    restrict("read", "none");
    expect((await world.call("GET", get)).status).toBe(200);
    expect((await world.call("PUT", update, input)).status).toBe(403);
    expect((await world.call("GET", "/v2/list-retell-llms")).status).toBe(403);
    expect((await world.call("GET", "/get-api-key-info")).status).toBe(200);
    restrict("none", "read");
    expect((await world.call("GET", get)).json).toEqual({ status: "error", message: "Forbidden" });
    expect((await world.call("GET", "/v2/list-retell-llms")).status).toBe(200);
    world.workspace.edit({ action: "set-key", apiKey: "key_test", key: null });
    expect((await world.call("GET", get)).status).toBe(401);
  });

  test.each(["", "key_test", "Basic key_test", "Bearer", "Bearer key_tes"])(
    "%j is no authorization",
    async (authorization) => {
      expect((await call(world.url, "GET", get, undefined, { authorization })).status).toBe(401);
    },
  );
});
