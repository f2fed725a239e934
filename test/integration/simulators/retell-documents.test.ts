/** What Retell's documents do say about definitions: schema, losslessness, timestamps. */
import { afterEach, expect, test } from "vitest";
import { createRetellSimulator } from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import { input, llm, seed, startAt, startWorld, storedId, type World } from "./retell-fixture.ts";

const create = "/create-test-case-definition";
let world: World;
afterEach(() => world.close());

test.each([
  ["a missing name", { name: undefined }],
  ["a missing prompt", { user_prompt: undefined }],
  ["missing metrics", { metrics: undefined }],
  ["a missing engine", { response_engine: undefined }],
  ["a custom LLM", { response_engine: { type: "custom-llm", llm_websocket_url: "wss://x" } }],
  ["an engine without its id", { response_engine: { type: "retell-llm" } }],
  ["an engine of a prototype's name", { response_engine: { type: "constructor", llm_id: "llm_a" } }],
  ["a version in quotes", { response_engine: { ...llm, version: "1" } }],
  ["metrics that are no strings", { metrics: [1] }],
  ["a variable that is no string", { dynamic_variables: { party: 2 } }],
  ["a mock without output", { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "any" } }] }],
  [
    "an unknown match rule",
    { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "all" }, output: "" }] },
  ],
  [
    "a partial match without arguments",
    { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "partial_match" }, output: "" }] },
  ],
  [
    "an output of 15 001 characters",
    { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "any" }, output: "x".repeat(15_001) }] },
  ],
])("a create with %s is a 400 without effect", async (_fault, members) => {
  world = await startWorld();
  const { status, json } = await world.call("POST", create, JSON.stringify({ ...input, ...members }));
  expect(status).toBe(400);
  expect(json).toEqual({
    status: "error",
    message: "Invalid request format, please check API reference.",
  });
  expect(world.workspace.effects()).toEqual([]);
});

test.each([
  ["version 0", { response_engine: { ...llm, version: 0 } }],
  ["version null", { response_engine: { ...llm, version: null } }],
  ["no version", { response_engine: llm }],
  [
    "arguments of an any rule",
    { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "any", args: [] }, output: "text" }] },
  ],
  [
    "a null result",
    { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "any" }, output: "", result: null }] },
  ],
  [
    "15 000 characters outside the BMP",
    { tool_mocks: [{ tool_name: "x", input_match_rule: { type: "any" }, output: "🍕".repeat(15_000) }] },
  ],
])("a create with %s is stored as it came", async (_what, members) => {
  world = await startWorld();
  const { status, json } = await world.call("POST", create, { ...input, ...members });
  expect(status).toBe(201);
  expect(json).toMatchObject({ ...input, ...members });
  const [key] = Object.keys(members) as [keyof typeof input];
  expect(json[key]).toEqual({ ...input, ...members }[key]);
});

test("number texts, lone surrogates, __proto__ keys and unknown members come back as they were sent", async () => {
  world = await startWorld({ switches: { unknownMembers: "kept" } });
  const exact =
    '"tool_mocks":[{"tool_name":"x","input_match_rule":{"type":"partial_match","args":' +
    '{"price":1.0,"id":12345678901234567890,"tiny":1e-7,"__proto__":{"a":1}}},"output":"\\ud800"}],"extra":-0.0';
  const text = `{"name":"n","response_engine":{"type":"retell-llm","llm_id":"llm_a","version":3.0},"user_prompt":"p","metrics":[],${exact}}`;
  const created = await world.call("POST", create, text);
  expect(created.text).toContain(exact);
  expect(created.text).toContain('"version":3.0');
  const id = created.json["test_case_definition_id"];
  const got = await world.call("GET", `/get-test-case-definition/${id}`);
  expect(got.text).toBe(created.text);
  expect(world.workspace.effects().at(-1)?.after).toBe(created.text);
});

test("answers can print members in another order and numbers as doubles", async () => {
  world = await startWorld({ switches: { answerForm: "plain-numbers" } });
  const body = JSON.stringify(input).replace('"version":1', '"version":1.0');
  expect((await world.call("POST", create, body)).text).toContain('"version":1}');
  world.workspace.setSwitches({ answerForm: "sorted-members" });
  const { json } = await world.call("GET", `/get-test-case-definition/${storedId}`);
  expect(Object.keys(json)).toEqual(Object.keys(json).toSorted());
});

test.each([
  ["a body that is not JSON", "{", {}],
  ["a body that is not called JSON", JSON.stringify(input), { "content-type": "text/plain" }],
  ["an array", "[]", {}],
])("%s is a 400", async (_what, body, headers) => {
  world = await startWorld();
  expect((await world.call("POST", create, body, headers)).status).toBe(400);
});

test("bytes that are not UTF-8 are a 400", async () => {
  world = await startWorld();
  const response = await fetch(`${world.url}${create}`, {
    method: "POST",
    headers: { authorization: "Bearer key_test", "content-type": "application/json" },
    // Latin-1: the one character outside ASCII becomes a byte that UTF-8 does not know.
    body: Buffer.from(JSON.stringify({ ...input, name: "Caf\u00e9" }), "latin1"),
  });
  expect(response.status).toBe(400);
});

test("timestamps are the server's clock, whose skew and resolution also show in the Date header", async () => {
  world = await startWorld({ switches: { clockSkewMs: -90_000, timestampResolutionMs: 1_000 } });
  world.clock.advance(1_234);
  const { json, headers } = await world.call("POST", create, input);
  const serverNow = startAt + 1_000 - 90_000;
  expect(json).toMatchObject({ creation_timestamp: serverNow, user_modified_timestamp: serverNow });
  expect(headers.get("date")).toBe(new Date(serverNow).toUTCString());
  const refused = await world.call("GET", "/get-api-key-info", undefined, { authorization: "Bearer no" });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("date")).toBe(new Date(serverNow).toUTCString());
});

test.each([
  ["PATCH", `/update-test-case-definition/${storedId}`],
  ["POST", `/update-test-case-definition/${storedId}`],
  ["PUT", "/update-test-case-definition/"],
  ["PUT", `/update-test-case-definition/${storedId}/more`],
  ["POST", "/create-batch-test"],
  ["GET", "/v2/list-batch-tests"],
  ["GET", "/get-test-case-definition/%zz"],
  ["GET", "/"],
])("%s %s is no route and a 404 in Retell's error form", async (method, path) => {
  world = await startWorld();
  const { status, json } = await world.call(method, path, method === "GET" ? undefined : input);
  expect(status).toBe(404);
  expect(json).toEqual({ status: "error", message: "The requested resource was not found." });
  expect(world.workspace.effects()).toEqual([]);
});

test("ids of created definitions are the same in every run and never used twice", async () => {
  const ids = [];
  for (let run = 0; run < 2; run += 1) {
    world = await startWorld();
    const { json } = await world.call("POST", create, input);
    ids.push(json["test_case_definition_id"]);
    await world.call("DELETE", `/delete-test-case-definition/${json["test_case_definition_id"]}`);
    const again = await world.call("POST", create, input);
    expect(again.json["test_case_definition_id"]).not.toBe(ids[0]);
    if (run === 0) await world.close();
  }
  expect(ids[0]).toMatch(/^test_case_[0-9a-f]{12}$/);
  expect(ids[1]).toBe(ids[0]);
});

test("ids come from the given source, past those that are taken", async () => {
  const simulator = createRetellSimulator({
    seed: [seed()],
    newId: (_workspace, ordinal) => `test_case_${String(ordinal).padStart(12, "0")}`,
  });
  const created = simulator.workspace.edit({ action: "create", definition: input });
  expect(created).toEqual({ done: true, definitionId: "test_case_000000000002" });
});
