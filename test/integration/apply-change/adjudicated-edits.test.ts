/** What became of an unanswered update, replace or restore: the rows of the table of adjudication. */
import { describe, expect, it } from "vitest";
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const {
  calls,
  deleteOutside,
  effects,
  fault,
  history,
  member,
  outside,
  replace,
  restore,
  result,
  stored,
  update,
} = applySteps(world, "adjudicated");

/** Name and metrics are what each of them changes; `wanted` is what it wants. */
const wanted: JsonObject = { ...refundCase, name: "Wanted", metrics: ["wanted"] };
const before: JsonObject = { ...refundCase, name: "Before", metrics: ["before"] };

/** A definition with two versions, and a request that brings the name and the metrics of `wanted`. */
async function prepared(operation: "update" | "replace" | "restore") {
  const id = world().createOutside(operation === "restore" ? wanted : refundCase);
  // The baseline is what a restore goes back to.
  await world().apply(update(id, { metrics: ["before"], name: "Before" }));
  const request = {
    update: () => update(id, { name: "Wanted", metrics: ["wanted"] }),
    replace: () => replace(id, wanted),
    restore: () => restore(id, { version: 1 }),
  }[operation]();
  const [sent, versions] = [calls("PUT").length, (await world().versions(id)).length];
  return { id, request, sent: () => calls("PUT").length - sent, versions };
}

describe.each(["update", "replace", "restore"] as const)("an unanswered %s", (operation) => {
  const changeType = operation === "restore" ? "restored" : "updated";

  it("at least one touched member has the wanted value: it happened, what differs is listed", async () => {
    const { id, request, sent } = await prepared(operation);
    fault("PUT");
    await world().apply(request);
    outside(id, { metrics: ["somebody else's"] });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(sent()).toBe(1);
    expect((await history(id)).at(-1)).toBe(`${changeType} adopted`);
    const differences = [{ pointer: "/metrics/0", sent: "wanted", stored: "somebody else's" }];
    expect((await result(request))?.differences).toEqual(differences);
    expect((await world().versions(id)).at(-1)?.record).toMatchObject({
      requestId: request["requestId"],
      differences,
    });
  });

  it("content and timestamp are the base's: it did not happen, it is sent again under a new intent", async () => {
    const { id, request, sent } = await prepared(operation);
    const effectsBefore = effects(id).length;
    fault("PUT", { apply: "never", answer: "reset" });
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(sent()).toBe(2);
    expect(effects(id)).toHaveLength(effectsBefore + 1);
    expect((await history(id)).at(-1)).toBe(`${changeType} change_request`);
    expect(await world().record(request)).toMatchObject({ attempts: 2 });
    expect(stored(id)).toMatchObject({ name: "Wanted", metrics: ["wanted"] });
  });

  it.each<[string, JsonObject]>([
    ["the content is the base's but the timestamp is not: somebody took it back", before],
    ["every touched member has a third value", { name: "Third", metrics: ["third"] }],
    ["only an untouched member differs from the base", { ...before, user_prompt: "Third." }],
  ])("anything else (%s): undecided, recorded, and nothing is sent", async (_what, set) => {
    const { id, request, sent, versions } = await prepared(operation);
    fault("PUT");
    await world().apply(request);
    outside(id, set);
    const live = stored(id);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(sent()).toBe(1);
    expect(stored(id)).toEqual(live);
    const there = await world().versions(id);
    const isBase = set === before;
    expect(there).toHaveLength(versions + (isBase ? 0 : 1));
    if (!isBase) expect((await history(id)).at(-1)).toBe("updated observed_before_write");
    const record = await world().record(request);
    expect(record).toMatchObject({
      status: "failed",
      deadLettered: false,
      result: {
        reason: "outcome-unknown",
        definitionId: id,
        version: there.length,
        unknown: {
          baseVersion: 2,
          baseHash: canonicalHash(before),
          wantedHash: canonicalHash(wanted),
        },
      },
      undecided: { operation, attempt: 1, callEnded: true },
    });
  });

  it("anything else (the definition is gone): undecided, and it is missing since then", async () => {
    const { id, request, sent, versions } = await prepared(operation);
    fault("PUT");
    await world().apply(request);
    deleteOutside(id);
    world().settle();
    const lookedAt = world().clock.now();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(sent()).toBe(1);
    expect(await world().versions(id)).toHaveLength(versions);
    expect((await world().mirror(id))?.missingSince).toBeGreaterThanOrEqual(lookedAt);
  });

  it("while the list still shows what a GET says is gone: it waits", async () => {
    const { id, request } = await prepared(operation);
    fault("PUT");
    await world().apply(request);
    world().settle();
    fault("GET", { apply: "never", answer: { status: 404 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "list-disagrees" });
    expect(await world().apply(request)).toEqual(applied);
    expect((await history(id)).at(-1)).toBe(`${changeType} adopted`);
  });
});

describe("an unanswered update of members in the rewrite set alone", () => {
  const retired = { modelReplacements: { "claude-4.5-sonnet": "claude-5.5-sonnet" } };

  it("the timestamp advanced: it happened, and the difference is listed", async () => {
    world().simulator.workspace.setSwitches(retired);
    const id = world().createOutside();
    fault("PUT");
    const request = update(id, { llm_model: "claude-4.5-sonnet" });
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
    expect(await result(request)).toMatchObject({
      differences: [{ pointer: "/llm_model", sent: "claude-4.5-sonnet", stored: "claude-5.5-sonnet" }],
    });
  });

  it("the timestamp did not advance: it did not happen", async () => {
    world().simulator.workspace.setSwitches(retired);
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: "reset" });
    const request = update(id, { llm_model: "claude-4.5-sonnet" });
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
  });
});

describe("a write that did not happen", () => {
  it("is evaluated anew: what somebody else did meanwhile is kept, and an expectation may not hold any more", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: "reset" });
    const request = update(id, { name: "Wanted" }, { expect: { version: 1 } });
    await world().apply(request);
    world().settle();
    // The base's content and timestamp, and right afterwards not any more.
    world().simulator.workspace.edit({
      action: "edit",
      definitionId: id,
      set: { user_prompt: "Theirs." },
      when: { phase: "after", match: { method: "GET" } },
    });
    fault("PUT", { apply: "never", answer: { status: 409 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-conflict" });
    expect(await world().apply(request)).toMatchObject({ status: "conflict" });
    expect(await member(id, 2, "user_prompt")).toBe("Theirs.");
  });
});
