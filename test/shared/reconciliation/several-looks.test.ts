/** What is concluded from several looks of runs and of requests, one of which may have been behind. */
import { expect, it } from "vitest";
import { falsehoods } from "../../support/reconciliation/falsehoods.ts";
import { isListOfDefinitions } from "../../support/reconciliation/list-lies.ts";
import { reconciliationWorld } from "../../support/reconciliation/reconciliation-world.ts";

type Call = Parameters<typeof isListOfDefinitions>[0];
const answerOf = (status: number, body: string) =>
  ({ kind: "answer", answer: { status, headers: {}, body } }) as const;

it("an edit that a request finds lies in its interval, although a run since then was shown what was before", async () => {
  const world = reconciliationWorld();
  const id = world.create("a");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  world.clock.pass(3_600_000);
  world.edit({ action: "rename", definitionId: id, name: "b" });
  const editedAt = world.clock.now();
  world.workspace.setSwitches({ listLagMs: 30_000, getLagMs: 30_000 });
  // The first pass: it takes what is shown, half a minute behind.
  await world.reconcile({ everyMs: 5_000 });
  world.workspace.setSwitches({ listLagMs: 0, getLagMs: 0 });
  world.clock.pass(5_000);
  await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { user_prompt: "x" } });
  const observed = (await world.versions(id)).find(({ record }) => record.source === "observed_before_write");
  const [from = Number.NaN, to = Number.NaN] = observed?.record.occurredBetween ?? [];
  expect(from).toBeLessThanOrEqual(editedAt);
  expect(to).toBeGreaterThanOrEqual(editedAt);
  expect(await falsehoods(world)).toEqual([]);
});

it("a definition that a request has seen since is missed anew, and gone no earlier than that", async () => {
  const world = reconciliationWorld();
  const id = world.create("a");
  await world.reconcile();
  world.hooks.lie = (delivery, call) => {
    if (isListOfDefinitions(call)) return answerOf(200, '{"items":[],"has_more":false}');
    return call.path.includes("get-test-case-definition") ? answerOf(404, "{}") : delivery;
  };
  await world.reconcile();
  expect((await world.mirror(id))?.missingSince).toBeDefined();
  world.hooks.lie = undefined;
  world.clock.pass(300_000);
  await world.apply({ requestId: "u", operation: "update", definitionId: id, patch: { name: "a" } });
  expect(await world.mirror(id)).toMatchObject({ version: 1 });
  expect((await world.mirror(id))?.missingSince).toBeUndefined();
  world.clock.pass(300_000);
  world.edit({ action: "delete", definitionId: id });
  expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1, deleted: 0 });
  expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 1 });
  expect(await falsehoods(world)).toEqual([]);
});

it("a row that is older than the look that missed the definition takes nothing back", async () => {
  const world = reconciliationWorld();
  const id = world.create("a");
  for (let made = 0; made < 4; made += 1) world.create(`case ${made}`);
  let list = "";
  const isOfFirst = (call: Call) => isListOfDefinitions(call) && call.path.includes("llm_1");
  world.hooks.lie = (delivery, call) => {
    if (isOfFirst(call) && delivery.kind === "answer") list = delivery.answer.body;
    return delivery;
  };
  await world.reconcile();
  world.hooks.lie = undefined;
  world.clock.pass(300_000);
  world.edit({ action: "delete", definitionId: id });
  expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1, deleted: 0 });
  world.hooks.lie = (delivery, call) => (isOfFirst(call) ? answerOf(200, list) : delivery);
  expect((await world.reconcile()).run.counts).toMatchObject({ missing: 0, deleted: 0, left: 1 });
  world.hooks.lie = undefined;
  expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 1 });
  expect(await falsehoods(world)).toEqual([]);
});
