/** A create, as it was sent and as it is recorded. */
import { describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { engineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, result } = applySteps(world, "create");

describe("a create", () => {
  it("ends as applied with a first version under the id that the provider gave", async () => {
    const definition = { ...refundCase, name: "New" };
    const request = create(definition, { actor: "ben" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    const { definitionId = "" } = (await result(request)) ?? {};
    const stored = world().simulator.workspace.definition(definitionId);
    expect(stored).toMatchObject(definition);
    const [version] = await world().versions(definitionId);
    expect(version?.record).toMatchObject({
      version: 1,
      changeType: "created",
      source: "change_request",
      actorClaimed: "ben",
      providerCreatedRaw: stored?.["creation_timestamp"],
    });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(calls("POST")).toHaveLength(1);
  });

  it("sends what it was given, without invented defaults, and lists what the server added", async () => {
    const definition = {
      name: "Bare",
      response_engine: { type: "retell-llm", llm_id: engineId },
      user_prompt: "p",
      metrics: [],
    };
    const request = create(definition);
    await world().apply(request);
    const [post] = calls("POST");
    expect(post?.body).toEqual(definition);
    expect(await world().record(request)).toMatchObject({ status: "applied", result: { version: 1 } });
  });

  it("twice with the same content under two ids is two definitions", async () => {
    const [one, other] = [create(), create()];
    expect([await world().apply(one), await world().apply(other)]).toEqual([applied, applied]);
    expect((await result(one))?.definitionId).not.toBe((await result(other))?.definitionId);
    expect(world().simulator.workspace.definitions()).toHaveLength(2);
  });

  it("of what an outsider has made already is another definition", async () => {
    const outside = world().createOutside();
    const request = create();
    expect(await world().apply(request)).toEqual(applied);
    expect((await result(request))?.definitionId).not.toBe(outside);
    expect(calls("GET")).toEqual([]);
  });

  it("that expects something is rejected", async () => {
    const request = create(refundCase, { expect: { version: 0 } });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await result(request))?.errors).toMatchObject([{ pointer: "/expect" }]);
  });
});
