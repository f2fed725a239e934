/** The simulated Synthflow as Synthflow's documents say it is. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import {
  agentId,
  input,
  namesOf,
  otherSuiteId,
  responseOf,
  startAt,
  startWorld,
  storedId,
  suiteId,
  unknownId,
} from "./synthflow-fixture.ts";

const { base_agent_id: _, ...answered } = input;

describe("a case", () => {
  it("is created with 200 and nested one level deeper than it is read", async () => {
    const { call } = await startWorld();
    const created = await call("POST", "/simulation_cases", input);
    expect(created.status).toBe(200);
    expect(created.json["status"]).toBe("ok");
    const { simulation_case: made } = responseOf(created) as { simulation_case: JsonObject };
    expect(made).toMatchObject({
      ...answered,
      workspace_id: "workspace_1",
      base_agent: { model_id: agentId, agent_name: "Billing", phone_number: null },
      created_at: "2026-11-21T10:00:00.123000",
      updated_at: "2026-11-21T10:00:00.123000",
    });
    const read = await call("GET", `/simulation_cases/${String(made["simulation_case_id"])}`);
    expect(responseOf(read)).toEqual(made);
  });

  it("is changed by the members that a PUT names, and by no others", async () => {
    const { call, clock, workspace } = await startWorld();
    clock.advance(1_000);
    const { status, json } = await call("PUT", `/simulation_cases/${storedId}`, { name: "New" });
    expect([status, json["response"]]).toMatchObject([
      200,
      { ...answered, name: "New", updated_at: "2026-11-21T10:00:01.123000" },
    ]);
    expect(workspace.effects()).toMatchObject([{ kind: "updated", definitionId: storedId }]);
  });

  it("is deleted with 204 and no body, for good", async () => {
    const { call } = await startWorld();
    expect(await call("DELETE", `/simulation_cases/${storedId}`)).toMatchObject({ status: 204, text: "" });
    expect((await call("GET", `/simulation_cases/${storedId}`)).status).toBe(404);
    expect((await call("DELETE", `/simulation_cases/${storedId}`)).status).toBe(404);
    expect((await call("PUT", `/simulation_cases/${storedId}`, { name: "x" })).status).toBe(404);
  });

  it("shows its agent as that is now, and is not changed by that", async () => {
    const { call, workspace } = await startWorld();
    const agent = { model_id: agentId, agent_name: "Renamed", updated_at: "2027-01-01T00:00:00.000000" };
    workspace.edit({ action: "put-agent", agent });
    expect(responseOf(await call("GET", `/simulation_cases/${storedId}`))).toMatchObject({
      updated_at: "2026-10-02T08:00:00.000000",
      base_agent: agent,
    });
    expect(workspace.effects()).toEqual([]);
  });

  it.each<[string, JsonObject | string]>([
    ["no name", { ...input, name: null }],
    ["no type", Object.fromEntries(Object.entries(input).filter(([name]) => name !== "type"))],
    ["another type", { ...input, type: "manual" }],
    ["criteria that are no list", { ...input, success_criteria: "polite" }],
    ["criteria that are no texts", { ...input, success_criteria: [1] }],
    ["another success type", { ...input, call_success_type: "most" }],
    ["a suite that is no UUID", { ...input, suite_id: "suite" }],
    ["no suite, said aloud", { ...input, suite_id: null }],
    ["an agent that is not there", { ...input, base_agent_id: "nobody" }],
    ["a suite that is not there", { ...input, suite_id: unknownId }],
    ["no object", "[]"],
    ["no JSON", "{"],
  ])("is not created with %s", async (_what, body) => {
    const { call, workspace } = await startWorld();
    expect((await call("POST", "/simulation_cases", body)).status).toBe(422);
    expect(workspace.effects()).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ["a name that is no text", { name: 7 }],
    ["another success type", { call_success_type: "most" }],
    ["a suite that is no UUID", { suite_id: "suite" }],
  ])("is not changed with %s", async (_what, body) => {
    const { call, workspace } = await startWorld();
    expect((await call("PUT", `/simulation_cases/${storedId}`, body)).status).toBe(422);
    expect(workspace.effects()).toEqual([]);
  });

  it("may lack suite and agent", async () => {
    const { call } = await startWorld();
    const { suite_id: __, base_agent_id: ___, ...plain } = input;
    const { simulation_case: made } = responseOf(await call("POST", "/simulation_cases", plain));
    expect(made).toMatchObject({ suite_id: null, base_agent: null });
  });

  it("cannot be reached without the key", async () => {
    const { url } = await startWorld();
    const response = await fetch(`${url}/v2/simulation_cases/${storedId}`);
    expect([response.status, await response.json()]).toEqual([401, { detail: "Invalid API key" }]);
  });
});

describe("the list of cases", () => {
  it("has ten to a page where nobody asks for more", async () => {
    const { call } = await startWorld({ listOrder: "oldest-first" }, 25);
    const first = await call("GET", "/simulation_cases");
    expect(responseOf(first)["pagination"]).toEqual({ total_records: 25, limit: 10, offset: 0 });
    expect(namesOf(first)).toHaveLength(10);
    const third = await call("GET", "/simulation_cases?page_number=3");
    expect(responseOf(third)["pagination"]).toEqual({ total_records: 25, limit: 10, offset: 20 });
    expect(namesOf(third)).toEqual(["Case 021", "Case 022", "Case 023", "Case 024", "Case 025"]);
    expect(namesOf(await call("GET", "/simulation_cases?page_number=4"))).toEqual([]);
  });

  it("can be filtered", async () => {
    const { call, workspace } = await startWorld({}, 3);
    workspace.edit({ action: "move", definitionId: storedId, suiteId: otherSuiteId });
    expect(namesOf(await call("GET", `/simulation_cases?suite_id=${otherSuiteId}`))).toEqual(["Case 001"]);
    expect(namesOf(await call("GET", "/simulation_cases?search=002"))).toEqual(["Case 002"]);
    expect(namesOf(await call("GET", "/simulation_cases?simulation_case_type=agent_based"))).toEqual([]);
  });

  it.each(["page_number=0", "page_number=x", "page_size=0", "page_size=101", "page_size=ten"])(
    "does not take %s",
    async (query) => {
      const { call } = await startWorld();
      expect((await call("GET", `/simulation_cases?${query}`)).status).toBe(422);
    },
  );

  it("of an agent is bare, and stands in the place of an id", async () => {
    const { call, workspace } = await startWorld({}, 12);
    const mine = await call("GET", `/simulation_cases/by_agent?agent_id=${agentId}`);
    expect(mine.json["response"]).toHaveLength(12);
    const others = await call("GET", "/simulation_cases/by_agent?agent_id=other");
    expect(others.json["response"]).toEqual([]);
    expect((await call("GET", "/simulation_cases/by_agent")).status).toBe(400);
    for (const method of ["PUT", "DELETE"]) {
      expect((await call(method, "/simulation_cases/by_agent", {})).status).toBe(422);
    }
    expect(workspace.effects()).toEqual([]);
  });
});

describe("suites and agents", () => {
  it("are listed, each in an envelope of its own", async () => {
    const { call } = await startWorld();
    expect(responseOf(await call("GET", "/simulation_suites?page_size=1"))).toMatchObject({
      items: [{ id: suiteId, name: "Bills", model_id: agentId }],
      total: 2,
      page_number: 1,
      page_size: 1,
    });
    expect(responseOf(await call("GET", `/simulation_suites/${suiteId}`))).toMatchObject({
      id: suiteId,
      cases: [{ simulation_case_id: storedId }],
    });
    expect(responseOf(await call("GET", "/assistants"))).toMatchObject({
      pagination: { total_records: 2 },
      assistants: [{ model_id: agentId }, { model_id: "other" }],
    });
  });
});

it.each([
  ["POST", "/simulations"],
  ["POST", "/simulation_cases/generate"],
  ["POST", `/simulation_suites/${suiteId}/execute`],
  ["PATCH", `/simulation_cases/${storedId}`],
])("has no %s %s", async (method, path) => {
  const { call } = await startWorld();
  expect((await call(method, path, {})).status).toBe(404);
});

it("says on its clock when it answered", async () => {
  const { call } = await startWorld({ clockSkewMs: 60_000 });
  const { headers } = await call("GET", "/assistants");
  expect(headers.get("date")).toBe(new Date(startAt + 60_000).toUTCString());
});
