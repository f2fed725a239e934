import { describe, expect, it } from "vitest";
import { OTHER_WORKSPACE } from "../../../shared/reconciliation/run/guard.ts";
import { halted, withRunsApi } from "../../support/reconciliation/runs-api.ts";

const api = withRunsApi();

describe("an operator's decision about a halted run", () => {
  const known = (scope: string) => api().stores.knownScopes.read({ connection: "retell", scope });

  it.each([
    ["confirm", "confirmed", "silenced"],
    ["discard", "silenced", "confirmed"],
  ] as const)("(%s) concerns all that is missing, and is answered with the run", async (how, into, out) => {
    const { runId } = await api().record({ scopes: { s: halted, t: { ...halted, halted: ["d"] }, u: {} } });
    const { status, body } = await api().call("POST", `/reconciliations/${runId}/${how}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      runId,
      status: "completed",
      scopes: [
        { scope: "s", status: "completed", decided: how },
        { scope: "t", status: "completed", decided: how },
        { scope: "u", status: "completed" },
      ],
    });
    expect(JSON.stringify(body)).not.toContain('"halted"');
    for (const [scope, ids] of Object.entries({ s: ["a", "b", "c"], t: ["d"] })) {
      const after = await known(scope);
      expect(ids.filter((id) => after[into].has(id))).toEqual(ids);
      expect(after[out].size).toBe(0);
      expect(after.haltedRunId).toBeUndefined();
    }
    expect(api().logged).toContainEqual([
      "halt-decided-by-operator",
      { connection: "retell", runId, decision: how, subject: "operator-1" },
    ]);
  });

  it("about one scope leaves the others halted", async () => {
    const { runId } = await api().record({ scopes: { s: halted, t: halted } });
    const { body } = await api().call("POST", `/reconciliations/${runId}/confirm`, { scope: "t" });
    expect(body).toMatchObject({ status: "halted", scopes: [halted, { status: "completed" }] });
    expect((await known("s")).confirmed.size).toBe(0);
  });

  it("about some definitions leaves the others halted", async () => {
    const { runId } = await api().record({ scopes: { s: halted } });
    const body = { definitionIds: ["c", "a"] };
    const first = await api().call("POST", `/reconciliations/${runId}/discard`, body);
    expect(first.body).toMatchObject({ status: "halted", scopes: [{ status: "halted", halted: ["b"] }] });
    const second = await api().call("POST", `/reconciliations/${runId}/confirm`, { definitionIds: ["b"] });
    expect(second.body).toMatchObject({ status: "completed", scopes: [{ decided: "confirm" }] });
    const after = await known("s");
    expect(["a", "b", "c"].map((id) => [after.silenced.has(id), after.confirmed.has(id)])).toEqual([
      [true, false],
      [false, true],
      [true, false],
    ]);
  });

  it("about a definition that is not halted decides nothing, and names it", async () => {
    const { runId } = await api().record({ scopes: { s: halted } });
    const body = { definitionIds: ["a", "x", "b", "y"] };
    const answer = await api().call("POST", `/reconciliations/${runId}/confirm`, body);
    expect(answer).toMatchObject({ status: 409, body: { code: "not-halted" } });
    expect((answer.body["errors"] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      "/definitionIds/1",
      "/definitionIds/3",
    ]);
    expect((await known("s")).confirmed.size).toBe(0);
    expect((await api().call("GET", `/reconciliations/${runId}`)).body).toMatchObject({ status: "halted" });
  });

  it("about another workspace's key ends the halt; confirmed, the workspace is the connection's", async () => {
    const end = { status: "halted", reason: OTHER_WORKSPACE, otherWorkspace: "Slice Harbor" } as const;
    const { runId } = await api().record({ end });
    expect((await api().call("GET", `/reconciliations/${runId}`)).body).toMatchObject(end);
    const { status, body } = await api().call("POST", `/reconciliations/${runId}/confirm`, {});
    expect({ status, body }).toMatchObject({ status: 200, body: { status: "unfinished" } });
    expect((await api().stores.health.read("retell")).workspace).toBe("Slice Harbor");
  });

  it("about a part of a run that was halted as a whole is refused, and accepts no workspace", async () => {
    const end = { status: "halted", reason: OTHER_WORKSPACE, otherWorkspace: "Slice Harbor" } as const;
    const { runId } = await api().record({ end });
    const body = { definitionIds: ["a"] };
    expect(await api().call("POST", `/reconciliations/${runId}/confirm`, body)).toMatchObject({
      status: 409,
      body: { code: "not-halted", detail: expect.stringContaining("as a whole") },
    });
    expect((await api().stores.health.read("retell")).workspace).toBeUndefined();
  });

  it("while another one is being made is refused, and says so", async () => {
    const { runId } = await api().record({ scopes: { s: halted, t: halted } });
    const answers = await Promise.all(
      ["confirm", "discard"].map((how) => api().call("POST", `/reconciliations/${runId}/${how}`)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: "not-halted" });
  });

  it.each([
    ["a run that was completed", { scopes: { s: {} } }, "completed"],
    ["a run that goes on", { scopes: { s: undefined } }, "running"],
    ["an unfinished run", { scopes: { s: { status: "unfinished" } } }, "unfinished"],
  ] as const)("about %s is refused", async (_what, run, status) => {
    const { runId } = await api().record(run);
    for (const how of ["confirm", "discard"]) {
      expect(await api().call("POST", `/reconciliations/${runId}/${how}`)).toMatchObject({
        status: 409,
        body: { code: "not-halted", detail: `The run is ${status}` },
      });
    }
  });

  it("is made once", async () => {
    const { runId } = await api().record({ scopes: { s: halted } });
    await api().call("POST", `/reconciliations/${runId}/discard`);
    expect((await api().call("POST", `/reconciliations/${runId}/confirm`)).status).toBe(409);
    expect((await known("s")).silenced.has("a")).toBe(true);
  });

  it("about a scope that is not halted is refused, and says so", async () => {
    const { runId } = await api().record({ scopes: { s: halted, t: {} } });
    expect(await api().call("POST", `/reconciliations/${runId}/confirm`, { scope: "t" })).toMatchObject({
      status: 409,
      body: { code: "not-halted", detail: expect.stringContaining("No scope of this name") },
    });
  });

  it("about a run that does not exist is a 404", async () => {
    expect(await api().call("POST", "/reconciliations/20261121T100000.000Z-nothing/confirm")).toMatchObject({
      status: 404,
      body: { code: "unknown-reconciliation" },
    });
  });

  it("is a 503, and not a success, where others are always faster", async () => {
    const { runId } = await api().record({ scopes: { s: halted } });
    const scopeRuns = { ...api().stores.scopeRuns, decide: async () => false };
    const answer = await api().call("POST", `/reconciliations/${runId}/confirm`, {}, { scopeRuns });
    expect(answer).toMatchObject({ status: 503, body: { code: "temporarily-unavailable" } });
    expect(answer.headers.get("retry-after")).toBe("1");
  });

  it.each<[string, object, string]>([
    ["no definitions", { definitionIds: [] }, "/definitionIds"],
    ["a definition id of another type", { definitionIds: ["a", 1] }, "/definitionIds/1"],
    ["an empty definition id", { definitionIds: [""] }, "/definitionIds/0"],
    ["half of a character", { definitionIds: ["\udc00"] }, "/definitionIds/0"],
    ["an empty scope", { scope: "" }, "/scope"],
    ["an unknown field", { definitionId: "a" }, "/definitionId"],
  ])("with %s is refused, and decides nothing", async (_what, body, pointer) => {
    const { runId } = await api().record({ scopes: { s: halted } });
    const answer = await api().call("POST", `/reconciliations/${runId}/discard`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect((await known("s")).silenced.size).toBe(0);
  });
});
