/** Which definitions of a scope an unanswered create may have made. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { otherEngineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, fault, history, outside, remove, result, retry, update } = applySteps(
  world,
  "candidate",
);

const ids = () =>
  world()
    .simulator.workspace.definitions()
    .map((definition) => String(definition["test_case_definition_id"]));
/** A second list is due half the settle time after the first. */
const halfOfTheSettleTime = () => world().clock.pass(30_001);

/** The create is sent, and lost before it took effect. */
async function lostBefore(request: JsonObject): Promise<void> {
  fault("POST", { apply: "never", answer: "reset" });
  expect(await world().apply(request)).toMatchObject({ kind: "wait" });
}

describe("a candidate", () => {
  it("is not what an outsider made before the first attempt, however equal", async () => {
    const equal = world().createOutside();
    world().clock.pass(5_000);
    const request = create();
    await lostBefore(request);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    halfOfTheSettleTime();
    expect(await world().apply(request)).toEqual(applied);
    expect(ids()).toHaveLength(2);
    expect((await result(request))?.definitionId).not.toBe(equal);
    expect(await world().versions(equal)).toEqual([]);
  });

  // Nothing tells the two apart: there is no idempotency key, and no author.
  it("is also what an outsider made after it, if nothing of it differs", async () => {
    const request = create();
    await lostBefore(request);
    world().clock.pass(5_000);
    const equal = world().createOutside();
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(await result(request)).toMatchObject({ definitionId: equal });
    expect(ids()).toEqual([equal]);
  });

  it("is not what differs in most of what was sent", async () => {
    const request = create();
    await lostBefore(request);
    const { response_engine = null, llm_model = null } = refundCase;
    const another = { name: "Another", user_prompt: "Another.", metrics: [], dynamic_variables: {} };
    const id = world().createOutside({
      ...another,
      tool_mocks: [],
      response_engine,
      llm_model,
    } as JsonObject);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    halfOfTheSettleTime();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(2);
    expect(await world().versions(id)).toEqual([]);
  });

  it("may have been made by an earlier attempt than the last", async () => {
    const request = create();
    fault("POST", { apply: "never", answer: { status: 429 } });
    await world().apply(request);
    world().clock.pass(5_000);
    // Whatever the 429 said: it did take effect.
    const made = world().createOutside();
    world().clock.pass(5_000);
    await lostBefore(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(ids()).toEqual([made]);
  });

  it.each([-3_600_000, 3_600_000])(
    "is told by the provider's clock, which is off by %i ms",
    async (clockSkewMs) => {
      world().simulator.workspace.setSwitches({ clockSkewMs, timestampResolutionMs: 1_000 });
      world().createOutside();
      world().clock.pass(5_000);
      fault("POST");
      const request = create();
      await world().apply(request);
      world().settle();
      expect(await world().apply(request)).toEqual(applied);
      const [, made] = ids();
      expect(await result(request)).toMatchObject({ definitionId: made });
      expect(world().counted).not.toContain("SuspectedDuplicate");
      expect(calls("POST")).toHaveLength(1);
    },
  );

  it("is not what is attributed to another request: two intended equal creates are two definitions", async () => {
    const [one, other] = [create(), create()];
    fault("POST", { apply: "never", answer: { status: 429 } });
    await world().apply(one);
    world().clock.pass(5_000);
    expect(await world().apply(other)).toEqual(applied);
    await lostBefore(one);
    world().settle();
    expect(await world().apply(one)).toMatchObject({ kind: "wait", reason: "looks-again" });
    halfOfTheSettleTime();
    expect(await world().apply(one)).toEqual(applied);
    expect(ids()).toHaveLength(2);
    expect((await result(one))?.definitionId).not.toBe((await result(other))?.definitionId);
  });

  it("may have a history that began outside", async () => {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [id = ""] = ids();
    await world().apply(update(id, {}));
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(await history(id)).toEqual(["baseline observed_before_write", "created adopted"]);
    expect(ids()).toEqual([id]);
  });
});

describe("a candidate that another request has met before the create was judged", () => {
  /** Made by the create, whose answer is lost; the other request is applied to it. */
  async function metBy(
    other: (definitionId: string) => JsonObject,
  ): Promise<{ request: JsonObject; id: string }> {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [id = ""] = ids();
    expect(await world().apply(other(id))).toEqual(applied);
    world().settle();
    return { request, id };
  }
  const elsewhere = { response_engine: { type: "retell-llm", llm_id: otherEngineId, version: 0 } };

  it.each<[string, JsonObject]>([
    ["edited", { metrics: ["Another"], user_prompt: "Another." }],
    ["moved, so that its scope's list does not show it", elsewhere],
  ])("is told by its first version: %s", async (_what, patch) => {
    const { request, id } = await metBy((definitionId) => update(definitionId, patch));
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(await result(request)).toMatchObject({ definitionId: id });
    expect(world().simulator.workspace.definition(id)).toMatchObject(patch);
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      expect.stringMatching(/^(updated|moved) change_request$/),
      "created adopted",
    ]);
  });

  it("is told by its first version: deleted, and it stays deleted", async () => {
    const { request, id } = await metBy((definitionId) => remove(definitionId));
    expect(await world().apply(request)).toEqual(applied);
    expect(ids()).toEqual([]);
    expect(calls("POST")).toHaveLength(1);
    expect(await result(request)).toMatchObject({ definitionId: id });
    expect(await world().mirror(id)).toMatchObject({ deleted: true });
  });

  it("moved, and a GET does not find it for a moment: it is not recorded as gone", async () => {
    const { request, id } = await metBy((definitionId) => update(definitionId, elsewhere));
    fault("GET", { match: { path: `/get-*/${id}` }, apply: "never", answer: { status: 404 } });
    await world().apply(request);
    expect(await world().mirror(id)).toMatchObject({ deleted: false });
  });
});

describe("a suspect: of the same name, or with one other member at most, as if somebody had changed it", () => {
  /** Made by the create, whose answer is lost, and edited in the dashboard before anybody looks. */
  async function editedAtOnce(): Promise<{ request: JsonObject; id: string }> {
    fault("POST");
    const request = create();
    await world().apply(request);
    const [id = ""] = ids();
    outside(id, { metrics: ["Edited"] });
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    halfOfTheSettleTime();
    return { request, id };
  }

  it("leaves the create undecided after the second list: failed, outcome-unknown, and it is named", async () => {
    const { request, id } = await editedAtOnce();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(await world().record(request)).toMatchObject({
      status: "failed",
      result: { reason: "outcome-unknown", definitionId: id },
      undecided: { operation: "create" },
    });
    expect(calls("POST")).toHaveLength(1);
    // It is another's definition until somebody says so.
    expect(await world().versions(id)).toEqual([]);
  });

  it("does not keep an operator's retry from sending again", async () => {
    const { request, id } = await editedAtOnce();
    await world().apply(request);
    expect(await retry(request)).toEqual(applied);
    expect(ids()).toHaveLength(2);
    expect((await result(request))?.definitionId).not.toBe(id);
  });

  it("is what has the same name, whatever else differs", async () => {
    const request = create();
    await lostBefore(request);
    const { name = null, response_engine = null } = refundCase;
    const id = world().createOutside({ name, response_engine, user_prompt: "Another.", metrics: [] });
    world().settle();
    await world().apply(request);
    halfOfTheSettleTime();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(await result(request)).toMatchObject({ definitionId: id });
    expect(calls("POST")).toHaveLength(1);
  });

  it("is none that is older than the first attempt", async () => {
    world().createOutside({ ...refundCase, metrics: ["Another"] });
    world().clock.pass(5_000);
    const request = create();
    await lostBefore(request);
    world().settle();
    await world().apply(request);
    halfOfTheSettleTime();
    expect(await world().apply(request)).toEqual(applied);
  });
});
