/** A create's answer names an id, whole or cut short: only what it can have made is believed to be made by it. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, fault, history, result, stored, update } = applySteps(world, "named");

const JSON_TYPE = { "content-type": "application/json" };
const idOf = async (request: JsonObject) => String((await result(request))?.definitionId);
/** A second list is due half the settle time after the first. */
const halfOfTheSettleTime = () => world().clock.pass(30_001);

/** The create does not take effect, and its answer is this text. */
function answers(body: string): void {
  fault("POST", { apply: "never", answer: { status: 201, headers: JSON_TYPE, body } });
}

/** Judged after the settle time: nothing in two lists, so it is sent again. */
async function isSentAgain(request: JsonObject): Promise<void> {
  world().settle();
  expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
  halfOfTheSettleTime();
  expect(await world().apply(request)).toEqual(applied);
  expect(stored(await idOf(request))).toMatchObject({ name: "Mine" });
}

describe("a whole answer to a create", () => {
  it("that repeats another request's definition goes not into that one's history: the list decides", async () => {
    const first = create({ ...refundCase, name: "Another's" });
    await world().apply(first);
    const id = await idOf(first);
    answers(JSON.stringify(stored(id)));
    const request = create({ ...refundCase, name: "Mine" });
    expect(await world().apply(request)).toMatchObject({
      kind: "wait",
      reason: "unanswered-malformed-answer",
    });
    await isSentAgain(request);
    expect(await history(id)).toEqual(["created change_request"]);
  });

  it("that repeats what was known before the create was sent goes not into that one's history either", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    world().clock.pass(60_000);
    answers(JSON.stringify(stored(id)));
    const request = create({ ...refundCase, name: "Mine" });
    expect(await world().apply(request)).toMatchObject({
      kind: "wait",
      reason: "unanswered-malformed-answer",
    });
    await isSentAgain(request);
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
  });
});

describe("an answer to a create that was cut short", () => {
  it("names the definition by its own member, not by a customer's of that name", async () => {
    const variables = { test_case_definition_id: "test_case_of_a_customer" };
    fault("POST", { answer: "truncated-json" });
    const request = create({ ...refundCase, name: "Mine", dynamic_variables: variables });
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(await idOf(request))).toMatchObject({ name: "Mine" });
    expect(await world().versions("test_case_of_a_customer")).toEqual([]);
  });

  it("and names another request's definition: the list decides", async () => {
    const first = create({ ...refundCase, name: "Mine" });
    await world().apply(first);
    const id = await idOf(first);
    answers(`{"test_case_definition_id":"${id}","na`);
    const request = create({ ...refundCase, name: "Mine" });
    await world().apply(request);
    await isSentAgain(request);
    expect(await history(id)).toEqual(["created change_request"]);
  });

  it("and names one that is older than the create: the list decides", async () => {
    const id = world().createOutside({ ...refundCase, name: "Mine" });
    world().clock.pass(10_000);
    answers(`{"test_case_definition_id":"${id}","na`);
    const request = create({ ...refundCase, name: "Mine" });
    await world().apply(request);
    await isSentAgain(request);
    expect(await world().versions(id)).toEqual([]);
  });

  it("and names one of its age that is not like what was sent: failed, outcome-unknown, nothing is sent again", async () => {
    const { response_engine = null } = refundCase;
    const other = { name: "Other", user_prompt: "Other.", metrics: [], response_engine };
    const id = world().createOutside(other);
    answers(`{"test_case_definition_id":"${id}","na`);
    const request = create({ ...refundCase, name: "Mine" });
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    halfOfTheSettleTime();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(await result(request)).toMatchObject({ definitionId: id });
    expect(calls("POST")).toHaveLength(1);
    expect(await world().versions(id)).toEqual([]);
  });
});
