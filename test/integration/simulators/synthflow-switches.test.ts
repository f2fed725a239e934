/** Every open point of Synthflow's documents, in each position of its switch. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { demoWorkspace } from "../../../infra/local/simulators/synthflow/demo-workspace.ts";
import { startSynthflowSimulator } from "../../../infra/local/simulators/synthflow/start-synthflow-simulator.ts";
import type { Switches } from "../../../infra/local/simulators/synthflow/switches.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { synthflowDialect } from "../../../shared/providers/synthflow/synthflow-dialect.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import {
  agentId,
  input,
  namesOf,
  otherSuiteId,
  responseOf,
  startWorld,
  storedId,
  suiteId,
  unknownId,
} from "./synthflow-fixture.ts";

const path = `/simulation_cases/${storedId}`;
const { type: _type, ...untyped } = input;
const { suite_id: _suite, ...suiteless } = input;

async function put(switches: Partial<Switches>, body: JsonObject) {
  const { call, workspace } = await startWorld(switches);
  const { status } = await call("PUT", path, body);
  return { status, stored: workspace.definition(storedId) ?? {} };
}

async function post(switches: Partial<Switches>, body: JsonObject) {
  const { call } = await startWorld(switches);
  return await call("POST", "/simulation_cases", body);
}

describe("writes", () => {
  it("null clears, changes nothing or is refused", async () => {
    const body = { suite_id: null, prompt: "new" };
    const cleared = await put({ nullMembers: "clears" }, body);
    expect(cleared).toMatchObject({ status: 200, stored: { suite_id: null, prompt: "new" } });
    const unchanged = await put({ nullMembers: "no-change" }, body);
    expect(unchanged).toMatchObject({ status: 200, stored: { suite_id: suiteId, prompt: "new" } });
    expect((await put({ nullMembers: "rejected" }, body)).status).toBe(422);
  });

  it("unknown members are ignored, kept or refused, and server members never kept", async () => {
    const body = { language: "en", type: "agent_based", workspace_id: "w2", name: "x" };
    const ignored = await put({ unknownMembers: "ignored" }, body);
    expect(ignored.stored).toMatchObject({ type: "custom", workspace_id: "workspace_1", name: "x" });
    expect(ignored.stored).not.toHaveProperty("language");
    const kept = await put({ unknownMembers: "kept" }, body);
    expect(kept.stored).toMatchObject({ language: "en", workspace_id: "workspace_1" });
    expect((await put({ unknownMembers: "rejected" }, body)).status).toBe(422);
  });

  it("a PUT that changes nothing may advance the time", async () => {
    const before = "2026-10-02T08:00:00.000000";
    const body = { name: "Case 001" };
    expect((await put({}, body)).stored["updated_at"]).not.toBe(before);
    expect((await put({ noOpPutBumpsTimestamp: false }, body)).stored["updated_at"]).toBe(before);
    const changed = await put({ noOpPutBumpsTimestamp: false }, { name: "x" });
    expect(changed.stored["updated_at"]).not.toBe(before);
  });

  it("the type is required, optional or gone", async () => {
    expect((await post({ typeMember: "required" }, untyped)).status).toBe(422);
    expect((await post({ typeMember: "optional" }, untyped)).status).toBe(200);
    const gone = await post({ typeMember: "removed" }, untyped);
    expect(responseOf(gone)["simulation_case"]).not.toHaveProperty("type");
    const { call } = await startWorld({ typeMember: "removed" });
    expect(responseOf(await call("GET", path))).not.toHaveProperty("type");
  });

  it("a suite may be required", async () => {
    expect((await post({ suiteOnCreate: "required" }, suiteless)).status).toBe(422);
    expect((await post({ suiteOnCreate: "required" }, input)).status).toBe(200);
  });

  it("a suite that is not there, or another agent's, is taken or refused", async () => {
    expect((await put({ unknownSuite: 404 }, { suite_id: unknownId })).status).toBe(404);
    expect((await put({ unknownSuite: "accepted" }, { suite_id: unknownId })).status).toBe(200);
    expect((await put({}, { suite_id: otherSuiteId })).status).toBe(200);
    const strict = { suiteOfAnotherAgent: 422 } as const;
    expect((await put(strict, { suite_id: otherSuiteId })).status).toBe(422);
    expect((await put(strict, { suite_id: suiteId })).status).toBe(200);
  });

  it("what is empty is taken or refused", async () => {
    for (const body of [{ success_criteria: [] }, { name: "" }]) {
      expect((await put({}, body)).status).toBe(200);
      expect((await put({ emptyMembers: 422 }, body)).status).toBe(422);
    }
  });
});

describe("answers", () => {
  it("a create is nested or not", async () => {
    expect(responseOf(await post({ createAnswer: "nested" }, input))).toHaveProperty(
      "simulation_case.name",
      "Bill",
    );
    expect(responseOf(await post({ createAnswer: "flat" }, input))).toHaveProperty("name", "Bill");
  });

  it.each([
    ["204", 204, ""],
    ["200-empty", 200, ""],
    ["200-object", 200, "{}"],
  ] as const)("a delete is answered as %s", async (deleteAnswer, status, text) => {
    const { call } = await startWorld({ deleteAnswer });
    expect(await call("DELETE", path)).toMatchObject({ status, text });
  });

  it("a second delete is a 404 or as the first", async () => {
    const { call } = await startWorld({ deleteMissing: 204 });
    expect((await call("DELETE", `/simulation_cases/${unknownId}`)).status).toBe(204);
  });

  it("errors have one of two shapes", async () => {
    const detail = await startWorld({ errors: "detail" });
    expect((await detail.call("GET", `/simulation_cases/${unknownId}`)).json).toEqual({
      detail: "Simulation case not found",
    });
    expect((await detail.call("POST", "/simulation_cases", {})).json).toMatchObject({
      detail: [{ msg: "Input should be valid" }],
    });
    const gateway = await startWorld({ errors: "gateway" });
    expect((await gateway.call("POST", "/simulation_cases", {})).json).toEqual({
      error: "unprocessable_entity",
      message: "Input should be valid",
    });
    gateway.workspace.addFault({ apply: "never", answer: { status: 400, message: "no" } });
    expect((await gateway.call("GET", path)).json).toEqual({ error: "bad_request", message: "no" });
  });

  it.each([
    ["zoneless", "2026-11-21T10:00:00.123000"],
    ["zulu", "2026-11-21T10:00:00.123Z"],
    ["offset", "2026-11-21T12:00:00.123000+02:00"],
  ] as const)("times are written %s", async (timestamps, text) => {
    const { stored } = await put({ timestamps }, { name: "x" });
    expect(stored["updated_at"]).toBe(text);
  });

  it.each([400, 404, 422] as const)("what is no id is a %i", async (malformedId) => {
    const { call } = await startWorld({ malformedId });
    for (const method of ["GET", "PUT", "DELETE"]) {
      expect((await call(method, "/simulation_cases/1", method === "GET" ? undefined : {})).status).toBe(
        malformedId,
      );
    }
  });

  it("reads may lag behind writes", async () => {
    const { call, clock } = await startWorld({ getLagMs: 1_000, listLagMs: 2_000 });
    await call("PUT", path, { name: "New" });
    expect(responseOf(await call("GET", path))["name"]).toBe("Case 001");
    clock.advance(1_000);
    expect(responseOf(await call("GET", path))["name"]).toBe("New");
    expect(namesOf(await call("GET", "/simulation_cases"))).toEqual(["Case 001"]);
    clock.advance(1_000);
    expect(namesOf(await call("GET", "/simulation_cases"))).toEqual(["New"]);
  });
});

it("finds its workspace again after a restart", async () => {
  const dataFile = join(temporaryFolder(), "synthflow.jsonl");
  const { definitions: _definitions, ...empty } = demoWorkspace();
  const first = await startSynthflowSimulator({ dataFile, seed: [empty] });
  const definition = { ...suiteless, suite_id: suiteId };
  const made = first.workspace.edit({ action: "create", definition });
  first.workspace.edit({ action: "put-suite", suite: { id: suiteId, model_id: agentId } });
  first.workspace.edit({ action: "put-agent", agent: { model_id: agentId, agent_name: "Renamed" } });
  const before = first.workspace.snapshot().workspaces;
  await first.close();
  const second = await startSynthflowSimulator({ dataFile });
  expect(second.workspace.snapshot().workspaces).toEqual(before);
  expect(made.done && second.workspace.definition(made.definitionId ?? "")).toMatchObject({ name: "Bill" });
  await second.close();
});

it("has demo cases that Synthflow could have, in suites that are there", () => {
  const { definitions = [], suites = [], agents = [] } = demoWorkspace();
  const dialect = synthflowDialect({ ignore: [], sendUnknownFields: true });
  const known = new Set(["workspace", ...suites.map(({ id }) => `suite:${id}`)]);
  expect(definitions.length).toBeGreaterThan(4);
  for (const document of definitions) {
    expect(dialect.definitionFaults(dialect.recreateBody(document), "recreate")).toEqual([]);
    expect(known).toContain(dialect.scopeOf(document));
    expect(dialect.definitionIdFault(String(document["simulation_case_id"]))).toBeUndefined();
    expect(Date.parse(`${String(document["updated_at"])}Z`)).toBeGreaterThan(0);
  }
  expect(suites.every((suite) => agents.some(({ model_id: id }) => id === suite.model_id))).toBe(true);
});
