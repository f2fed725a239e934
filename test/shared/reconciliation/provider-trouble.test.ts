import { beforeEach, describe, expect, it } from "vitest";
import { pausedByOperator } from "../../../shared/connection/health-transitions.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
let ids: readonly string[];
beforeEach(async () => {
  world = reconciliationWorld({ connection: { callTimeoutSeconds: 2 }, pageSize: 2 });
  ids = Array.from({ length: 6 }, (_, index) => world.create(`case ${index}`));
  await world.reconcile();
});

const LIST = "/v2/list-test-case-definitions";
const GET = "/get-test-case-definition/*";
const health = () => world.dependencies.health.read("retell");
const waits = () => world.log.filter(({ event }) => event.startsWith("connection-"));

describe("a fault in the middle of a list", () => {
  it.each(["reset", "cut-body", { status: 500 }, { status: 502, html: true }] as const)(
    "(%j) is waited for, and the list goes on with the page that failed",
    async (answer) => {
      world.workspace.addFault({ match: { path: LIST, nth: 2 }, answer });
      const before = world.workspace.requests().length;
      const { run } = await world.reconcile();
      expect(run).toMatchObject({ status: "completed", counts: { listed: 6, missing: 0, left: 0 } });
      const pages = world.workspace
        .requests()
        .slice(before)
        .filter(({ path }) => path === LIST);
      expect(pages).toHaveLength(5);
    },
  );

  it("counts as a fault of the provider, and the next answer as none", async () => {
    world.workspace.addFault({ match: { path: LIST, times: 2 }, answer: { status: 500 } });
    world.clock.pass(900_000);
    await startRun(world.dependencies, { trigger: "schedule" });
    await world.deliverNext();
    await world.deliverNext();
    expect((await health()).failuresInRow).toBe(1);
    while (world.messages.length > 0) await world.deliverNext();
    expect(await health()).toMatchObject({ state: "active", failuresInRow: 0 });
  });

  it("that does not end degrades the connection, and the run waits for its probes", async () => {
    world.workspace.addFault({ match: { path: LIST, times: 4 }, answer: { status: 500 } });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { listed: 6 } });
    expect(waits().map(({ event }) => event)).toContain("connection-degraded");
    expect((await health()).state).toBe("active");
  });
});

describe("a question that is not answered", () => {
  it("is asked again, after the others", async () => {
    for (const definitionId of ids.slice(0, 3)) world.edit({ action: "rename", definitionId, name: "new" });
    world.workspace.addFault({ match: { path: GET, times: 2 }, answer: { status: 500 } });
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ changed: 3, left: 0 });
  });

  it("and never is, leaves its scope unfinished; the others were answered", async () => {
    for (const definitionId of ids.slice(0, 3)) world.edit({ action: "rename", definitionId, name: "new" });
    const path = `/get-test-case-definition/${ids[1]}`;
    world.workspace.addFault({ match: { path, times: "always" }, answer: { status: 500 } });
    const { run, scopes } = await world.reconcile();
    expect(run.counts).toMatchObject({ changed: 2 });
    expect(scopes[0]).toMatchObject({ status: "unfinished", reason: "provider-server-error" });
    expect(await world.history(ids[0] ?? "")).toHaveLength(2);
    expect(await world.history(ids[1] ?? "")).toHaveLength(1);
  });

  it("because the provider does not want to know it, is left", async () => {
    world.edit({ action: "rename", definitionId: ids[0] ?? "", name: "new" });
    world.workspace.addFault({ match: { path: GET }, answer: { status: 400 } });
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { left: 1 } });
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1, left: 0 });
  });
});

describe("the provider's rate limit", () => {
  it.each([LIST, GET])("is no fault: %s is asked again when it says so", async (path) => {
    world.edit({ action: "rename", definitionId: ids[0] ?? "", name: "new" });
    world.workspace.addFault({ match: { path }, answer: { status: 429, headers: { "retry-after": "40" } } });
    const startedAt = world.clock.now() + 900_000;
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { changed: 1, left: 0 } });
    expect((run.finishedAt ?? 0) - startedAt).toBeGreaterThanOrEqual(40_000);
    expect(await health()).toMatchObject({ state: "active", failuresInRow: 0 });
  });

  it("of our own makes the run wait for its turn, with what it has read", async () => {
    const slow = reconciliationWorld({
      connection: { rateLimit: { requestsPerSecond: 0.1, burst: 1, adaptive: false } },
      pageSize: 2,
      // A page, the key's check and a sample need three turns.
      invocationMs: 60_000,
    });
    for (let made = 0; made < 6; made += 1) slow.create(`case ${made}`);
    const { run } = await slow.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { listed: 6, baselines: 6 } });
    // The key at both ends, two engine lists, three pages and a read of each row, an empty list; some pages twice.
    expect(slow.workspace.requests().length).toBeLessThanOrEqual(20);
    expect((run.finishedAt ?? 0) - run.startedAt).toBeGreaterThanOrEqual(80_000);
  });
});

describe("a key that is refused", () => {
  it("pauses the connection, and the run goes on with the next one", async () => {
    world.edit({ action: "set-key", apiKey: "key_test", key: null });
    world.clock.pass(900_000);
    await startRun(world.dependencies, { trigger: "schedule" });
    expect(await world.deliverNext()).toMatchObject({ kind: "wait" });
    expect(await health()).toMatchObject({ state: "paused", reason: "key-refused" });
    expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "key-refused" });
    world.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_1" } });
    while (world.messages.length > 0) await world.deliverNext();
    const [run] = await world.dependencies.runs.list("retell", undefined, 1);
    expect(run).toMatchObject({ status: "completed", counts: { listed: 6, missing: 0 } });
    expect((await health()).state).toBe("active");
  });

  it("for the lists of engines only, says so and pauses nothing", async () => {
    const key = { workspace: "workspace_1", permissions: { agent: "none" as const } };
    world.edit({ action: "set-key", apiKey: "key_test", key });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "unfinished", reason: "discovery-refused" });
    expect((await health()).state).toBe("active");
  });

  it("for the lists of engines is no trouble where the scopes are configured", async () => {
    const configured = reconciliationWorld({ reconcile: { scopes: ["retell-llm:llm_1"] } });
    configured.create("a");
    configured.create("b", "llm_2");
    const key = { workspace: "workspace_1", permissions: { agent: "none" as const } };
    configured.edit({ action: "set-key", apiKey: "key_test", key });
    const { run, scopes } = await configured.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { listed: 1, baselines: 1 } });
    expect(scopes).toHaveLength(1);
    expect((await configured.reconcile()).run.status).toBe("completed");
  });

  it("for test cases leaves every scope unfinished and pauses nothing", async () => {
    const key = { workspace: "workspace_1", permissions: { testing: "none" as const } };
    world.edit({ action: "set-key", apiKey: "key_test", key });
    const { run, scopes } = await world.reconcile();
    expect(run.status).toBe("unfinished");
    for (const scope of scopes) {
      expect(scope).toMatchObject({ status: "unfinished", reason: "refused-by-provider" });
    }
    expect((await health()).state).toBe("active");
    for (const id of ids) expect((await world.mirror(id))?.missingSince).toBeUndefined();
  });
});

it("a paused connection is not touched, and its run waits", async () => {
  const store = world.dependencies.health;
  await store.write("retell", pausedByOperator(await health(), world.clock.now(), "on purpose"));
  const before = world.workspace.requests().length;
  world.clock.pass(900_000);
  await startRun(world.dependencies, { trigger: "schedule" });
  for (let deliveries = 0; deliveries < 3; deliveries += 1) {
    expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "paused-by-operator" });
  }
  expect(world.workspace.requests().length).toBe(before);
});

describe("lists of engines", () => {
  it.each([
    ["that are malformed", { list: "no-items" as const }, "malformed-discovery"],
    ["that do not exist", { answer: { status: 404 } }, "discovery-refused"],
  ])("%s end the run before anything is compared", async (_what, fault, reason) => {
    world.workspace.addFault({ match: { path: "/v2/list-retell-llms" }, ...fault });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "unfinished", reason, counts: { listed: 0 } });
  });

  it("that lead in a circle end the run", async () => {
    world.workspace.setSwitches({ invalidPaginationKey: "first-page" });
    world.workspace.addFault({
      match: { path: "/v2/list-retell-llms", times: "always" },
      list: "repeating-key",
    });
    expect((await world.reconcile()).run).toMatchObject({ reason: "malformed-discovery" });
  });

  it("that fail are asked again", async () => {
    world.workspace.addFault({ match: { path: "/v2/list-retell-llms", times: 2 }, answer: { status: 500 } });
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { listed: 6 } });
  });

  it("that leave a known scope out do not make its definitions disappear", async () => {
    world.workspace.addFault({ match: { path: "/v2/list-retell-llms" }, list: { omit: ["llm_1"] } });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { listed: 6, missing: 0 } });
  });
});

describe("a small scope whose engine was deleted", () => {
  it.each([
    ["go on to live", "readable", "empty", { missing: 0 }],
    ["go on to live, and the list refuses", "readable", 422, { missing: 0 }],
    ["are deleted with it", "deleted", 404, { missing: 2 }],
  ] as const)(
    "is looked after by the ids of its definitions: they %s",
    async (_what, orphans, listUnknownEngine, expected) => {
      const small = reconciliationWorld({ switches: { orphans, listUnknownEngine } });
      const [a, b] = [small.create("a"), small.create("b")];
      for (let made = 0; made < 3; made += 1) small.create(`case ${made}`, "llm_2");
      await small.reconcile();
      small.edit({ action: "delete-engine", type: "retell-llm", id: "llm_1" });
      const { run } = await small.reconcile();
      expect(run).toMatchObject({ status: "completed", counts: expected });
      await small.reconcile();
      const last = expected.missing > 0 ? "deleted reconciliation" : "baseline reconciliation";
      for (const id of [a, b]) expect((await small.history(id)).at(-1)).toBe(last);
    },
  );
});
