/** A late effect that another request meets: whose it is, and who waits for whom. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, fault, history, outside, remove, result, stored, update } = applySteps(
  world,
  "late-met",
);

const landsAfterTenMinutes = (method: string) =>
  fault(method, { apply: { afterMs: 600_000 }, answer: "reset" });
const tenMinutesPass = () => world().clock.pass(600_000);
const lateVersion = async (id: string) =>
  (await world().versions(id)).map(({ record }) => record).find(({ late }) => late);

describe("the late effect of a request that an operator has retried", () => {
  it("is recorded by the request before it in the group, which goes on; the retry finds it done", async () => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    landsAfterTenMinutes("PUT");
    await world().apply(request);
    outside(id, { user_prompt: "Somebody else's." });
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    tenMinutesPass();
    expect(stored(id)["metrics"]).toHaveLength(2);
    // Its message is behind the next one's.
    const { requests, clock } = world().dependencies();
    expect(await requests.reopen(await world().record(request), clock.now())).toBe(true);
    expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
    expect(await lateVersion(id)).toMatchObject({ version: 3, requestId: request["requestId"], epoch: 1 });
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)["metrics"]).toHaveLength(2);
    expect(await world().record(request)).toMatchObject({ status: "applied", epoch: 2 });
  });
});

describe("the late effect of a delete", () => {
  /** Judged as not happened; what was sent then was refused, and the first call lands. */
  async function deletedLate(id: string, answer: { status: number }): Promise<JsonObject> {
    const request = remove(id, { actor: "ana" });
    landsAfterTenMinutes("DELETE");
    await world().apply(request);
    world().settle();
    fault("DELETE", { apply: "never", answer });
    await world().apply(request);
    tenMinutesPass();
    expect(stored(id)).toEqual({});
    return request;
  }

  it("is its request's, and recorded at once: a deletion of ours", async () => {
    const id = world().createOutside();
    const request = await deletedLate(id, { status: 400 });
    expect(await world().record(request)).toMatchObject({ status: "rejected" });
    const next = update(id, { name: "Next" });
    expect(await world().apply(next)).toEqual({ kind: "done", status: "rejected" });
    expect(await result(next)).toEqual({ reason: "not-found" });
    expect(await history(id)).toEqual(["baseline observed_before_write", "deleted adopted"]);
    expect(await lateVersion(id)).toMatchObject({ requestId: request["requestId"], actorClaimed: "ana" });
    expect(await world().mirror(id)).toMatchObject({ deleted: true, version: 2 });
    expect((await world().mirror(id))?.missingSince).toBeUndefined();
    expect(world().counted.filter((name) => name === "LateEffect")).toHaveLength(1);
  });

  it("is its request's outcome while that is open, and others leave it to it", async () => {
    const id = world().createOutside();
    const request = await deletedLate(id, { status: 429 });
    const next = update(id, { name: "Next" });
    expect(await world().apply(next)).toMatchObject({ kind: "wait", reason: "late-effect-of-another" });
    expect(await world().apply(request)).toEqual(applied);
    expect(await lateVersion(id)).toMatchObject({ changeType: "deleted", requestId: request["requestId"] });
    expect(await world().apply(next)).toEqual({ kind: "done", status: "rejected" });
    expect(calls("DELETE")).toHaveLength(2);
  });

  it("is another's after a day: it is missing, and reconciliation records it", async () => {
    const id = world().createOutside();
    await deletedLate(id, { status: 400 });
    world().clock.pass(86_400_000);
    await world().apply(update(id, { name: "Next" }));
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
    expect((await world().mirror(id))?.missingSince).toBeDefined();
  });
});

describe("the late effect of a create", () => {
  it("is told by the members that were sent: the provider has filled in the others", async () => {
    const { name = null, response_engine = null, user_prompt = null, metrics = null } = refundCase;
    const request = create({ name, response_engine, user_prompt, metrics });
    landsAfterTenMinutes("POST");
    await world().apply(request);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ reason: "looks-again" });
    world().clock.pass(30_001);
    fault("POST", { apply: "never", answer: { status: 400 } });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    tenMinutesPass();
    const [made] = world().simulator.workspace.definitions();
    expect(Object.keys(made ?? {})).toContain("llm_model");
    const id = String(made?.["test_case_definition_id"]);
    expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
    expect(await history(id)).toEqual(["baseline adopted", "updated change_request"]);
    expect(await lateVersion(id)).toMatchObject({ version: 1, requestId: request["requestId"] });
  });
});
