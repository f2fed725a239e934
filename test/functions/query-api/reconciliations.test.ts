import { describe, expect, it } from "vitest";
import { noCounts } from "../../../shared/reconciliation/run/run.ts";
import { twoConnections } from "../../support/isolated-api.ts";
import { halted, MINUTE_MS, startedAt, withRunsApi } from "../../support/reconciliation/runs-api.ts";

const api = withRunsApi();

describe("a run", () => {
  it("is shown with its counts, and with the state of each scope", async () => {
    const { runId } = await api().record({
      workspace: "Brightline",
      scopes: {
        "retell-llm:1": { counts: { listed: 12, changed: 1, baselines: 2 } },
        "retell-llm:2": { status: "unfinished", reason: "malformed-list", counts: { listed: 3, left: 1 } },
        "retell-llm:3": { ...halted, counts: { listed: 1 } },
      },
    });
    const { status, body } = await api().call("GET", `/reconciliations/${runId}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      runId,
      connection: "retell",
      status: "halted",
      trigger: "schedule",
      startedAt: "2026-11-21T10:00:00.000Z",
      finishedAt: "2026-11-21T10:00:02.000Z",
      workspace: "Brightline",
      counts: { ...noCounts, listed: 16, changed: 1, baselines: 2, left: 1 },
      scopes: [
        {
          scope: "retell-llm:1",
          status: "completed",
          counts: { ...noCounts, listed: 12, changed: 1, baselines: 2 },
          finishedAt: "2026-11-21T10:00:01.000Z",
        },
        {
          scope: "retell-llm:2",
          status: "unfinished",
          reason: "malformed-list",
          counts: { ...noCounts, listed: 3, left: 1 },
          finishedAt: "2026-11-21T10:00:01.000Z",
        },
        {
          scope: "retell-llm:3",
          ...halted,
          counts: { ...noCounts, listed: 1 },
          finishedAt: "2026-11-21T10:00:01.000Z",
        },
      ],
    });
    expect(JSON.stringify(body)).not.toContain("keyVersion");
  });

  it("that goes on has no end, and scopes that wait", async () => {
    const { runId } = await api().record({ trigger: "operator", scope: "s", scopes: { s: undefined } });
    const { body } = await api().call("GET", `/reconciliations/${runId}`);
    expect(body).toEqual({
      runId,
      connection: "retell",
      status: "running",
      trigger: "operator",
      scope: "s",
      startedAt: "2026-11-21T10:00:00.000Z",
      counts: noCounts,
      scopes: [{ scope: "s", status: "pending", counts: noCounts }],
    });
  });

  it("is found whichever connection's it is", async () => {
    const { runId } = await api().record({ connection: "retell-eu" });
    const answer = await api().call("GET", `/reconciliations/${runId}`, undefined, {
      connections: twoConnections,
    });
    expect(answer).toMatchObject({ status: 200, body: { connection: "retell-eu", runId } });
  });

  it.each(["20261121T100000.000Z-nothing", "x".repeat(65), "b64.w6Q"])(
    "called %s does not exist",
    async (runId) => {
      await api().record();
      expect(await api().call("GET", `/reconciliations/${runId}`)).toMatchObject({
        status: 404,
        body: { code: "unknown-reconciliation" },
      });
    },
  );
});

describe("the list of runs", () => {
  const idsOf = (body: Record<string, unknown>) =>
    (body["items"] as { runId: string }[]).map(({ runId }) => runId);

  it("has those of all connections, newest first, or those of one", async () => {
    const keys = [];
    for (const [index, connection] of ["retell", "retell-eu", "retell-eu", "retell"].entries()) {
      keys.push(
        await api().record({ connection, startedAt: startedAt + index * MINUTE_MS, scopes: { s: {} } }),
      );
    }
    const [first, second, third, fourth] = keys.map(({ runId }) => runId);
    const given = { connections: twoConnections };
    const all = await api().call("GET", "/reconciliations", undefined, given);
    expect(idsOf(all.body)).toEqual([fourth, third, second, first]);
    expect(all.body).not.toHaveProperty("next");
    expect(all.body["items"]).toMatchObject([{}, {}, {}, { scopes: [{ scope: "s", status: "completed" }] }]);
    const one = await api().call("GET", "/reconciliations?connection=retell", undefined, given);
    expect(idsOf(one.body)).toEqual([fourth, first]);
  });

  it("comes in pages that runs since do not shift", async () => {
    const keys = [];
    for (let index = 0; index < 25; index += 1) {
      const connection = index % 3 === 0 ? "retell-eu" : "retell";
      keys.push(
        await api().record({ connection, startedAt: startedAt + index * MINUTE_MS, scopes: { s: {} } }),
      );
    }
    const given = { connections: twoConnections };
    const first = await api().call("GET", "/reconciliations?limit=12", undefined, given);
    await api().record({ startedAt: startedAt + 60 * MINUTE_MS, scopes: { s: {} } });
    const next = (page: typeof first) =>
      api().call("GET", `/reconciliations?limit=12&cursor=${page.body["next"]}`, undefined, given);
    const second = await next(first);
    const third = await next(second);
    expect([first, second, third].flatMap(({ body }) => idsOf(body))).toEqual(
      keys.map(({ runId }) => runId).reverse(),
    );
    expect(idsOf(third.body)).toHaveLength(1);
    expect(third.body).not.toHaveProperty("next");
  });

  it.each([
    ["limit=0", "/limit"],
    ["connection=tela", "/connection"],
    ["cursor=x", "/cursor"],
    [`cursor=${Buffer.from('["reconciliations",7]').toString("base64url")}`, "/cursor"],
    [`cursor=${Buffer.from('["scopes","s"]').toString("base64url")}`, "/cursor"],
    ["status=halted", "/status"],
  ])("asked for with %s is refused", async (query, pointer) => {
    const answer = await api().call("GET", `/reconciliations?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});
