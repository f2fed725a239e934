/** Lists and reads of the simulated Retell: pages, lags, unknown and deleted engines. */
import { afterEach, describe, expect, test } from "vitest";
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { idsOf, input, listOfFlow, listOfLlm, startWorld, storedId, type World } from "./retell-fixture.ts";

const get = `/get-test-case-definition/${storedId}`;
const update = `/update-test-case-definition/${storedId}`;
let world: World;
afterEach(() => world.close());

async function worldWith(switches: Partial<Switches>, definitions = 1): Promise<World> {
  world = await startWorld({ switches, definitions });
  return world;
}

/** All ids of a list, and what happened in between. */
async function pages(path: string, between: () => void = () => undefined): Promise<unknown[]> {
  const ids: unknown[] = [];
  let key: unknown;
  do {
    const { json, status } = await world.call(
      "GET",
      key === undefined ? path : `${path}&pagination_key=${key}`,
    );
    expect(status).toBe(200);
    ids.push(...idsOf(json));
    key = json["pagination_key"];
    between();
  } while (key !== undefined);
  return ids;
}

const numbered = (...numbers: number[]) => numbers.map((n) => `test_case_${String(n).padStart(12, "0")}`);

describe("pages", () => {
  test("hold 50 items without a limit and 1000 at most", async () => {
    const { call } = await worldWith({}, 1_001);
    expect(idsOf((await call("GET", listOfLlm)).json)).toHaveLength(50);
    expect(idsOf((await call("GET", `${listOfLlm}&limit=1000`)).json)).toHaveLength(1_000);
  });

  test.each(["0", "-1", "1001"])("with limit=%s are a 400 or clamped", async (limit) => {
    const { call, workspace } = await worldWith({}, 1_001);
    expect((await call("GET", `${listOfLlm}&limit=${limit}`)).status).toBe(400);
    workspace.setSwitches({ limitOutOfRange: "clamp" });
    const { json } = await call("GET", `${listOfLlm}&limit=${limit}`);
    expect(idsOf(json)).toHaveLength(limit === "1001" ? 1_000 : 1);
  });

  test.each(["many", "1.5", ""])("with limit=%s are a 400 always", async (limit) => {
    const { call } = await worldWith({ limitOutOfRange: "clamp" });
    expect((await call("GET", `${listOfLlm}&limit=${limit}`)).status).toBe(400);
  });

  test.each(["", "garbage", "WzFd"])(
    "with the key %j, which no page gave, are refused or start anew",
    async (key) => {
      const { call, workspace } = await worldWith({}, 2);
      const path = `${listOfLlm}&limit=1&pagination_key=${key}`;
      expect((await call("GET", path)).status).toBe(400);
      workspace.setSwitches({ invalidPaginationKey: 500 });
      expect((await call("GET", path)).status).toBe(500);
      workspace.setSwitches({ invalidPaginationKey: "first-page" });
      expect(idsOf((await call("GET", path)).json)).toEqual(numbered(2));
    },
  );

  test("with a key of another engine's list are refused", async () => {
    const { call } = await worldWith({}, 2);
    const { json } = await call("GET", `${listOfLlm}&limit=1`);
    expect((await call("GET", `${listOfFlow}&pagination_key=${json["pagination_key"]}`)).status).toBe(400);
  });

  test("that end exactly at the limit are the last ones", async () => {
    const { call } = await worldWith({}, 2);
    expect((await call("GET", `${listOfLlm}&limit=2`)).json).toMatchObject({ has_more: false });
    expect((await call("GET", `${listOfLlm}&limit=1`)).json).toMatchObject({ has_more: true });
  });

  test("come in either order", async () => {
    await worldWith({ listOrder: "oldest-first" }, 3);
    expect(await pages(`${listOfLlm}&limit=2`)).toEqual(numbered(1, 2, 3));
    world.workspace.setSwitches({ listOrder: "newest-first" });
    expect(await pages(`${listOfLlm}&limit=2`)).toEqual(numbered(3, 2, 1));
  });

  test("skip nothing on a delete between them with keyset cursors, and an item with offset cursors", async () => {
    await worldWith({ listOrder: "oldest-first" }, 4);
    const deleteFirst = () => {
      if (world.workspace.definition(storedId) === undefined) return;
      world.workspace.edit({ action: "delete", definitionId: storedId });
    };
    expect(await pages(`${listOfLlm}&limit=2`, deleteFirst)).toEqual(numbered(1, 2, 3, 4));
    world.workspace.reset();
    world.workspace.setSwitches({ cursors: "offset" });
    expect(await pages(`${listOfLlm}&limit=2`, deleteFirst)).toEqual(numbered(1, 2, 4));
  });

  test("go on where they were although the item of the cursor is gone", async () => {
    const { call, workspace } = await worldWith({ listOrder: "newest-first" }, 3);
    const { json } = await call("GET", `${listOfLlm}&limit=2`);
    workspace.edit({ action: "delete", definitionId: numbered(2)[0] ?? "" });
    const next = await call("GET", `${listOfLlm}&limit=2&pagination_key=${json["pagination_key"]}`);
    expect(idsOf(next.json)).toEqual(numbered(1));
    expect(next.json).not.toHaveProperty("pagination_key");
  });
});

describe("reads that lag behind writes", () => {
  test("GET and LIST catch up each after its own time", async () => {
    const { call, clock } = await worldWith({ getLagMs: 1_000, listLagMs: 5_000 });
    const listed = async () => ((await call("GET", listOfLlm)).json["items"] as JsonObject[])[0]?.["name"];
    await call("PUT", update, { ...input, name: "New" });
    expect((await call("GET", get)).json["name"]).toBe(input.name);
    clock.advance(1_000);
    expect((await call("GET", get)).json["name"]).toBe("New");
    expect(await listed()).toBe(input.name);
    clock.advance(4_000);
    expect(await listed()).toBe("New");
  });

  test("a new definition is not there yet, a deleted one still is", async () => {
    const { call, clock } = await worldWith({ getLagMs: 1_000, listLagMs: 1_000 });
    const { json } = await call("POST", "/create-test-case-definition", input);
    const path = `/get-test-case-definition/${json["test_case_definition_id"]}`;
    await call("DELETE", `/delete-test-case-definition/${storedId}`);
    expect((await call("GET", path)).status).toBe(404);
    expect((await call("GET", get)).status).toBe(200);
    expect(idsOf((await call("GET", listOfLlm)).json)).toEqual([storedId]);
    clock.advance(1_000);
    expect((await call("GET", path)).status).toBe(200);
    expect((await call("GET", get)).status).toBe(404);
    expect(idsOf((await call("GET", listOfLlm)).json)).toEqual([json["test_case_definition_id"]]);
  });

  test("writes see the newest state", async () => {
    const { call } = await worldWith({ getLagMs: 60_000, put: "merge" });
    await call("PUT", update, { name: "First" });
    expect((await call("PUT", update, { user_prompt: "Second" })).json).toMatchObject({
      name: "First",
      user_prompt: "Second",
    });
  });
});

test.each([400, 404, 422] as const)("a list of an unknown engine is empty or a %s", async (status) => {
  const { call, workspace } = await worldWith({});
  const path = "/v2/list-test-case-definitions?type=retell-llm&llm_id=llm_unknown";
  expect((await call("GET", path)).json).toEqual({ items: [], has_more: false });
  workspace.setSwitches({ listUnknownEngine: status });
  expect((await call("GET", path)).status).toBe(status);
});

test.each(["", "?type=retell-llm", "?type=custom-llm&llm_id=llm_a", "?type=conversation-flow&llm_id=llm_a"])(
  "a list of definitions with the query %j is a 400",
  async (query) => {
    const { call } = await worldWith({});
    expect((await call("GET", `/v2/list-test-case-definitions${query}`)).status).toBe(400);
  },
);

test.each([
  ["listed", 200, 1, 200, ["updated"]],
  ["readable", 200, 0, 200, ["updated"]],
  ["hidden", 404, 0, 404, []],
  ["deleted", 404, 0, 404, ["deleted"]],
] as const)("definitions of a deleted engine can be %s", async (orphans, got, inList, updated, effects) => {
  const { call, workspace } = await worldWith({ orphans });
  workspace.edit({ action: "delete-engine", type: "retell-llm", id: "llm_a" });
  expect((await call("GET", get)).status).toBe(got);
  expect(idsOf((await call("GET", listOfLlm)).json)).toHaveLength(inList);
  expect((await call("PUT", update, input)).status).toBe(updated);
  expect(workspace.effects().map(({ kind }) => kind)).toEqual(effects);
});

test("the old list is a 404, a 410 or one array of everything", async () => {
  const { call, workspace } = await worldWith({}, 60);
  const path = "/list-test-case-definitions?type=retell-llm&llm_id=llm_a";
  expect((await call("GET", path)).status).toBe(404);
  workspace.setSwitches({ v1List: 410 });
  expect((await call("GET", path)).status).toBe(410);
  workspace.setSwitches({ v1List: "works" });
  expect((await call("GET", path)).json).toHaveLength(60);
});

test("engine lists have one row per engine or one per version", async () => {
  const { call, workspace } = await worldWith({});
  const versions = async () =>
    ((await call("GET", "/v2/list-conversation-flows?limit=50")).json["items"] as JsonObject[]).map(
      ({ conversation_flow_id, version }) => [conversation_flow_id, version],
    );
  expect(await versions()).toEqual([["conversation_flow_b", 2]]);
  workspace.setSwitches({ engineRows: "one-per-version" });
  expect(await versions()).toEqual([2, 1, 0].map((version) => ["conversation_flow_b", version]));
  const { json } = await call("GET", "/v2/list-conversation-flows?limit=2");
  const rest = await call("GET", `/v2/list-conversation-flows?pagination_key=${json["pagination_key"]}`);
  expect(json["items"]).toMatchObject([{ is_published: false }, { is_published: true }]);
  expect(rest.json["items"]).toMatchObject([{ version: 0, is_published: true }]);
});
