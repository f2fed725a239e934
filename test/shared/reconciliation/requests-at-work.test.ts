import { beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { ProviderCall } from "../../../shared/providers/provider-call.ts";
import { falsehoods } from "../../support/reconciliation/falsehoods.ts";
import { isListOfDefinitions } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
  scopeOf,
  testCase,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
let id: string;
let requests = 0;
beforeEach(async () => {
  world = reconciliationWorld({ connection: { callTimeoutSeconds: 2, settleSeconds: 30 } });
  id = world.create("a");
  await world.reconcile();
});

const update = (patch: JsonObject) => ({
  requestId: `u${++requests}`,
  operation: "update",
  definitionId: id,
  patch,
});
const rename = (name: string) => world.edit({ action: "rename", definitionId: id, name });
const isGet = ({ method, path }: ProviderCall) => method === "GET" && path.includes("get-test-case");
/** The next PUT takes effect after so long, and its answer is lost. */
const loseAnswer = (method: string, afterMs = 0) =>
  world.workspace.addFault({
    match: { method },
    answer: "reset",
    ...(afterMs > 0 && { apply: { afterMs } }),
  });

/** Once, right before or after a call that fits; nothing that it calls itself starts it again. */
function once(when: "before" | "after", fits: (call: ProviderCall) => boolean, action: () => unknown): void {
  let isDone = false;
  world.hooks[when] = async (call) => {
    if (isDone || !fits(call)) return;
    isDone = true;
    await action();
  };
}

describe("a definition on which a request is at work", () => {
  const target = () => ({ kind: "definition" as const, connection: "retell", definitionId: id });
  const claim = (leaseMs: number) => ({
    requestId: "r",
    epoch: 1,
    token: "theirs",
    leaseUntil: world.clock.now() + leaseMs,
  });

  it("is left to the next run while it is claimed", async () => {
    const mirrors = world.applying.mirrors;
    rename("b");
    await mirrors.takeClaim(target(), claim(3_600_000), world.clock.now());
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ changed: 0, left: 1 });
    expect(await world.history(id)).toHaveLength(1);
    await mirrors.releaseClaim(target(), "theirs");
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1, left: 0 });
  });

  it("is not left for a claim whose holder has crashed", async () => {
    rename("b");
    await world.applying.mirrors.takeClaim(target(), claim(1_000), world.clock.now());
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1, left: 0 });
  });

  it("is left while a write to it is unanswered: its effect is the request's", async () => {
    loseAnswer("PUT");
    const request = update({ name: "ours" });
    expect(await world.apply(request)).toMatchObject({ kind: "wait" });
    expect((await world.reconcile({ everyMs: 1_000 })).run.counts).toMatchObject({ changed: 0, left: 1 });
    world.clock.pass(60_000);
    expect(await world.apply(request)).toMatchObject({ kind: "done", status: "applied" });
    expect(await world.history(id)).toEqual(["baseline reconciliation", "updated adopted"]);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
  });

  it.each([
    ["the list and the GET", "before"],
    ["the GET and the commit", "after"],
  ] as const)("and changes it between %s: that is no drift", async (_between, when) => {
    rename("b");
    once(when, isGet, () => world.apply(update({ user_prompt: "ours" })));
    await world.reconcile();
    expect(await world.history(id)).toEqual([
      "baseline reconciliation",
      "updated observed_before_write",
      "updated change_request",
    ]);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
    expect(await falsehoods(world)).toEqual([]);
  });

  it("and deletes it between the list and the GET: the deletion is the request's", async () => {
    rename("b");
    const request = { requestId: "d", operation: "delete", definitionId: id };
    once("before", isGet, () => world.apply(request));
    await world.reconcile();
    await world.reconcile();
    expect((await world.history(id)).at(-1)).toBe("deleted change_request");
  });

  it("and somebody else changes it right after the GET: the next run finds that", async () => {
    rename("b");
    once("after", isGet, () => void rename("c"));
    await world.reconcile();
    expect((await world.mirror(id))?.name).toBe("b");
    await world.reconcile();
    expect((await world.mirror(id))?.name).toBe("c");
    expect(await falsehoods(world)).toEqual([]);
  });
});

describe("a new definition", () => {
  const create = () => ({
    requestId: `c${++requests}`,
    operation: "create",
    definition: testCase("made by us"),
  });

  it("that a request makes while its scope is listed is the request's", async () => {
    once("before", isListOfDefinitions, () => world.apply(create()));
    await world.reconcile();
    await world.reconcile();
    expect(world.tables.versions.size).toBe(2);
    expect(await world.history("test_case_2")).toEqual(["created change_request"]);
  });

  it("is left while a create of its scope is unanswered", async () => {
    loseAnswer("POST");
    const request = create();
    expect(await world.apply(request)).toMatchObject({ kind: "wait" });
    world.create("somebody's");
    const { run } = await world.reconcile({ everyMs: 1_000 });
    expect(run.counts).toMatchObject({ created: 0, left: 2 });
    for (let tries = 0; tries < 5; tries += 1) {
      world.clock.pass(60_000);
      await world.apply(request);
    }
    expect(await world.history("test_case_2")).toEqual(["created adopted"]);
    expect((await world.reconcile()).run.counts).toMatchObject({ created: 1, left: 0 });
    expect(await world.history("test_case_3")).toEqual(["created reconciliation"]);
  });

  it("is left while a create of its scope is under way", async () => {
    const scope = scopeOf(ENGINES[0]);
    const target = { kind: "create" as const, connection: "retell", scope };
    const leaseUntil = world.clock.now() + 3_600_000;
    const claim = { requestId: "r", epoch: 1, token: "theirs", leaseUntil };
    await world.applying.mirrors.takeClaim(target, claim, world.clock.now());
    world.create("somebody's");
    expect((await world.reconcile()).run.counts).toMatchObject({ created: 0, left: 1 });
  });
});

describe("the effect of a write that was given up", () => {
  it("is no outside change: it is its request's, late", async () => {
    // It is judged not to have happened, the request is given up, and then it happens.
    world.workspace.addFault({ match: { method: "PUT" }, apply: { afterMs: 3_000_000 }, answer: "reset" });
    const request = update({ name: "ours" });
    await world.apply(request);
    world.workspace.addFault({
      match: { method: "PUT", times: "always" },
      apply: "never",
      answer: { status: 400 },
    });
    world.clock.pass(60_000);
    expect(await world.apply(request)).toMatchObject({ kind: "done", status: "rejected" });
    world.clock.pass(3_600_000);
    await world.reconcile();
    const [, late] = await world.versions(id);
    expect(late?.record).toMatchObject({
      source: "adopted",
      late: true,
      requestId: request.requestId,
      actorAuthenticated: "AIDASENDER",
    });
    expect(world.metrics.get("LateEffect")).toBe(1);
    expect(world.metrics.get("DriftRecorded")).toBeUndefined();
    // Found once, it is not looked for again: the next equal change is somebody's.
    const { superseded } = await world.applying.mirrors.intents({
      kind: "definition",
      connection: "retell",
      definitionId: id,
    });
    expect(superseded).toEqual([]);
  });

  it("is left to its request while that is open", async () => {
    world.workspace.addFault({ match: { method: "PUT" }, apply: { afterMs: 100_000 }, answer: "reset" });
    const request = update({ name: "ours" });
    await world.apply(request);
    world.clock.pass(60_000);
    // Sent again: this time nothing comes of it, and it is not judged yet.
    world.workspace.addFault({ match: { method: "PUT" }, apply: "never", answer: { status: 429 } });
    expect(await world.apply(request)).toMatchObject({ kind: "wait" });
    world.clock.pass(60_000);
    const { run } = await world.reconcile({ everyMs: 1_000 });
    expect(run.counts).toMatchObject({ changed: 0, left: 1 });
    await world.apply(request);
    expect((await world.versions(id)).at(-1)?.record).toMatchObject({ source: "adopted", late: true });
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
  });

  it("a create's is its request's as well", async () => {
    const request = { requestId: "c", operation: "create", definition: testCase("ours") };
    world.workspace.addFault({ match: { method: "POST" }, apply: { afterMs: 3_000_000 }, answer: "reset" });
    await world.apply(request);
    world.workspace.addFault({ match: { method: "POST" }, apply: "never", answer: { status: 400 } });
    for (let tries = 0; tries < 6; tries += 1) {
      world.clock.pass(60_000);
      await world.apply(request);
    }
    expect(world.tables.requests.get("REQUEST#retell#c")?.status).toBe("rejected");
    world.clock.pass(3_600_000);
    await world.reconcile();
    const [first] = await world.versions("test_case_2");
    expect(first?.record).toMatchObject({ source: "adopted", late: true, requestId: "c" });
  });
});

it("two hundred edits while runs go on invent no drift", async () => {
  const many = reconciliationWorld({ pageSize: 5 });
  const ids = Array.from({ length: 20 }, (_, index) => many.create(`case ${index}`));
  await many.reconcile();
  let applied = 0;
  let isBusy = false;
  many.hooks.after = async () => {
    if (isBusy || applied === 200) return;
    isBusy = true;
    const definitionId = ids[(applied * 7) % 20] ?? "";
    const patch = { user_prompt: `prompt ${applied}` };
    applied += 1;
    await many.apply({ requestId: `e${applied}`, operation: "update", definitionId, patch });
    isBusy = false;
  };
  for (let runs = 0; applied < 200; runs += 1) {
    expect(runs).toBeLessThan(100);
    await many.reconcile({ everyMs: 1_000 });
  }
  many.hooks.after = undefined;
  await many.reconcile();
  for (const definitionId of ids) {
    const sources = (await many.history(definitionId)).slice(1);
    expect(new Set(sources)).toEqual(new Set(["updated change_request"]));
  }
  expect(many.metrics.get("DriftRecorded")).toBeUndefined();
  expect(await falsehoods(many)).toEqual([]);
}, 60_000);
