/** What became of an unanswered create: the scope's list is asked, and nothing is sent before two lists agree. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { engineId, otherEngineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();
const { calls, crash, create, fault, history, result, update } = applySteps(world, "unanswered-create");

const ids = () =>
  world()
    .simulator.workspace.definitions()
    .map((definition) => String(definition["test_case_definition_id"]));
const lists = () => world().simulator.workspace.requests({ path: "/v2/list-test-case-definitions" });
const reads = (id: string) =>
  world().simulator.workspace.requests({ path: `/get-test-case-definition/${id}` });
/** A second list is due half the settle time after the first. */
const halfOfTheSettleTime = () => world().clock.pass(30_001);

/** The create is sent, and lost before it took effect. */
async function lostBefore(request: JsonObject): Promise<void> {
  fault("POST", { apply: "never", answer: "reset" });
  expect(await world().apply(request)).toMatchObject({ kind: "wait" });
}

describe("an unanswered create", () => {
  it("one candidate: it is adopted, and there is one definition", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    expect(lists()).toHaveLength(0);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    const [id = ""] = ids();
    expect(ids()).toEqual([id]);
    expect(await result(request)).toMatchObject({ version: 1, definitionId: id });
    expect(await history(id)).toEqual(["created adopted"]);
    expect((await world().versions(id))[0]?.record.requestId).toBe(request["requestId"]);
  });

  it("one candidate with the server's defaults and a model of its choice: covered, and adopted", async () => {
    world().simulator.workspace.setSwitches({ modelReplacements: { old: "new" } });
    const { name, response_engine, user_prompt, metrics } = refundCase;
    const request = create({ name, response_engine, user_prompt, metrics, llm_model: "old" } as JsonObject);
    fault("POST");
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(await result(request)).toMatchObject({
      differences: [{ pointer: "/llm_model", sent: "old", stored: "new" }],
    });
  });

  it("none in two lists at least half the settle time apart: sent again", async () => {
    const request = create();
    await lostBefore(request);
    world().settle();
    const first = await world().apply(request);
    expect(first).toMatchObject({ kind: "wait", reason: "looks-again" });
    expect(first.kind === "wait" && first.waitMs).toBeGreaterThan(29_000);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    expect(calls("POST")).toHaveLength(1);
    halfOfTheSettleTime();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(2);
    expect(ids()).toHaveLength(1);
  });

  it("none in a first list that is stale, but in the second: adopted", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    world().settle();
    fault("GET", { list: { omit: ids() } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    halfOfTheSettleTime();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(ids()).toHaveLength(1);
  });

  it("listed, but a GET does not find it yet: it waits", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    world().settle();
    fault("GET", { match: { path: "/get-*" }, apply: "never", answer: { status: 404 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "list-disagrees" });
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
  });

  it("two or more: the oldest is adopted, the others are suspected duplicates, nothing is deleted", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [oldest = ""] = ids();
    for (const _ of [1, 2]) {
      world().clock.pass(10);
      world().simulator.workspace.edit({ action: "duplicate", definitionId: oldest });
    }
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(await result(request)).toMatchObject({ definitionId: oldest });
    const [, ...others] = ids();
    expect(others).toHaveLength(2);
    for (const other of others) {
      expect((await world().versions(other))[0]?.record).toMatchObject({
        version: 1,
        source: "adopted",
        suspectedDuplicateOf: oldest,
        requestId: request["requestId"],
      });
    }
    expect((await world().versions(oldest))[0]?.record.suspectedDuplicateOf).toBeUndefined();
    expect(calls("DELETE")).toEqual([]);
    expect(world().counted.filter((name) => name === "SuspectedDuplicate")).toHaveLength(2);
  });

  it("edited by a request while it is read: what the read shows is not put on top of the edit", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [id = ""] = ids();
    world().settle();
    fault("GET", { match: { path: "/get-*" }, answerAfterMs: 800 });
    const adopting = world().apply(request);
    await waitFor(() => reads(id).length === 1, { timeoutMs: 5_000, what: "the read" });
    expect(await world().apply(update(id, { name: "Edited" }))).toEqual(applied);
    await adopting;
    expect(await world().apply(request)).toEqual(applied);
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated change_request",
      "created adopted",
    ]);
    const [, edited, adopted] = await world().versions(id);
    expect(adopted?.record.contentHash).toBe(edited?.record.contentHash);
  });

  it("two or more, and the oldest is gone from the scope after a duplicate was recorded: that one is adopted", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [oldest = ""] = ids();
    world().clock.pass(10);
    world().simulator.workspace.edit({ action: "duplicate", definitionId: oldest });
    world().settle();
    await crash(request, { after: "commits.commit" });
    const moved = { type: "retell-llm", llm_id: otherEngineId };
    world().simulator.workspace.edit({
      action: "edit",
      definitionId: oldest,
      set: { response_engine: moved },
    });
    world().clock.pass(20_001);
    expect(await world().apply(request)).toEqual(applied);
    const [, other = ""] = ids();
    expect(await result(request)).toMatchObject({ definitionId: other });
    expect(calls("POST")).toHaveLength(1);
  });

  it("two or more, and a crash after a duplicate was recorded: the oldest is adopted, nothing is recorded twice", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [oldest = ""] = ids();
    world().clock.pass(10);
    world().simulator.workspace.edit({ action: "duplicate", definitionId: oldest });
    world().settle();
    await crash(request, { after: "commits.commit" });
    const [, other = ""] = ids();
    expect(await world().versions(other)).toHaveLength(1);
    expect((await world().record(request)).status).toBe("applying");
    world().clock.pass(20_001);
    expect(await world().apply(request)).toEqual(applied);
    expect(await result(request)).toMatchObject({ definitionId: oldest });
    expect(
      [await world().versions(oldest), await world().versions(other)].map(({ length }) => length),
    ).toEqual([1, 1]);
  });

  it("a list that fails: it waits", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    world().settle();
    fault("GET", { apply: "never", answer: { status: 503 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-server-error" });
    fault("GET", { list: "no-items" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-malformed-answer" });
    // The third fault in a row: the connection is probed in ten seconds.
    world().clock.pass(10_000);
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
  });

  it("a scope that cannot be listed: failed, outcome-unknown", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    world().simulator.workspace.setSwitches({ listUnknownEngine: 422 });
    world().simulator.workspace.edit({ action: "delete-engine", type: "retell-llm", id: engineId });
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(await world().record(request)).toMatchObject({
      status: "failed",
      result: { reason: "outcome-unknown", unknown: { wantedHash: expect.any(String) } },
      undecided: { operation: "create", requestId: request["requestId"] },
    });
    expect(calls("POST")).toHaveLength(1);
  });
});

describe("while a create is unanswered", () => {
  it("no other create of its scope is sent; other scopes go on", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    const other = create({ ...refundCase, name: "Other" });
    expect(await world().apply(other)).toMatchObject({ kind: "wait", reason: "unanswered-write-of-another" });
    const elsewhere = { type: "retell-llm", llm_id: otherEngineId, version: 0 };
    expect(await world().apply(create({ ...refundCase, response_engine: elsewhere }))).toEqual(applied);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(await world().apply(other)).toEqual(applied);
    expect(calls("POST")).toHaveLength(3);
  });
});
