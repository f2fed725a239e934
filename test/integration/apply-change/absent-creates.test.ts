/** A list that shows no trace of an unanswered create: what speaks against it, and what follows once it is believed. */
import { describe, expect, it } from "vitest";
import type { Disposition } from "../../../shared/change-request/outcome/delivery.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { otherEngineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, deleteOutside, fault, outside, result, update } = applySteps(world, "absent");

const LISTS = { path: "/v2/list-test-case-definitions" };
const names = () =>
  world()
    .simulator.workspace.definitions()
    .map(({ name }) => name);
const lost = { ...refundCase, name: "Lost" };
const looksAgain = { kind: "wait", reason: "looks-again" };
const lacksKnown = { kind: "wait", reason: "list-lacks-known" };
/** A second list is due half the settle time after the first. */
const halfOfTheSettleTime = () => world().clock.pass(30_001);

/** A definition that we have a history of. */
async function known(name: string): Promise<string> {
  const request = create({ ...refundCase, name });
  expect(await world().apply(request)).toEqual(applied);
  return String((await result(request))?.definitionId);
}

/** A create whose answer is lost, and the settle time after it. */
async function unanswered(apply: "now" | "never" = "now"): Promise<JsonObject> {
  fault("POST", { apply, answer: "reset" });
  const request = create(lost);
  await world().apply(request);
  world().settle();
  return request;
}

describe("a list without a trace of an unanswered create", () => {
  it("is no evidence while it lacks a definition that a GET shows: nothing is sent, however many lists agree", async () => {
    await known("Known 1");
    await known("Known 2");
    const request = await unanswered();
    for (let lists = 0; lists < 3; lists += 1) {
      fault("GET", { match: LISTS, list: "empty" });
      expect(await world().apply(request)).toMatchObject(lacksKnown);
      halfOfTheSettleTime();
    }
    expect(await world().apply(request)).toEqual(applied);
    expect(names()).toEqual(["Known 1", "Known 2", "Lost"]);
  });

  it("is no evidence under another workspace's key", async () => {
    // The first look at something missing shows which workspace it is.
    await world().apply(update("test_case_unknown_absent", { name: "Next" }));
    const request = await unanswered();
    const setKey = (workspace: string) =>
      world().simulator.workspace.edit({ action: "set-key", apiKey: "key_test", key: { workspace } });
    const seed = { id: "workspace_2", orgName: "Other" };
    world().simulator.workspace.edit({ action: "add-workspace", seed });
    setKey("workspace_2");
    for (let lists = 0; lists < 3; lists += 1) {
      expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "other-workspace" });
      halfOfTheSettleTime();
    }
    setKey("workspace_1");
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
  });

  it("is evidence where what it lacks is gone, or lives in another scope now", async () => {
    deleteOutside(await known("Deleted outside"));
    outside(await known("Moved outside"), {
      response_engine: { type: "retell-llm", llm_id: otherEngineId, version: 0 },
    });
    const request = await unanswered("never");
    expect(await world().apply(request)).toMatchObject(looksAgain);
    halfOfTheSettleTime();
    expect(await world().apply(request)).toEqual(applied);
    expect(names()).toEqual(["Moved outside", "Lost"]);
  });

  it("that goes on lacking what lives decides nothing in an hour: failed, outcome-unknown", async () => {
    await known("Known");
    const request = await unanswered();
    const shows = () => fault("GET", { match: LISTS, list: "empty" });
    shows();
    expect(await world().apply(request)).toMatchObject(lacksKnown);
    world().clock.pass(3_600_001);
    shows();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(await world().record(request)).toMatchObject({ undecided: { operation: "create" } });
    expect(calls("POST")).toHaveLength(2);
  });
});

describe("a create that was established not to have happened", () => {
  /** A delivery whose list leaves less of its time than a call may take. */
  async function deliveredWithASlowList(request: JsonObject): Promise<Disposition> {
    const given = world().dependencies();
    const provider: Provider = {
      ...given.provider,
      async list(...asked) {
        world().clock.pass(10_000);
        return await given.provider.list(...asked);
      },
    };
    const delivery = { invocationEndsAt: world().clock.now() + 16_000 };
    return await world().apply(request, { delivery, dependencies: { ...given, provider } });
  }
  const tooShort = { kind: "wait", reason: "lease-too-short" };

  it("is sent by the next delivery, where the list took the time that the call needs", async () => {
    const request = await unanswered("never");
    expect(await deliveredWithASlowList(request)).toMatchObject(looksAgain);
    halfOfTheSettleTime();
    expect(await deliveredWithASlowList(request)).toMatchObject(tooShort);
    expect(await deliveredWithASlowList(request)).toEqual(applied);
    expect(names()).toEqual(["Lost"]);
  });

  it("is looked for again where the next delivery comes late, or has sent it", async () => {
    const request = await unanswered("never");
    await deliveredWithASlowList(request);
    halfOfTheSettleTime();
    expect(await deliveredWithASlowList(request)).toMatchObject(tooShort);
    world().clock.pass(600_000);
    expect(await deliveredWithASlowList(request)).toMatchObject(tooShort);
    fault("POST", { apply: "never", answer: { status: 429 } });
    expect(await deliveredWithASlowList(request)).toMatchObject({ reason: "provider-rate-limited" });
    // The first call lands after all.
    world().createOutside(lost);
    world().clock.pass(60_000);
    expect(await world().apply(request)).toEqual(applied);
    expect(names()).toEqual(["Lost"]);
  });
});
