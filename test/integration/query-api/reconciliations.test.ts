import { describe, expect, it } from "vitest";
import { unknownScope } from "../../../shared/reconciliation/run/known-scope.ts";
import { parseReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import { noCounts } from "../../../shared/reconciliation/run/run.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import { recordRun } from "../../support/recorded-runs.ts";

const world = withQueryApi(["retell", "retell-eu"]);
const minute = 60_000;
const start = Date.parse("2026-11-01T10:00:00.000Z");
const get = (path: string) => world().call("GET", path, { role: "reader" });
const idsOf = (body: Record<string, unknown>) =>
  (body["items"] as { runId: string }[]).map(({ runId }) => runId);

describe("runs of two connections", () => {
  it("are one list, newest first, in pages that later runs do not shift", async () => {
    const keys = [];
    for (let index = 0; index < 14; index += 1) {
      const connection = index % 4 === 1 ? "retell-eu" : "retell";
      keys.push(
        await recordRun(world(), { connection, startedAt: start + index * minute, scopes: { s: {} } }),
      );
    }
    const first = await get("/reconciliations?limit=5");
    await recordRun(world(), { startedAt: start + 60 * minute, scopes: { s: {} } });
    const second = await get(`/reconciliations?limit=5&cursor=${first.body["next"]}`);
    const third = await get(`/reconciliations?limit=5&cursor=${second.body["next"]}`);
    expect([first, second, third].flatMap(({ body }) => idsOf(body))).toEqual(
      keys.map(({ runId }) => runId).reverse(),
    );
    expect(third.body).not.toHaveProperty("next");
    const eu = keys.filter(({ connection }) => connection === "retell-eu").reverse();
    expect(idsOf((await get("/reconciliations?connection=retell-eu")).body)).toEqual(
      eu.map(({ runId }) => runId),
    );
  });
});

describe("an operator's start", () => {
  it("puts its message into the queue, once, and the run is seen at once", async () => {
    const started = await world().call("POST", "/reconciliations", { body: { connection: "retell" } });
    expect(started).toMatchObject({ status: 202, body: { connection: "retell", status: "running" } });
    const runId = String(started.body["runId"]);
    const messages = (await world().takeRunMessages()).map(parseReconciliationMessage);
    expect(messages).toEqual([{ kind: "discover", connection: "retell", runId }]);
    expect((await get(String(started.headers["location"]))).body).toMatchObject({ runId, status: "running" });

    const refused = await world().call("POST", "/reconciliations", { body: { connection: "retell" } });
    expect(refused).toMatchObject({ status: 409, body: { code: "reconciliation-running" } });
    expect(refused.headers["location"]).toBe(`/reconciliations/${runId}`);
    expect(await world().takeRunMessages()).toEqual([]);
    const end = { status: "completed", finishedAt: Date.now() } as const;
    await world().runs.end({ connection: "retell", runId, startedAt: Date.now() }, end);
  });

  it("of several at the same time begins one run", async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        world().call("POST", "/reconciliations", { body: { connection: "retell-eu" } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409, 409, 409, 409]);
    const { runId } = answers.find(({ status }) => status === 202)?.body ?? {};
    for (const { status, headers } of answers) {
      if (status === 409) expect(headers["location"]).toBe(`/reconciliations/${String(runId)}`);
    }
  });

  it("needs an operator", async () => {
    const body = { connection: "retell" };
    expect((await world().call("POST", "/reconciliations", { role: "editor", body })).status).toBe(403);
  });
});

describe("a halted run", () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `test_case_${index}`);
  const halted = { status: "halted", reason: "too-much-missing", halted: ids } as const;

  it("is shown with all that is missing, and decided about in parts", async () => {
    const startedAt = start + 120 * minute;
    const { runId } = await recordRun(world(), { startedAt, scopes: { a: halted, b: {} } });
    const path = `/reconciliations/${runId}`;
    expect((await get(path)).body).toMatchObject({ status: "halted", scopes: [halted, { scope: "b" }] });
    const some = { scope: "a", definitionIds: ids.slice(0, 1_500) };
    const first = await world().call("POST", `${path}/confirm`, { body: some });
    expect(first).toMatchObject({
      status: 200,
      body: { status: "halted", scopes: [{ status: "halted", halted: ids.slice(1_500) }, {}] },
    });
    const second = await world().call("POST", `${path}/discard`);
    expect(second).toMatchObject({
      status: 200,
      body: { status: "completed", scopes: [{ status: "completed", decided: "discard" }, {}] },
    });
    expect(second.text).not.toContain('"halted"');
    const known = await world().knownScopes.read({ connection: "retell", scope: "a" });
    expect([known.confirmed.size, known.silenced.size, known.haltedRunId]).toEqual([1_500, 500, undefined]);
    expect((await world().call("POST", `${path}/discard`)).status).toBe(409);
  });

  it("that two operators decide about at the same time is decided once", async () => {
    const startedAt = start + 180 * minute;
    const { runId } = await recordRun(world(), { startedAt, scopes: { c: halted } });
    const path = `/reconciliations/${runId}`;
    const answers = await Promise.all(
      ["confirm", "discard"].map((how) => world().call("POST", `${path}/${how}`)),
    );
    const { confirmed, silenced } = await world().knownScopes.read({ connection: "retell", scope: "c" });
    expect(confirmed.size + silenced.size).toBe(ids.length);
    expect((await get(path)).body).toMatchObject({ status: "completed" });
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409, 503]).toContain(status);
  });
});

describe("the scopes of a connection", () => {
  it("come in pages, with what reconciliation knows of them", async () => {
    const counts = { ...noCounts, listed: 3 };
    const names = ["retell-llm:1", "retell-llm:2", `retell-llm:${"x".repeat(950)}`];
    for (const scope of names) {
      await world().knownScopes.write({
        ...unknownScope({ connection: "retell-eu", scope }),
        definitions: 3,
        counts,
        lastCompletedRunId: "run-1",
        lastReconciledAt: start,
      });
    }
    const first = await get("/connections/retell-eu/scopes?limit=2");
    const second = await get(`/connections/retell-eu/scopes?limit=2&cursor=${first.body["next"]}`);
    const items = [first, second].flatMap(({ body }) => body["items"] as { scope: string }[]);
    expect(items.map(({ scope }) => scope).sort()).toEqual(names);
    expect(items[0]).toEqual({
      connection: "retell-eu",
      scope: "retell-llm:1",
      definitions: 3,
      counts,
      lastCompletedRunId: "run-1",
      lastReconciledAt: new Date(start).toISOString(),
      silenced: 0,
    });
    expect(second.body).not.toHaveProperty("next");
  });
});
