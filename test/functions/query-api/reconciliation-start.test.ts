import { describe, expect, it } from "vitest";
import { twoConnections } from "../../support/isolated-api.ts";
import { MINUTE_MS, now, withRunsApi } from "../../support/reconciliation/runs-api.ts";

const api = withRunsApi();

describe("an operator's start", () => {
  it("begins a run over all scopes, and says where it is shown", async () => {
    const { status, headers, body } = await api().call("POST", "/reconciliations");
    expect(status).toBe(202);
    const runId = "20261121T101500.000Z-tokentok";
    expect(body).toEqual({ runId, connection: "retell", status: "running" });
    expect(headers.get("location")).toBe(`/reconciliations/${runId}`);
    expect(api().sent).toEqual([{ kind: "discover", connection: "retell", runId }]);
    const shown = (await api().call("GET", headers.get("location") ?? "")).body;
    expect(shown).toMatchObject({ status: "running", trigger: "operator" });
    expect(shown).not.toHaveProperty("scope");
  });

  it("of one scope begins a run over that one", async () => {
    const { body } = await api().call("POST", "/reconciliations", {
      connection: "retell",
      scope: "retell-llm:1",
    });
    const run = await api().stores.runs.read({ connection: "retell", runId: String(body["runId"]) });
    expect(run).toMatchObject({ scope: "retell-llm:1", status: "running" });
  });

  it("while a run is going on is refused, and names that run", async () => {
    const { runId } = await api().record({ startedAt: now - MINUTE_MS, scopes: { s: undefined } });
    const { status, headers, body } = await api().call("POST", "/reconciliations");
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "reconciliation-running", detail: expect.stringContaining(runId) });
    expect(headers.get("location")).toBe(`/reconciliations/${runId}`);
    expect(api().sent).toEqual([]);
  });

  it("of another connection is not in the way", async () => {
    await api().record({ startedAt: now - MINUTE_MS, scopes: { s: undefined } });
    const given = { connections: twoConnections };
    const answer = await api().call("POST", "/reconciliations", { connection: "retell-eu" }, given);
    expect(answer).toMatchObject({ status: 202, body: { connection: "retell-eu" } });
    expect(api().sent).toMatchObject([{ kind: "discover", connection: "retell-eu" }]);
  });

  it("that no queue takes is a 503; nothing goes on then, and the next one succeeds", async () => {
    api().isQueueDown = true;
    const refused = await api().call("POST", "/reconciliations");
    expect(refused).toMatchObject({ status: 503, body: { code: "queue-unavailable" } });
    expect(refused.headers.get("retry-after")).toBe("5");
    const { items } = (await api().call("GET", "/reconciliations")).body as { items: object[] };
    expect(items).toMatchObject([{ status: "unfinished", reason: "not-sent" }]);
    api().isQueueDown = false;
    const random = { token: () => "another-" };
    expect((await api().call("POST", "/reconciliations", {}, { random })).status).toBe(202);
  });

  it.each<[string, object, string]>([
    ["an unknown connection", { connection: "tela" }, "/connection"],
    ["a connection of another type", { connection: 1 }, "/connection"],
    ["an empty scope", { scope: "" }, "/scope"],
    ["half of a character", { scope: "\ud800" }, "/scope"],
    ["a scope that is too long", { scope: "x".repeat(513) }, "/scope"],
    ["an unknown field", { scopes: ["s"] }, "/scopes"],
  ])("with %s is refused, and nothing is started", async (_what, body, pointer) => {
    const answer = await api().call("POST", "/reconciliations", body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(api().sent).toEqual([]);
    expect((await api().call("GET", "/reconciliations")).body).toEqual({ items: [] });
  });

  it("has to name the connection where there are several", async () => {
    expect(await api().call("POST", "/reconciliations", {}, { connections: twoConnections })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/connection", message: "is required: there are several" }] },
    });
    expect(api().sent).toEqual([]);
  });
});
