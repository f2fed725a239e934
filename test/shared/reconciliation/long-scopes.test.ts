import { describe, expect, it } from "vitest";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import { falsehoods, unfound } from "../../support/reconciliation/falsehoods.ts";
import { isListOfDefinitions } from "../../support/reconciliation/list-lies.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  testCase,
  type WorldOptions,
} from "../../support/reconciliation/reconciliation-world.ts";

const scope = scopeOf("llm_1");
/** Each page takes a second, so that some fit into an invocation. */
const slow = { connection: { callTimeoutSeconds: 2 }, engines: ["llm_1"], pageSize: 5 };

function filled(
  definitions: number,
  options: WorldOptions = {},
): { world: ReconciliationWorld; ids: string[] } {
  const world = reconciliationWorld({ ...slow, ...options });
  world.hooks.before = () => world.clock.pass(1_000);
  const ids = Array.from({ length: definitions }, (_, index) => world.create(`case ${index}`));
  return { world, ids };
}

/** Starts a run and delivers until `isOver` says so after a delivery. */
async function runUntil(
  world: ReconciliationWorld,
  isOver: (waits: readonly string[]) => boolean,
): Promise<string> {
  world.clock.pass(900_000);
  const started = await startRun(world.dependencies, { trigger: "schedule" });
  const waits: string[] = [];
  while (world.messages.length > 0) {
    const disposition = await world.deliverNext();
    if (disposition?.kind === "wait") waits.push(disposition.reason);
    if (isOver(waits)) break;
  }
  if (started.kind !== "started") throw new Error(started.kind);
  return started.runId;
}

function expectSameCounts(one: { counts: object }, other: { counts: object }): void {
  expect(one.counts).toEqual(other.counts);
}

describe("a scope that takes longer than an invocation", () => {
  it("goes on where it stopped, page by page, and ends as if it had been one", async () => {
    const whole = filled(60, { invocationMs: 900_000 });
    const pieces = filled(60, { invocationMs: 15_000 });
    for (const { world, ids } of [whole, pieces]) {
      await world.reconcile();
      for (const definitionId of ids.slice(10, 14)) {
        world.edit({ action: "rename", definitionId, name: "new" });
      }
      world.edit({ action: "delete", definitionId: ids[50] ?? "" });
      world.create("made");
    }
    const before = pieces.world.workspace.requests().length;
    const [one, other] = [await whole.world.reconcile(), await pieces.world.reconcile()];
    expectSameCounts(one.run, other.run);
    expect(other.run.counts).toMatchObject({ listed: 60, changed: 4, created: 1, missing: 1, left: 0 });
    // No page was read twice.
    const lists = pieces.world.workspace
      .requests()
      .slice(before)
      .filter(({ path }) => path.includes("list-test-case"));
    expect(lists).toHaveLength(12);
    expect(await falsehoods(pieces.world)).toEqual([]);
  });

  it("is adopted in pieces as well, each definition once", async () => {
    const { world, ids } = filled(60, { invocationMs: 15_000 });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { listed: 60, baselines: 60, left: 0 } });
    for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("shows that somebody works on it", async () => {
    const { world } = filled(60, { invocationMs: 15_000 });
    const runId = await runUntil(world, (waits) => waits.length === 3);
    const { run } = await world.resultOf(runId);
    expect(world.clock.now() - run.progressAt).toBeLessThan(1_000);
    expect(run.progressAt).toBeGreaterThan(run.startedAt + 20_000);
  });

  it("does not miss what was made in it after its first pages were read", async () => {
    const { world } = filled(40, { invocationMs: 15_000 });
    await world.reconcile();
    await runUntil(world, (waits) => waits.length === 1);
    for (let made = 0; made < 20; made += 1) {
      const definition = testCase(`made ${made}`, "llm_1");
      await world.apply({ requestId: `c${made}`, operation: "create", definition });
    }
    const { run } = await finished(world);
    expect(run).toMatchObject({ status: "completed", counts: { listed: 40, missing: 0, left: 0 } });
  });

  it("is changed while it is read: nothing is invented, and all is found", async () => {
    const { world, ids } = filled(40, { invocationMs: 15_000, switches: { cursors: "offset" } });
    await world.reconcile();
    let calls = 0;
    world.hooks.after = () => {
      calls += 1;
      const definitionId = ids[(calls * 7) % 40] ?? "";
      if (calls > 12 || world.workspace.definition(definitionId) === undefined) return;
      if (calls % 4 === 0) world.edit({ action: "delete", definitionId });
      else if (calls % 4 === 1) world.create(`made ${calls}`);
      else world.edit({ action: "rename", definitionId, name: `new ${calls}` });
    };
    await world.reconcile();
    world.hooks.after = undefined;
    for (let runs = 0; runs < 3; runs += 1) await world.reconcile();
    expect(await falsehoods(world)).toEqual([]);
    expect(await unfound(world)).toEqual([]);
  });
});

describe("an invocation that dies", () => {
  it("anywhere leaves a run that ends with the same result", async () => {
    const expected = filled(24, { invocationMs: 30_000 });
    await expected.world.reconcile();
    const change = ({ world, ids }: typeof expected) => {
      for (const definitionId of ids.slice(3, 6)) world.edit({ action: "rename", definitionId, name: "new" });
      world.edit({ action: "delete", definitionId: ids[20] ?? "" });
      world.create("made");
    };
    change(expected);
    const { run } = await expected.world.reconcile();
    const second = await expected.world.reconcile();
    for (let dies = 1; dies <= 14; dies += 1) {
      const dying = filled(24, { invocationMs: 30_000 });
      await dying.world.reconcile();
      change(dying);
      await runWithDeath(dying.world, dies);
      const [last] = await dying.world.dependencies.runs.list("retell", undefined, 1);
      expect(last?.status).toBe("completed");
      const after = await dying.world.reconcile();
      const sum = (name: "changed" | "created" | "deleted") =>
        (last?.counts[name] ?? 0) + after.run.counts[name];
      for (const name of ["changed", "created", "deleted"] as const) {
        expect(sum(name)).toBe(run.counts[name] + second.run.counts[name]);
      }
      expect(await falsehoods(dying.world)).toEqual([]);
      await dying.world.reconcile();
      expect(await unfound(dying.world)).toEqual([]);
      expect(dying.world.tables.versions.size).toBe(expected.world.tables.versions.size);
    }
  }, 60_000);

  it.each([30_000, 15_000])(
    "in the middle of an adoption leaves out nothing of what it has recorded, and counts nothing twice (%i ms)",
    async (invocationMs) => {
      for (let dies = 4; dies <= 20; dies += 1) {
        const { world } = filled(24, { invocationMs });
        await runWithDeath(world, dies);
        const [run] = await world.dependencies.runs.list("retell", undefined, 1);
        expect(run).toMatchObject({ status: "completed", counts: { listed: 24, baselines: 24, left: 0 } });
      }
    },
    60_000,
  );

  it.each([30_000, 15_000])(
    "in the middle of its questions leaves out nothing of what it has recorded (%i ms)",
    async (invocationMs) => {
      for (let dies = 6; dies <= 18; dies += 1) {
        const { world, ids } = filled(24, { invocationMs });
        await world.reconcile();
        for (const definitionId of ids.slice(0, 3)) world.edit({ action: "delete", definitionId });
        await world.reconcile();
        for (const definitionId of ids.slice(3, 8)) {
          world.edit({ action: "rename", definitionId, name: "new" });
        }
        await runWithDeath(world, dies);
        const [run] = await world.dependencies.runs.list("retell", undefined, 1);
        expect(run).toMatchObject({ status: "completed", counts: { changed: 5, deleted: 3, left: 0 } });
      }
    },
    60_000,
  );

  it("after it has found a definition gone is no second run that finds the same", async () => {
    for (let dies = 5; dies <= 9; dies += 1) {
      const reconcile = { confirmDeletionAfter: "1 seconds" };
      const { world, ids } = filled(10, { invocationMs: 30_000, reconcile });
      await world.reconcile();
      const gone = ids.slice(0, 2);
      for (const definitionId of gone) world.edit({ action: "delete", definitionId });
      await runWithDeath(world, dies);
      for (const id of gone) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
      expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 2 });
    }
  });

  it("keeps its scope until its lease has passed, and no second delivery works on it meanwhile", async () => {
    const { world } = filled(10, { invocationMs: 30_000 });
    await world.reconcile();
    world.clock.pass(900_000);
    await startRun(world.dependencies, { trigger: "schedule" });
    await world.deliverNext();
    const death = aDeath();
    world.hooks.after = (call) => (isListOfDefinitions(call) ? death.comes() : undefined);
    const message = world.messages[0]?.message;
    if (message?.kind !== "scope") throw new Error("there is a scope's message");
    await Promise.race([world.deliverNext(), death.hasCome]);
    world.hooks.after = undefined;
    const taken = await world.dependencies.scopeRuns.read({ ...message });
    expect(taken).toMatchObject({ scope, status: "running" });
    expect(await world.deliverNext()).toMatchObject({ kind: "wait", reason: "another-delivery" });
    const { run } = await finished(world);
    expect(run).toMatchObject({ status: "completed", counts: { listed: 10 } });
  });

  it("between the end of the last scope and that of the run leaves the latter to the next delivery", async () => {
    const { world } = filled(3, { invocationMs: 30_000 });
    await world.reconcile();
    world.clock.pass(900_000);
    const started = await startRun(world.dependencies, { trigger: "schedule" });
    await world.deliverNext();
    const { end } = world.dependencies.runs;
    const death = aDeath();
    world.dependencies.runs.end = () => death.comes();
    await Promise.race([world.deliverNext(), death.hasCome]);
    world.dependencies.runs.end = end;
    const before = await world.resultOf(started.runId);
    expect(before).toMatchObject({ run: { status: "running" }, scopes: [{ status: "completed" }] });
    expect(await world.deliverNext()).toEqual({ kind: "done" });
    expect((await world.resultOf(started.runId)).run.status).toBe("completed");
  });
});

/** A run in which the n-th call ends an invocation: whatever it was about to do is not done, and its leases stay. */
async function runWithDeath(world: ReconciliationWorld, nth: number): Promise<void> {
  let calls = 0;
  const death = aDeath();
  world.hooks.after = () => (++calls === nth ? death.comes() : undefined);
  let hasDied = false;
  world.clock.pass(900_000);
  await startRun(world.dependencies, { trigger: "schedule" });
  for (let deliveries = 0; world.messages.length > 0; deliveries += 1) {
    expect(deliveries).toBeLessThan(50);
    const outcome = await Promise.race([world.deliverNext(), ...(hasDied ? [] : [death.hasCome])]);
    if (outcome !== "dead") continue;
    hasDied = true;
    // SQS shows the message again.
    const [message] = world.messages.toSorted((a, b) => a.dueAt - b.dueAt);
    if (message !== undefined) message.dueAt = world.clock.now() + 60_000;
  }
  world.hooks.after = undefined;
}

/** What waits for it goes on no more: the end of an invocation. */
function aDeath(): { comes(): Promise<never>; readonly hasCome: Promise<"dead"> } {
  let tell: (dead: "dead") => void = () => undefined;
  const hasCome = new Promise<"dead">((resolve) => {
    tell = resolve;
  });
  return {
    comes() {
      tell("dead");
      return new Promise<never>(() => undefined);
    },
    hasCome,
  };
}

async function finished(world: ReconciliationWorld) {
  while (world.messages.length > 0) await world.deliverNext();
  const [last] = await world.dependencies.runs.list("retell", undefined, 1);
  return await world.resultOf(last?.runId ?? "");
}
