import { beforeEach, describe, expect, it } from "vitest";
import type { ApiDependencies } from "../../../functions/query-api/api.ts";
import type { LogFields } from "../../../shared/platform/log.ts";
import { OTHER_WORKSPACE } from "../../../shared/reconciliation/guard.ts";
import { unknownScope } from "../../../shared/reconciliation/known-scope.ts";
import type { ReconciliationMessage } from "../../../shared/reconciliation/reconciliation-message.ts";
import { noCounts } from "../../../shared/reconciliation/run.ts";
import { createMemoryStores } from "../../simulation/stores/memory-stores.ts";
import { createMemoryTables } from "../../simulation/stores/memory-tables.ts";
import { isolatedApi, oneConnection, request, twoConnections } from "../../support/isolated-api.ts";
import { type RunToRecord, recordRun } from "../../support/recorded-runs.ts";

const minute = 60_000;
const start = Date.parse("2026-11-21T10:00:00.000Z");
const later = start + 15 * minute;

let stores: ReturnType<typeof createMemoryStores>;
let sent: ReconciliationMessage[];
let isQueueDown: boolean;
let logged: [string, LogFields][];
beforeEach(() => {
  stores = createMemoryStores(createMemoryTables(), { now: () => later });
  sent = [];
  isQueueDown = false;
  logged = [];
});

const api = (given: Partial<ApiDependencies> = {}) => {
  const log = (event: string, fields: LogFields = {}) => logged.push([event, fields]);
  const { runs, scopeRuns, knownScopes, health } = stores;
  const queue: NonNullable<ReturnType<ApiDependencies["runQueues"]["get"]>> = {
    async send(messages) {
      if (isQueueDown) return { sent: false, reason: "TimeoutError" };
      sent.push(...messages);
      return { sent: true };
    },
  };
  return isolatedApi({
    runs,
    scopeRuns,
    knownScopes,
    health,
    runQueues: new Map((given.connections ?? oneConnection).map(({ id }) => [id, queue])),
    clock: { now: () => later, sleep: async () => undefined },
    random: { token: () => "tokentoken" },
    log: { info: log, warn: log, error: log },
    ...given,
  });
};
const call = (method: string, path: string, body?: object, given?: Partial<ApiDependencies>) =>
  request(api(given), method, path, body === undefined ? {} : { body: JSON.stringify(body) });
const record = (run: Partial<RunToRecord> = {}) => recordRun(stores, { startedAt: start, ...run });
const halted = { status: "halted", reason: "too-much-missing", halted: ["a", "b", "c"] } as const;

describe("a run", () => {
  it("is shown with its counts, and with the state of each scope", async () => {
    const { runId } = await record({
      workspace: "Brightline",
      scopes: {
        "retell-llm:1": { counts: { listed: 12, changed: 1, baselines: 2 } },
        "retell-llm:2": { status: "unfinished", reason: "malformed-list", counts: { listed: 3, left: 1 } },
        "retell-llm:3": { ...halted, counts: { listed: 1 } },
      },
    });
    const { status, body } = await call("GET", `/reconciliations/${runId}`);
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
    const { runId } = await record({ trigger: "operator", scope: "s", scopes: { s: undefined } });
    const { body } = await call("GET", `/reconciliations/${runId}`);
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
    const { runId } = await record({ connection: "retell-eu" });
    const answer = await call("GET", `/reconciliations/${runId}`, undefined, { connections: twoConnections });
    expect(answer).toMatchObject({ status: 200, body: { connection: "retell-eu", runId } });
  });

  it.each(["20261121T100000.000Z-nothing", "x".repeat(65), "b64.w6Q"])(
    "called %s does not exist",
    async (runId) => {
      await record();
      expect(await call("GET", `/reconciliations/${runId}`)).toMatchObject({
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
      keys.push(await record({ connection, startedAt: start + index * minute, scopes: { s: {} } }));
    }
    const [first, second, third, fourth] = keys.map(({ runId }) => runId);
    const given = { connections: twoConnections };
    const all = await call("GET", "/reconciliations", undefined, given);
    expect(idsOf(all.body)).toEqual([fourth, third, second, first]);
    expect(all.body).not.toHaveProperty("next");
    expect(all.body["items"]).toMatchObject([{}, {}, {}, { scopes: [{ scope: "s", status: "completed" }] }]);
    const one = await call("GET", "/reconciliations?connection=retell", undefined, given);
    expect(idsOf(one.body)).toEqual([fourth, first]);
  });

  it("comes in pages that runs since do not shift", async () => {
    const keys = [];
    for (let index = 0; index < 25; index += 1) {
      const connection = index % 3 === 0 ? "retell-eu" : "retell";
      keys.push(await record({ connection, startedAt: start + index * minute, scopes: { s: {} } }));
    }
    const given = { connections: twoConnections };
    const first = await call("GET", "/reconciliations?limit=12", undefined, given);
    await record({ startedAt: start + 60 * minute, scopes: { s: {} } });
    const next = (page: typeof first) =>
      call("GET", `/reconciliations?limit=12&cursor=${page.body["next"]}`, undefined, given);
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
    const answer = await call("GET", `/reconciliations?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});

describe("an operator's start", () => {
  it("begins a run over all scopes, and says where it is shown", async () => {
    const { status, headers, body } = await call("POST", "/reconciliations");
    expect(status).toBe(202);
    const runId = "20261121T101500.000Z-tokentok";
    expect(body).toEqual({ runId, connection: "retell", status: "running" });
    expect(headers.get("location")).toBe(`/reconciliations/${runId}`);
    expect(sent).toEqual([{ kind: "discover", connection: "retell", runId }]);
    const shown = (await call("GET", headers.get("location") ?? "")).body;
    expect(shown).toMatchObject({ status: "running", trigger: "operator" });
    expect(shown).not.toHaveProperty("scope");
  });

  it("of one scope begins a run over that one", async () => {
    const { body } = await call("POST", "/reconciliations", { connection: "retell", scope: "retell-llm:1" });
    const run = await stores.runs.read({ connection: "retell", runId: String(body["runId"]) });
    expect(run).toMatchObject({ scope: "retell-llm:1", status: "running" });
  });

  it("while a run is going on is refused, and names that run", async () => {
    const { runId } = await record({ startedAt: later - minute, scopes: { s: undefined } });
    const { status, headers, body } = await call("POST", "/reconciliations");
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: "reconciliation-running", detail: expect.stringContaining(runId) });
    expect(headers.get("location")).toBe(`/reconciliations/${runId}`);
    expect(sent).toEqual([]);
  });

  it("of another connection is not in the way", async () => {
    await record({ startedAt: later - minute, scopes: { s: undefined } });
    const given = { connections: twoConnections };
    const answer = await call("POST", "/reconciliations", { connection: "retell-eu" }, given);
    expect(answer).toMatchObject({ status: 202, body: { connection: "retell-eu" } });
    expect(sent).toMatchObject([{ kind: "discover", connection: "retell-eu" }]);
  });

  it("that no queue takes is a 503; nothing goes on then, and the next one succeeds", async () => {
    isQueueDown = true;
    const refused = await call("POST", "/reconciliations");
    expect(refused).toMatchObject({ status: 503, body: { code: "queue-unavailable" } });
    expect(refused.headers.get("retry-after")).toBe("5");
    const { items } = (await call("GET", "/reconciliations")).body as { items: object[] };
    expect(items).toMatchObject([{ status: "unfinished", reason: "not-sent" }]);
    isQueueDown = false;
    const random = { token: () => "another-" };
    expect((await call("POST", "/reconciliations", {}, { random })).status).toBe(202);
  });

  it.each<[string, object, string]>([
    ["an unknown connection", { connection: "tela" }, "/connection"],
    ["a connection of another type", { connection: 1 }, "/connection"],
    ["an empty scope", { scope: "" }, "/scope"],
    ["half of a character", { scope: "\ud800" }, "/scope"],
    ["a scope that is too long", { scope: "x".repeat(513) }, "/scope"],
    ["an unknown field", { scopes: ["s"] }, "/scopes"],
  ])("with %s is refused, and nothing is started", async (_what, body, pointer) => {
    const answer = await call("POST", "/reconciliations", body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect(sent).toEqual([]);
    expect((await call("GET", "/reconciliations")).body).toEqual({ items: [] });
  });

  it("has to name the connection where there are several", async () => {
    expect(await call("POST", "/reconciliations", {}, { connections: twoConnections })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/connection", message: "is required: there are several" }] },
    });
    expect(sent).toEqual([]);
  });
});

describe("an operator's decision about a halted run", () => {
  const known = (scope: string) => stores.knownScopes.read({ connection: "retell", scope });

  it.each([
    ["confirm", "confirmed", "silenced"],
    ["discard", "silenced", "confirmed"],
  ] as const)("(%s) concerns all that is missing, and is answered with the run", async (how, into, out) => {
    const { runId } = await record({ scopes: { s: halted, t: { ...halted, halted: ["d"] }, u: {} } });
    const { status, body } = await call("POST", `/reconciliations/${runId}/${how}`);
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
    expect(logged).toContainEqual([
      "halt-decided-by-operator",
      { connection: "retell", runId, decision: how, subject: "operator-1" },
    ]);
  });

  it("about one scope leaves the others halted", async () => {
    const { runId } = await record({ scopes: { s: halted, t: halted } });
    const { body } = await call("POST", `/reconciliations/${runId}/confirm`, { scope: "t" });
    expect(body).toMatchObject({ status: "halted", scopes: [halted, { status: "completed" }] });
    expect((await known("s")).confirmed.size).toBe(0);
  });

  it("about some definitions leaves the others halted", async () => {
    const { runId } = await record({ scopes: { s: halted } });
    const body = { definitionIds: ["c", "a"] };
    const first = await call("POST", `/reconciliations/${runId}/discard`, body);
    expect(first.body).toMatchObject({ status: "halted", scopes: [{ status: "halted", halted: ["b"] }] });
    const second = await call("POST", `/reconciliations/${runId}/confirm`, { definitionIds: ["b"] });
    expect(second.body).toMatchObject({ status: "completed", scopes: [{ decided: "confirm" }] });
    const after = await known("s");
    expect(["a", "b", "c"].map((id) => [after.silenced.has(id), after.confirmed.has(id)])).toEqual([
      [true, false],
      [false, true],
      [true, false],
    ]);
  });

  it("about a definition that is not halted decides nothing, and names it", async () => {
    const { runId } = await record({ scopes: { s: halted } });
    const body = { definitionIds: ["a", "x", "b", "y"] };
    const answer = await call("POST", `/reconciliations/${runId}/confirm`, body);
    expect(answer).toMatchObject({ status: 409, body: { code: "not-halted" } });
    expect((answer.body["errors"] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      "/definitionIds/1",
      "/definitionIds/3",
    ]);
    expect((await known("s")).confirmed.size).toBe(0);
    expect((await call("GET", `/reconciliations/${runId}`)).body).toMatchObject({ status: "halted" });
  });

  it("about another workspace's key ends the halt; confirmed, the workspace is the connection's", async () => {
    const end = { status: "halted", reason: OTHER_WORKSPACE, otherWorkspace: "Slice Harbor" } as const;
    const { runId } = await record({ end });
    expect((await call("GET", `/reconciliations/${runId}`)).body).toMatchObject(end);
    const { status, body } = await call("POST", `/reconciliations/${runId}/confirm`, {});
    expect({ status, body }).toMatchObject({ status: 200, body: { status: "unfinished" } });
    expect((await stores.health.read("retell")).workspace).toBe("Slice Harbor");
  });

  it("about a part of a run that was halted as a whole is refused, and accepts no workspace", async () => {
    const end = { status: "halted", reason: OTHER_WORKSPACE, otherWorkspace: "Slice Harbor" } as const;
    const { runId } = await record({ end });
    const body = { definitionIds: ["a"] };
    expect(await call("POST", `/reconciliations/${runId}/confirm`, body)).toMatchObject({
      status: 409,
      body: { code: "not-halted", detail: expect.stringContaining("as a whole") },
    });
    expect((await stores.health.read("retell")).workspace).toBeUndefined();
  });

  it("while another one is being made is refused, and says so", async () => {
    const { runId } = await record({ scopes: { s: halted, t: halted } });
    const answers = await Promise.all(
      ["confirm", "discard"].map((how) => call("POST", `/reconciliations/${runId}/${how}`)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: "not-halted" });
  });

  it.each([
    ["a run that was completed", { scopes: { s: {} } }, "completed"],
    ["a run that goes on", { scopes: { s: undefined } }, "running"],
    ["an unfinished run", { scopes: { s: { status: "unfinished" } } }, "unfinished"],
  ] as const)("about %s is refused", async (_what, run, status) => {
    const { runId } = await record(run);
    for (const how of ["confirm", "discard"]) {
      expect(await call("POST", `/reconciliations/${runId}/${how}`)).toMatchObject({
        status: 409,
        body: { code: "not-halted", detail: `The run is ${status}` },
      });
    }
  });

  it("is made once", async () => {
    const { runId } = await record({ scopes: { s: halted } });
    await call("POST", `/reconciliations/${runId}/discard`);
    expect((await call("POST", `/reconciliations/${runId}/confirm`)).status).toBe(409);
    expect((await known("s")).silenced.has("a")).toBe(true);
  });

  it("about a scope that is not halted is refused, and says so", async () => {
    const { runId } = await record({ scopes: { s: halted, t: {} } });
    expect(await call("POST", `/reconciliations/${runId}/confirm`, { scope: "t" })).toMatchObject({
      status: 409,
      body: { code: "not-halted", detail: expect.stringContaining("No scope of this name") },
    });
  });

  it("about a run that does not exist is a 404", async () => {
    expect(await call("POST", "/reconciliations/20261121T100000.000Z-nothing/confirm")).toMatchObject({
      status: 404,
      body: { code: "unknown-reconciliation" },
    });
  });

  it("is a 503, and not a success, where others are always faster", async () => {
    const { runId } = await record({ scopes: { s: halted } });
    const scopeRuns = { ...stores.scopeRuns, decide: async () => false };
    const answer = await call("POST", `/reconciliations/${runId}/confirm`, {}, { scopeRuns });
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
    const { runId } = await record({ scopes: { s: halted } });
    const answer = await call("POST", `/reconciliations/${runId}/discard`, body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
    expect((await known("s")).silenced.size).toBe(0);
  });
});

describe("the scopes of a connection", () => {
  const counts = { ...noCounts, listed: 12, changed: 1 };
  const know = (scope: string, more: object = {}) =>
    stores.knownScopes.write({ ...unknownScope({ connection: "retell", scope }), ...more });

  it("are shown with the last run that completed them, and the one that was halted", async () => {
    await know("retell-llm:1", {
      definitions: 12,
      counts,
      lastCompletedRunId: "run-1",
      lastReconciledAt: start,
      haltedRunId: "run-2",
      firstCompletedAt: start,
      quietAt: start,
    });
    await know("retell-llm:2");
    await stores.knownScopes.write(unknownScope({ connection: "retell-eu", scope: "retell-llm:3" }));
    expect(await call("GET", "/connections/retell/scopes")).toMatchObject({ status: 200 });
    expect((await call("GET", "/connections/retell/scopes")).body).toEqual({
      items: [
        {
          connection: "retell",
          scope: "retell-llm:1",
          definitions: 12,
          counts,
          lastCompletedRunId: "run-1",
          lastReconciledAt: "2026-11-21T10:00:00.000Z",
          haltedRunId: "run-2",
          silenced: 0,
        },
        { connection: "retell", scope: "retell-llm:2", definitions: 0, silenced: 0 },
      ],
    });
  });

  it("tell how many missing definitions are not asked about", async () => {
    const { runId } = await record({ scopes: { s: halted } });
    await call("POST", `/reconciliations/${runId}/discard`);
    expect((await call("GET", "/connections/retell/scopes")).body).toMatchObject({
      items: [{ scope: "s", silenced: 3 }],
    });
  });

  it("come in pages", async () => {
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) await know(name);
    const first = await call("GET", "/connections/retell/scopes?limit=2");
    const second = await call("GET", `/connections/retell/scopes?limit=3&cursor=${first.body["next"]}`);
    const shown = [first, second].flatMap(({ body }) => body["items"] as { scope: string }[]);
    expect(shown.map(({ scope }) => scope)).toEqual(names);
    expect(second.body).not.toHaveProperty("next");
  });

  it("of a connection that does not exist are a 404", async () => {
    expect((await call("GET", "/connections/tela/scopes")).body).toMatchObject({
      code: "unknown-connection",
    });
  });
});
