import { beforeEach, describe, expect, it } from "vitest";
import { reconcileScope } from "../../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../../shared/reconciliation/run/discover-scopes.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
beforeEach(() => {
  world = reconciliationWorld();
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`, ENGINES[made % 2]);
});

const start = (scope?: string) =>
  startRun(world.dependencies, { trigger: "operator", ...(scope !== undefined && { scope }) });
const endsAt = () => world.clock.now() + 120_000;
const drain = async () => {
  while (world.messages.length > 0) await world.deliverNext();
};

describe("the start of a run", () => {
  it("is refused while another one is going on, and names it", async () => {
    const first = await start();
    expect(first.kind).toBe("started");
    expect(await start()).toEqual({ kind: "running", runId: first.runId });
    await drain();
    expect((await start()).kind).toBe("started");
  });

  it("ends the run again where the queue does not take it", async () => {
    world.outside.isQueueUp = false;
    const answer = await start();
    expect(answer.kind).toBe("queue-unavailable");
    expect((await world.resultOf(answer.runId)).run).toMatchObject({
      status: "unfinished",
      reason: "not-sent",
    });
    world.outside.isQueueUp = true;
    expect((await start()).kind).toBe("started");
  });

  it("ends a run that has stood still for more than an hour, and none before", async () => {
    const lost = await start();
    world.messages.length = 0;
    world.clock.pass(3_600_000);
    expect(await start()).toEqual({ kind: "running", runId: lost.runId });
    world.clock.pass(1);
    expect((await start()).kind).toBe("started");
    expect((await world.resultOf(lost.runId)).run).toMatchObject({
      status: "unfinished",
      reason: "stood-still",
    });
    expect(world.metrics.get("ReconciliationUnfinished")).toBe(1);
    await drain();
  });

  it("tells how long ago the last one was completed", async () => {
    await world.reconcile();
    const completed = (await world.dependencies.runs.current("retell")).lastCompletedAt ?? 0;
    world.clock.pass(10_000_000);
    await start();
    expect(world.metrics.get("ReconciliationAge")).toBe(world.clock.now() - completed);
  });

  it("of many at once is one", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => start()));
    expect(answers.filter(({ kind }) => kind === "started")).toHaveLength(1);
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
  });
});

describe("a run over one scope", () => {
  it("looks at no other, and does not count as complete", async () => {
    const before = await world.reconcile();
    world.clock.pass(60_000);
    const { run, scopes } = await world.reconcile({ trigger: "operator", scope: scopeOf(ENGINES[0]) });
    expect(run).toMatchObject({ status: "completed", scope: scopeOf(ENGINES[0]), counts: { listed: 2 } });
    expect(scopes).toHaveLength(1);
    const { lastCompletedAt } = await world.dependencies.runs.current("retell");
    expect(lastCompletedAt).toBe(before.run.startedAt);
  });

  it("that nobody knows says so and rings no bell, and it is not known afterwards either", async () => {
    const { run, scopes } = await world.reconcile({ scope: scopeOf("llm_9") });
    expect(run).toMatchObject({ status: "unfinished", reason: "unknown-scope", counts: { listed: 0 } });
    expect(scopes).toEqual([]);
    expect(world.metrics.get("ReconciliationUnfinished")).toBeUndefined();
    expect(await world.dependencies.knownScopes.list("retell", undefined, 10)).toEqual([]);
  });

  it("that only we know any more is reconciled", async () => {
    await world.reconcile();
    world.edit({ action: "delete-engine", type: "retell-llm", id: ENGINES[1] });
    const { run } = await world.reconcile({ scope: scopeOf(ENGINES[1]) });
    expect(run).toMatchObject({ status: "completed", tally: { total: 1 }, counts: { missing: 0 } });
  });
});

describe("a message that comes twice", () => {
  it("of a discovery does nothing more", async () => {
    await start();
    const [discovery] = world.messages;
    if (discovery?.message.kind !== "discover") throw new Error("the first message is the discovery's");
    const { message } = discovery;
    await world.deliverNext();
    expect(world.messages).toHaveLength(2);
    // It may have crashed before the others were sent: they are sent again.
    expect(await discoverScopes(world.dependencies, message, endsAt())).toEqual({ kind: "done" });
    expect(world.messages).toHaveLength(4);
    const before = world.workspace.requests().length;
    await drain();
    const lists = world.workspace
      .requests()
      .slice(before)
      .filter(({ path }) => path.includes("list-test-case"));
    expect(lists).toHaveLength(2);
    expect(await discoverScopes(world.dependencies, message, endsAt())).toEqual({ kind: "done" });
    expect((await world.resultOf(message.runId)).run).toMatchObject({
      status: "completed",
      counts: { listed: 4, baselines: 4 },
      tally: { total: 2, open: 0 },
    });
  });

  it("of a scope does nothing more", async () => {
    const { run } = await world.reconcile();
    const message = {
      kind: "scope",
      connection: "retell",
      runId: run.runId,
      scope: scopeOf(ENGINES[0]),
    } as const;
    const before = world.workspace.requests().length;
    expect(await reconcileScope(world.dependencies, message, endsAt())).toEqual({ kind: "done" });
    expect(world.workspace.requests().length).toBe(before);
    expect((await world.resultOf(run.runId)).run).toEqual(run);
  });

  it("of a run that has ended, or that there never was, is done", async () => {
    for (const runId of ["never", "20261121T100000.000Z-x"]) {
      const scope = scopeOf(ENGINES[0]);
      const message = { kind: "scope", connection: "retell", runId, scope } as const;
      expect(await reconcileScope(world.dependencies, message, endsAt())).toEqual({ kind: "done" });
      const discovery = { kind: "discover", connection: "retell", runId } as const;
      expect(await discoverScopes(world.dependencies, discovery, endsAt())).toEqual({ kind: "done" });
    }
    expect(world.workspace.requests()).toEqual([]);
  });

  it("at the same time is worked on once", async () => {
    await start();
    await world.deliverNext();
    const [first] = world.messages;
    if (first?.message.kind !== "scope") throw new Error("there is a scope's message");
    const { message } = first;
    const both = await Promise.all([
      reconcileScope(world.dependencies, message, endsAt()),
      reconcileScope(world.dependencies, message, endsAt()),
    ]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["done", "wait"]);
    await drain();
    expect((await world.resultOf(message.runId)).run).toMatchObject({
      status: "completed",
      counts: { listed: 4 },
    });
  });
});

describe("the discovery of many scopes", () => {
  const engines = Array.from({ length: 23 }, (_, index) => `llm_${index + 1}`);

  it("takes several invocations, and finds each once", async () => {
    world = reconciliationWorld({
      engines,
      pageSize: 3,
      invocationMs: 14_000,
      connection: { callTimeoutSeconds: 2 },
    });
    world.hooks.before = () => world.clock.pass(1_000);
    const { run, scopes } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", tally: { total: 23, open: 0 } });
    expect(scopes.map(({ scope }) => scope).toSorted()).toEqual(engines.map(scopeOf).toSorted());
    const lists = world.workspace.requests().filter(({ path }) => path === "/v2/list-retell-llms");
    expect(lists).toHaveLength(8);
  });

  it("of one engine in several versions finds it once", async () => {
    world = reconciliationWorld({ switches: { engineRows: "one-per-version" }, pageSize: 3 });
    const { scopes } = await world.reconcile();
    expect(scopes).toHaveLength(2);
  });

  it("whose messages the queue does not take is told so, and waits", async () => {
    await start();
    const { message } = world.messages[0] ?? {};
    if (message?.kind !== "discover") throw new Error("the first message is the discovery's");
    world.outside.isQueueUp = false;
    expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "queue-unavailable" });
    world.outside.isQueueUp = true;
    await drain();
    expect((await world.resultOf(message.runId)).run).toMatchObject({
      status: "completed",
      counts: { listed: 4 },
    });
  });
});

it("a failing store is waited for, tells nothing of what it failed on, and the scope is not kept", async () => {
  await start();
  await world.deliverNext();
  const { read } = world.dependencies.knownScopes;
  world.dependencies.knownScopes.read = async () => {
    throw new TypeError("the prompt is: be rude");
  };
  expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "unexpected-failure" });
  expect(JSON.stringify(world.log)).not.toContain("rude");
  world.dependencies.knownScopes.read = read;
  await drain();
  const [run] = await world.dependencies.runs.list("retell", undefined, 1);
  expect(run).toMatchObject({ status: "completed", counts: { listed: 4 } });
});

describe("a discovery that fails for no reason of the provider's", () => {
  const failing = async () => {
    throw new TypeError("the prompt is: be rude");
  };
  const completed = async () => {
    await drain();
    const [run] = await world.dependencies.runs.list("retell", undefined, 1);
    expect(run).toMatchObject({ status: "completed", counts: { listed: 4 } });
  };
  const lists = () =>
    world.workspace.requests().filter(({ path }) => path.includes("list-retell-llms")).length;

  it("waits, is not kept, goes on where it was, and tells nothing of what it failed on", async () => {
    await start();
    const { list } = world.dependencies.knownScopes;
    world.dependencies.knownScopes.list = failing;
    expect(await world.deliverNext()).toEqual({
      kind: "wait",
      waitMs: 15_000,
      reason: "unexpected-failure",
    });
    expect(world.log).toContainEqual({
      level: "error",
      event: "reconciliation-failed-unexpectedly",
      connection: "retell",
      runId: expect.any(String),
      error: "TypeError",
    });
    expect(JSON.stringify(world.log)).not.toContain("rude");
    world.dependencies.knownScopes.list = list;
    const listed = lists();
    // Not "another-delivery": it was given back.
    expect(await world.deliverNext()).toEqual({ kind: "done" });
    expect(lists()).toBe(listed);
    await completed();
  });

  it("waits also where it cannot be given back, until nobody has it any more", async () => {
    await start();
    const { knownScopes, runs } = world.dependencies;
    const { list } = knownScopes;
    const { giveDiscoveryBack } = runs;
    knownScopes.list = failing;
    runs.giveDiscoveryBack = failing;
    expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "unexpected-failure" });
    expect(JSON.stringify(world.log)).not.toContain("rude");
    knownScopes.list = list;
    runs.giveDiscoveryBack = giveDiscoveryBack;
    expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "another-delivery" });
    await completed();
  });
});

it("a scope that cannot be given back waits too", async () => {
  await start();
  await world.deliverNext();
  const failing = async () => {
    throw new TypeError("the prompt is: be rude");
  };
  world.dependencies.knownScopes.read = failing;
  world.dependencies.scopeRuns.giveBack = failing;
  expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "unexpected-failure" });
  expect(JSON.stringify(world.log)).not.toContain("rude");
});
