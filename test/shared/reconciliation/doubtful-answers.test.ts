import { beforeEach, describe, expect, it } from "vitest";
import { falsehoods } from "../../support/reconciliation/falsehoods.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
let id: string;
beforeEach(async () => {
  world = reconciliationWorld({ engines: ["llm_1"] });
  id = world.create("a");
  await world.reconcile();
});

/** Answers show the definition as it was, in the list and by its id. */
function answerWith(document: object | undefined): void {
  world.hooks.lie = (delivery, { path }) => {
    if (document === undefined || !path.includes("test-case-definition")) return delivery;
    const body = path.includes("list-") ? { items: [document], has_more: false } : document;
    return { kind: "answer", answer: { status: 200, headers: {}, body: JSON.stringify(body) } };
  };
}

describe("an answer that is older than what is recorded", () => {
  it("is recorded only if the next run gets it again", async () => {
    const old = world.workspace.definition(id);
    world.clock.pass(60_000);
    world.edit({ action: "rename", definitionId: id, name: "b" });
    await world.reconcile();
    answerWith(old);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
    expect(await world.history(id)).toHaveLength(2);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1, left: 0 });
    expect(await world.history(id)).toHaveLength(3);
  });

  it("is forgotten where the next run gets what is recorded", async () => {
    const old = world.workspace.definition(id);
    world.clock.pass(60_000);
    world.edit({ action: "rename", definitionId: id, name: "b" });
    await world.reconcile();
    answerWith(old);
    await world.reconcile();
    answerWith(undefined);
    // Something raises the question again.
    world.edit({ action: "edit", definitionId: id, set: { note: "x" } });
    await world.reconcile();
    answerWith(old);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
    answerWith(undefined);
    await world.reconcile();
    expect(await falsehoods(world)).toEqual([]);
  });

  it.each([1, 20])("is forgotten where the next %i runs have nothing to ask", async (runs) => {
    const old = world.workspace.definition(id);
    world.clock.pass(60_000);
    world.edit({ action: "rename", definitionId: id, name: "b" });
    await world.reconcile();
    for (let lies = 0; lies < 2; lies += 1) {
      answerWith(old);
      expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
      answerWith(undefined);
      for (let quiet = 0; quiet < runs; quiet += 1) await world.reconcile();
    }
    expect(await falsehoods(world)).toEqual([]);
    expect(await world.history(id)).toHaveLength(2);
  });

  it("must be the very same again", async () => {
    const old = world.workspace.definition(id) ?? {};
    world.clock.pass(60_000);
    world.edit({ action: "rename", definitionId: id, name: "b" });
    await world.reconcile();
    for (const name of ["x", "y", "z"]) {
      answerWith({ ...old, name });
      expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
    }
  });
});

describe("an answer of which nothing says when it was saved", () => {
  it("is not recorded at once where it may be from before a write of ours", async () => {
    const timeless = reconciliationWorld({ reconcile: { policy: "heal" } });
    timeless.hooks.lie = (delivery) =>
      delivery.kind === "answer"
        ? {
            kind: "answer",
            answer: {
              ...delivery.answer,
              body: delivery.answer.body.replace(/,?"user_modified_timestamp":\d+/g, ""),
            },
          }
        : delivery;
    const definitionId = timeless.create("before");
    for (let made = 0; made < 4; made += 1) timeless.create(`case ${made}`);
    await timeless.reconcile();
    await timeless.reconcile();
    const patch = { name: "after" };
    await timeless.apply({ requestId: "u", operation: "update", definitionId, patch });
    timeless.workspace.setSwitches({ listLagMs: 20_000, getLagMs: 20_000 });
    const { run } = await timeless.reconcile({ everyMs: 5_000 });
    expect(run.counts).toMatchObject({ changed: 0, left: 1 });
    timeless.workspace.setSwitches({ listLagMs: 0, getLagMs: 0 });
    await timeless.applyQueued();
    expect((await timeless.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
    await timeless.applyQueued();
    expect(timeless.workspace.definition(definitionId)?.["name"]).toBe("after");
    expect(await timeless.history(definitionId)).toEqual([
      "baseline reconciliation",
      "updated change_request",
    ]);
  });
});

describe("an answer that shows a part", () => {
  it("is not recorded at once: people do not take a member away without a timestamp", async () => {
    const { tool_mocks, ...half } = world.workspace.definition(id) ?? {};
    answerWith(half);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
    answerWith(undefined);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
    expect(await world.history(id)).toHaveLength(1);
  });
});

describe("a deleted definition that is shown", () => {
  it("by a list alone is asked for, and stays deleted", async () => {
    const old = world.workspace.definition(id);
    await world.apply({ requestId: "d", operation: "delete", definitionId: id });
    world.hooks.lie = (delivery, { path }) =>
      path.includes("list-test-case")
        ? {
            kind: "answer",
            answer: { status: 200, headers: {}, body: JSON.stringify({ items: [old], has_more: false }) },
          }
        : delivery;
    for (let runs = 0; runs < 3; runs += 1) {
      expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, created: 0, left: 0 });
    }
    expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted change_request"]);
  });

  it("by a GET as well is believed when the next run sees it too", async () => {
    const old = world.workspace.definition(id);
    await world.apply({ requestId: "d", operation: "delete", definitionId: id });
    answerWith(old);
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 1 });
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1 });
    expect((await world.history(id)).at(-1)).toBe("restored reconciliation");
  });

  it("and was saved since its deletion is back at once", async () => {
    const old = world.workspace.definition(id);
    await world.apply({ requestId: "d", operation: "delete", definitionId: id });
    world.clock.pass(60_000);
    answerWith({ ...old, user_modified_timestamp: world.clock.now() });
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1 });
    expect((await world.history(id)).at(-1)).toBe("restored reconciliation");
  });
});

describe("what the list shows and a GET does not", () => {
  it("is left, and not taken for deleted, as long as the list shows it", async () => {
    world.edit({ action: "rename", definitionId: id, name: "b" });
    world.hooks.lie = (delivery, { path }) =>
      path.includes("get-test-case")
        ? { kind: "answer", answer: { status: 404, headers: {}, body: "{}" } }
        : delivery;
    for (let runs = 0; runs < 3; runs += 1) {
      expect((await world.reconcile()).run.counts).toMatchObject({ missing: 0, deleted: 0, left: 1 });
    }
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
    world.hooks.lie = undefined;
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 1, left: 0 });
  });
});

it("what was recorded just now is not missing where it is not shown everywhere yet", async () => {
  world.workspace.setSwitches({ listLagMs: 30_000, getLagMs: 30_000 });
  await world.apply({
    requestId: "c",
    operation: "create",
    definition: { ...world.workspace.definition(id), name: "new" },
  });
  expect((await world.reconcile({ everyMs: 1_000 })).run.counts).toMatchObject({ missing: 0 });
  expect((await world.reconcile()).run.counts).toMatchObject({ missing: 0, left: 0 });
});
