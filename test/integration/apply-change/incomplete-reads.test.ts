/** Reads that lack members although nothing was modified, and go on lacking them. */
import { beforeEach, describe, expect, it } from "vitest";
import { dryRun } from "../../../shared/change-request/dry-run.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, history, remove, replace, restore, result, retry, stored, update } = applySteps(
  world,
  "incomplete",
);

const waits = { kind: "wait", reason: "incomplete-read" };
const theSettleTime = () => world().clock.pass(60_001);

let id: string;
const loses = (...unset: string[]) =>
  world().simulator.workspace.edit({ action: "edit", definitionId: id, unset, bumpTimestamp: false });

beforeEach(async () => {
  id = world().createOutside();
  await world().apply(update(id, { name: "Known" }));
  loses("dynamic_variables");
});

describe("a definition that lacks a member, with its timestamp unchanged, for longer than the settle time", () => {
  const rows: [string, () => JsonObject][] = [
    ["a replace", () => replace(id, { ...refundCase, name: "Next" })],
    ["a patch that puts the whole member", () => update(id, [addVariables])],
    ["a restore", () => restore(id, { version: 1 })],
    ["a delete", () => remove(id)],
  ];
  const addVariables = { op: "add", path: "/dynamic_variables", value: { order: "18" } };

  it.each(rows)("is written to by %s: what is lost is not in what it comes to", async (_what, make) => {
    const request = make();
    expect(await world().apply(request)).toMatchObject(waits);
    expect(await world().apply(request)).toMatchObject(waits);
    theSettleTime();
    expect(await world().apply(request)).toEqual(applied);
    expect((await history(id)).slice(2, 3)).toEqual(["updated observed_before_write"]);
  });

  const patches: [string, JsonObject | JsonObject[]][] = [
    ["leaves the member alone", { name: "Next" }],
    ["merges into the member", { dynamic_variables: { more: "1" } }],
    ["tests the member", [{ op: "test", path: "/dynamic_variables/order", value: "17" }]],
  ];
  it.each(patches)(
    "is not written to by an update that %s: failed, incomplete-read, nothing is sent",
    async (_what, patch) => {
      const request = update(id, patch);
      expect(await world().apply(request)).toMatchObject(waits);
      theSettleTime();
      expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "incomplete-read" });
      expect(await result(request)).toEqual({ reason: "incomplete-read", definitionId: id, version: 2 });
      expect(await history(id)).toHaveLength(2);
      expect(calls("PUT")).toHaveLength(1);
    },
  );

  it("is written to by an operator's retry, and what it holds is recorded first", async () => {
    const request = update(id, { name: "Next" });
    await world().apply(request);
    theSettleTime();
    await world().apply(request);
    expect(await retry(request)).toEqual(applied);
    expect((await history(id)).slice(2)).toEqual(["updated observed_before_write", "updated change_request"]);
    // The provider's own default.
    expect(stored(id)).toMatchObject({ name: "Next", dynamic_variables: {} });
  });

  it("is not written to by an operator's retry that finds still less", async () => {
    const request = update(id, { name: "Next" });
    await world().apply(request);
    theSettleTime();
    await world().apply(request);
    loses("tool_mocks");
    expect(await retry(request)).toMatchObject(waits);
    expect(calls("PUT")).toHaveLength(1);
  });

  it("is foretold by no dry run, which notes nothing either", async () => {
    const request = update(id, { name: "Next" });
    await world().apply(request);
    loses("tool_mocks");
    const before = await world().record(request);
    const dependencies = world().dependencies();
    const parsed = parseChangeRequest(JSON.stringify(request), {
      connection: "retell",
      otherConnection: "wrong-queue",
      dialectOf: () => dependencies.provider.dialect,
    });
    if (!parsed.valid) throw new Error("the test's request is not valid");
    const end = world().clock.now() + 25_000;
    expect(await dryRun(dependencies, parsed, end)).toEqual({
      kind: "unavailable",
      reason: "incomplete-read",
    });
    expect(await world().record(request)).toEqual(before);
  });

  it("has to lack the same for so long", async () => {
    const request = replace(id, { ...refundCase, name: "Next" });
    expect(await world().apply(request)).toMatchObject(waits);
    theSettleTime();
    loses("tool_mocks");
    expect(await world().apply(request)).toMatchObject(waits);
    expect(await world().apply(request)).toMatchObject(waits);
    theSettleTime();
    expect(await world().apply(request)).toEqual(applied);
  });
});
