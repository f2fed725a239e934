/** What Retell's documents leave open about writes, position by position. */
import { afterEach, describe, expect, test } from "vitest";
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import { flow, input, llm, startAt, startWorld, storedId, type World } from "./retell-fixture.ts";

const update = `/update-test-case-definition/${storedId}`;
const create = "/create-test-case-definition";
const { tool_mocks: _mocks, llm_model: _model, ...withoutMocksAndModel } = input;

let world: World;
afterEach(() => world.close());

async function worldWith(switches: Partial<Switches> = {}): Promise<World> {
  world = await startWorld({ switches });
  return world;
}

describe("the members that a PUT leaves out", () => {
  test("stay when PUT merges", async () => {
    const { call } = await worldWith({ put: "merge" });
    const { json } = await call("PUT", update, { name: "Merged" });
    expect(json).toMatchObject({ ...input, name: "Merged", user_modified_timestamp: startAt });
  });

  test("are reset when PUT replaces, and a required one is a 400", async () => {
    const { call } = await worldWith({ put: "replace" });
    const { json } = await call("PUT", update, withoutMocksAndModel);
    expect(json).toMatchObject({ ...withoutMocksAndModel, tool_mocks: [], llm_model: "gpt-4.1" });
    expect((await call("PUT", update, { name: "Only a name" })).status).toBe(400);
  });

  test("are gone when PUT replaces and the server fills nothing in", async () => {
    const { call } = await worldWith({ put: "replace", serverDefaults: false });
    const { json } = await call("PUT", update, withoutMocksAndModel);
    expect(json).not.toHaveProperty("tool_mocks");
    expect(json).not.toHaveProperty("llm_model");
  });

  test("are a 400 when PUT replaces strictly", async () => {
    const { call, workspace } = await worldWith({ put: "replace-strict" });
    expect((await call("PUT", update, withoutMocksAndModel)).status).toBe(400);
    expect((await call("PUT", update, input)).status).toBe(200);
    expect(workspace.effects()).toHaveLength(1);
  });
});

test("a PUT that changes nothing bumps the timestamp or not", async () => {
  const { call, workspace } = await worldWith({ noOpPutBumpsTimestamp: false });
  expect((await call("PUT", update, input)).json["user_modified_timestamp"]).toBe(1_790_000_000_000);
  workspace.setSwitches({ noOpPutBumpsTimestamp: true });
  expect((await call("PUT", update, input)).json["user_modified_timestamp"]).toBe(startAt);
  expect(workspace.effects().map(({ kind }) => kind)).toEqual(["unchanged", "updated"]);
});

describe("members that no document names", () => {
  test("are ignored, kept or rejected at the top level", async () => {
    const { call, workspace } = await worldWith({ unknownMembers: "ignored" });
    const body = { ...input, colour: "red" };
    expect((await call("POST", create, body)).json).not.toHaveProperty("colour");
    workspace.setSwitches({ unknownMembers: "kept" });
    expect((await call("POST", create, body)).json).toHaveProperty("colour", "red");
    workspace.setSwitches({ unknownMembers: "rejected" });
    expect((await call("POST", create, body)).status).toBe(400);
  });

  test("are ignored, kept or rejected inside mocks and engines", async () => {
    const { call, workspace } = await worldWith({ unknownNestedMembers: "kept" });
    const mock = { ...input.tool_mocks[0], type: "transfer_call" };
    const body = { ...input, tool_mocks: [mock] };
    expect((await call("POST", create, body)).json["tool_mocks"]).toEqual([mock]);
    workspace.setSwitches({ unknownNestedMembers: "ignored" });
    expect((await call("POST", create, body)).json["tool_mocks"]).toEqual(input.tool_mocks);
    workspace.setSwitches({ unknownNestedMembers: "rejected" });
    expect((await call("POST", create, body)).status).toBe(400);
    const engine = { ...llm, region: "eu" };
    expect((await call("POST", create, { ...input, response_engine: engine })).status).toBe(400);
  });

  test("stay in a replacing PUT where only the server can write them, and go where clients can", async () => {
    const { call, workspace } = await worldWith({ put: "replace" });
    workspace.edit({ action: "edit", definitionId: storedId, set: { description: "from the dashboard" } });
    expect((await call("PUT", update, input)).json).toHaveProperty("description", "from the dashboard");
    workspace.setSwitches({ unknownMembers: "kept" });
    const sent = { ...input, description: "edited" };
    expect((await call("PUT", update, sent)).json).toHaveProperty("description", "edited");
    const { json } = await call("PUT", update, input);
    expect(json).not.toHaveProperty("description");
    expect(json).toMatchObject({ test_case_definition_id: storedId, creation_timestamp: 1_790_000_000_000 });
  });
});

test("the id in a PUT body is ignored, required or rejected", async () => {
  const { call, workspace } = await worldWith();
  const withId = { ...input, test_case_definition_id: storedId };
  expect((await call("PUT", update, withId)).status).toBe(200);
  workspace.setSwitches({ idInBody: "required" });
  expect((await call("PUT", update, input)).status).toBe(400);
  expect((await call("PUT", update, withId)).status).toBe(200);
  workspace.setSwitches({ unknownMembers: "rejected" });
  expect((await call("PUT", update, withId)).status).toBe(200);
  workspace.setSwitches({ idInBody: "rejected" });
  expect((await call("PUT", update, withId)).status).toBe(400);
});

test("null for an optional member is rejected, taken as absent or stored", async () => {
  const { call, workspace } = await worldWith();
  const body = { ...input, llm_model: null };
  expect((await call("POST", create, body)).status).toBe(400);
  workspace.setSwitches({ nullMembers: "as-absent" });
  expect((await call("POST", create, body)).json["llm_model"]).toBe("gpt-4.1");
  workspace.setSwitches({ nullMembers: "stored" });
  expect((await call("POST", create, body)).json["llm_model"]).toBeNull();
  expect((await call("POST", create, { ...input, name: null })).status).toBe(400);
});

test("a retired model is replaced when it is submitted, or only when it is shown", async () => {
  const { call, workspace } = await worldWith({ modelReplacements: { "gpt-5": "gpt-5.6" } });
  expect((await call("PUT", update, input)).json["llm_model"]).toBe("gpt-5.6");
  expect(workspace.definition(storedId)).toHaveProperty("llm_model", "gpt-5.6");
  workspace.setSwitches({ modelReplacements: {}, modelsShownAs: { "gpt-5": "gpt-6" } });
  expect((await call("PUT", update, input)).json["llm_model"]).toBe("gpt-6");
  expect(workspace.definition(storedId)).toHaveProperty("llm_model", "gpt-5");
});

test("model names are opaque, or checked against a list", async () => {
  const { call, workspace } = await worldWith();
  const body = { ...input, llm_model: "model-of-tomorrow" };
  expect((await call("POST", create, body)).status).toBe(201);
  workspace.setSwitches({ knownModels: ["gpt-5"] });
  expect((await call("POST", create, body)).status).toBe(400);
  expect((await call("POST", create, input)).status).toBe(201);
});

test("a name may be taken twice or not, but never refuses the definition that has it", async () => {
  const { call, workspace } = await worldWith();
  expect((await call("POST", create, input)).status).toBe(201);
  workspace.setSwitches({ duplicateNames: 400 });
  expect((await call("POST", create, input)).status).toBe(400);
  expect((await call("POST", create, { ...input, name: "Another" })).status).toBe(201);
  expect((await call("POST", create, { ...input, response_engine: flow })).status).toBe(201);
  expect((await call("PUT", update, { ...input, name: "Another" })).status).toBe(400);
  expect((await call("PUT", update, { ...input, name: "Its own" })).status).toBe(200);
  expect((await call("PUT", update, { ...input, name: "Its own" })).status).toBe(200);
});

test("an unknown engine or version is refused or accepted", async () => {
  const { call, workspace } = await worldWith();
  const unknown = { ...input, response_engine: { type: "retell-llm", llm_id: "llm_x" } };
  expect((await call("POST", create, unknown)).status).toBe(422);
  workspace.setSwitches({ unknownEngineOnWrite: "accepted" });
  expect((await call("POST", create, unknown)).status).toBe(201);
  const version9 = { ...input, response_engine: { ...llm, version: 9 } };
  expect((await call("PUT", update, version9)).status).toBe(200);
  workspace.setSwitches({ unknownEngineVersion: 400 });
  expect((await call("POST", create, version9)).status).toBe(400);
});

test("a second delete is a 404 or a 204", async () => {
  const { call, workspace } = await worldWith();
  const path = `/delete-test-case-definition/${storedId}`;
  expect((await call("DELETE", path)).status).toBe(204);
  expect((await call("DELETE", path)).status).toBe(404);
  workspace.setSwitches({ deleteMissing: 204 });
  expect((await call("DELETE", path)).status).toBe(204);
  expect(workspace.effects()).toHaveLength(1);
});

test("text is stored byte for byte, trimmed or in NFC", async () => {
  const { call, workspace } = await worldWith();
  const name = " Cafe\u0301\r\n";
  const createName = async () => (await call("POST", create, { ...input, name })).json["name"];
  expect(await createName()).toBe(name);
  workspace.setSwitches({ storedText: "trimmed" });
  expect(await createName()).toBe("Cafe\u0301");
  workspace.setSwitches({ storedText: "nfc" });
  expect(await createName()).toBe(" Caf\u00e9\r\n");
});

test("lengths are limited where a limit is set", async () => {
  const { call, workspace } = await worldWith({ lengthLimits: { name: 3, metrics: 1 } });
  expect((await call("POST", create, { ...input, name: "🍕🍕🍕" })).status).toBe(201);
  expect((await call("POST", create, { ...input, name: "abcd" })).status).toBe(400);
  expect((await call("POST", create, { ...input, name: "abc", metrics: ["a", "b"] })).status).toBe(400);
  workspace.setSwitches({ lengthLimits: { body: 10 } });
  expect((await call("POST", create, input)).status).toBe(413);
});
