/** Reads that show something else than what is there. */
import { describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { history, outside, stored, update } = applySteps(world, "read");

/** From here on, what is done in the next seconds has one timestamp where they are as coarse as a minute. */
const beginAMinute = () => world().clock.pass(61_000 - (world().clock.now() % 60_000));

describe("a provider that answers from a lagging copy", () => {
  it("does not get an older state written back: the request waits until the read shows what is known", async () => {
    const id = world().createOutside();
    world().clock.pass(6_000);
    world().simulator.workspace.setSwitches({ getLagMs: 5_000 });
    expect(await world().apply(update(id, { name: "A's name" }))).toEqual(applied);
    const request = update(id, { user_prompt: "B's prompt" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "stale-read" });
    world().clock.pass(5_001);
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)).toMatchObject({ name: "A's name", user_prompt: "B's prompt" });
  });

  it("is not believed either where its timestamps are too coarse to tell", async () => {
    beginAMinute();
    world().simulator.workspace.setSwitches({ timestampResolutionMs: 60_000 });
    const id = world().createOutside();
    world().clock.pass(6_000);
    world().simulator.workspace.setSwitches({ getLagMs: 5_000 });
    expect(await world().apply(update(id, { name: "A's name" }))).toEqual(applied);
    const request = update(id, { user_prompt: "B's prompt" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "stale-read" });
    world().clock.pass(5_001);
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)).toMatchObject({ name: "A's name", user_prompt: "B's prompt" });
    expect(await history(id)).toHaveLength(3);
  });

  it("is not confused with an edit outside that makes something new, nor for long with one that reverts ours", async () => {
    beginAMinute();
    world().simulator.workspace.setSwitches({ timestampResolutionMs: 60_000 });
    const id = world().createOutside();
    await world().apply(update(id, { name: "A's name" }));
    outside(id, { name: "Somebody else's name" });
    expect(await world().apply(update(id, { metrics: ["B's metric"] }))).toEqual(applied);
    outside(id, { metrics: refundCase["metrics"] ?? [] });
    const request = update(id, { user_prompt: "C's prompt" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "stale-read" });
    world().clock.pass(60_001);
    expect(await world().apply(request)).toEqual(applied);
    expect((await history(id)).slice(2)).toEqual([
      "updated observed_before_write",
      "updated change_request",
      "updated observed_before_write",
      "updated change_request",
    ]);
  });

  it("is believed after the settle time, and what it shows is recorded before it is written to", async () => {
    const id = world().createOutside();
    world().clock.pass(301_000);
    world().simulator.workspace.setSwitches({ getLagMs: 300_000 });
    await world().apply(update(id, { name: "A's name" }));
    world().clock.pass(60_001);
    expect(await world().apply(update(id, { user_prompt: "B's prompt" }))).toEqual(applied);
    expect((await history(id)).slice(-2)).toEqual([
      "updated observed_before_write",
      "updated change_request",
    ]);
  });
});

describe("half an answer", () => {
  it("is not seen in what a provider may drop by itself: the model, or a member that only it knows", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept", serverDefaults: false });
    const id = world().createOutside({ ...refundCase, beta: 1 });
    await world().apply(update(id, { name: "Known" }));
    world().simulator.workspace.edit({
      action: "edit",
      definitionId: id,
      unset: ["beta", "llm_model"],
      bumpTimestamp: false,
    });
    expect(await world().apply(update(id, { name: "Next" }))).toEqual({ kind: "done", status: "applied" });
    expect((await world().versions(id)).map(({ record }) => record.source)).toEqual([
      "observed_before_write",
      "change_request",
      "observed_before_write",
      "change_request",
    ]);
  });

  it("is not taken for an edit, nor written back: nothing was modified, and yet the mocks are gone", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Known" }));
    const { tool_mocks, ...half } = world().simulator.workspace.definition(id) ?? {};
    world().simulator.workspace.addFault({
      match: { method: "GET" },
      answer: { status: 200, body: JSON.stringify(half), headers: { "content-type": "application/json" } },
    });
    const request = update(id, { name: "Next" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "incomplete-read" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(world().simulator.workspace.definition(id)).toMatchObject({ tool_mocks, name: "Next" });
    expect(await world().versions(id)).toHaveLength(3);
  });
});
