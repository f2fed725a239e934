/** Giving up, and an operator's retry: what is known of the request is kept, and nothing takes effect twice. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, crash, create, effects, fault, history, outside, result, retry, stored, update } = applySteps(
  world,
  "retry",
);

/** The update is sent and unanswered, an outsider's edit hides what became of it, and it fails. */
async function undecided(id: string, request: JsonObject, hidden: JsonObject): Promise<void> {
  fault("PUT");
  await world().apply(request);
  outside(id, hidden);
  world().settle();
  expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
}

describe("a request that fails", () => {
  it("is a dead letter, and its record keeps the body, the undecided intent and that it is not sent yet", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Wanted" });
    await undecided(id, request, { name: "Third" });
    const record = await world().record(request);
    expect(record).toMatchObject({
      status: "failed",
      deadLettered: false,
      undecided: { requestId: request["requestId"], operation: "update" },
    });
    const { requests } = world().dependencies();
    expect(await requests.body(record)).toBe(JSON.stringify(request));
    // A redelivery that finds the flag unset sends; one that finds it set drops the message.
    expect(await world().apply(request)).toMatchObject({
      kind: "dead-letter",
      reason: "outcome-unknown",
      record: { requestId: request["requestId"] },
    });
    await requests.markDeadLettered(record, record.epoch);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "failed" });
    expect(world().counted.filter((name) => name === "DuplicateMessageDropped")).toHaveLength(1);
  });

  it("keeps its body first: a crash in between leaves it open, and the next delivery fails it", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Wanted" });
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    fault("GET", { apply: "never", answer: { status: 503 }, match: { times: 2 } });
    await crash(request, { after: "requests.keepBody" }, { delivery });
    const key = { connection: "retell", requestId: String(request["requestId"]) };
    expect((await world().dependencies().requests.read(key))?.status).not.toBe("failed");
    expect(await world().dependencies().requests.body(key)).toBe(JSON.stringify(request));
    world().clock.pass(20_001);
    expect(await world().apply(request, { delivery })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
  });
});

describe("the retry of an undecided edit is adjudicated first", () => {
  it("a touched member holds the wanted value now: adopted, and nothing is sent", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Wanted", metrics: ["Wanted"] });
    await undecided(id, request, { name: "Third", metrics: ["Third"] });
    outside(id, { name: "Wanted" });
    expect(await retry(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
    expect((await history(id)).at(-1)).toBe("updated adopted");
    expect(await world().record(request)).toMatchObject({
      status: "applied",
      epoch: 2,
      earlier: [{ epoch: 1, status: "failed", result: { reason: "outcome-unknown" }, attempts: 1 }],
    });
    expect((await world().versions(id)).at(-1)?.record).toMatchObject({
      requestId: request["requestId"],
      epoch: 2,
    });
  });

  it("none does: evaluated anew, on the live state that was recorded", async () => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "Wanted" }]);
    await undecided(id, request, { metrics: ["Third"] });
    expect(await retry(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(2);
    expect(stored(id)["metrics"]).toEqual(["Third", "Wanted"]);
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated observed_before_write",
      "updated change_request",
    ]);
    expect(await world().record(request)).toMatchObject({ status: "applied", epoch: 2, attempts: 1 });
  });

  it("none does: an expectation that does not hold on that state is a conflict", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    const request = update(id, { name: "Wanted" }, { expect: { version: 1 } });
    await undecided(id, request, { name: "Third" });
    expect(await retry(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(request)).toMatchObject({ conflict: { version: 2, pointers: ["/name"] } });
  });

  it("given up before the settle time was over: it is waited for, and takes effect once", async () => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    fault("PUT", { apply: { afterMs: 30_000 }, answer: "reset" });
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    expect(await world().apply(request, { delivery })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
    expect(await retry(request)).toMatchObject({ kind: "wait" });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect(calls("PUT")).toHaveLength(1);
  });
});

describe("the retry of a request that was given up before anybody could look", () => {
  it("while its connection was paused: what became of its write is found out first, whoever came in between", async () => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    fault("PUT");
    await world().apply(request);
    const { health } = world().dependencies();
    const seen = await health.read("retell");
    const pause = { state: "paused", pausedBy: "operator", reason: "maintenance" } as const;
    const since = world().clock.now();
    await health.write("retell", { ...seen, ...pause, since, revision: seen.revision + 1 });
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    expect(await world().apply(request, { delivery })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
    await health.write("retell", { ...seen, revision: seen.revision + 2 });
    world().settle();
    expect(await world().apply(update(id, { user_prompt: "In between." }))).toEqual(applied);
    expect(await retry(request)).toMatchObject({ kind: "done" });
    expect(stored(id)["metrics"]).toEqual([...(refundCase["metrics"] as string[]), "once"]);
  });
});

describe("the retry of an undecided create lists first", () => {
  /** Its scope could not be listed any more; now it can. */
  async function undecidedCreate(apply: "now" | "never"): Promise<JsonObject> {
    fault("POST", { apply, answer: "reset" });
    const request = create({ ...refundCase, name: `Created ${apply}` });
    await world().apply(request);
    world().settle();
    fault("GET", { apply: "never", answer: { status: 422 } });
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    return request;
  }

  it("one candidate: adopted, and nothing is sent", async () => {
    const request = await undecidedCreate("now");
    expect(await retry(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect(world().simulator.workspace.definitions()).toHaveLength(1);
  });

  it("none in two lists at least half the settle time apart: sent again", async () => {
    const request = await undecidedCreate("never");
    expect(await retry(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "looks-again" });
    world().clock.pass(30_001);
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(2);
    expect(world().simulator.workspace.definitions()).toHaveLength(1);
  });

  it("and it blocks no other create of its scope before", async () => {
    await undecidedCreate("now");
    expect(await world().apply(create())).toEqual(applied);
  });

  it("what it made and another request met since is still its own", async () => {
    const request = await undecidedCreate("now");
    const [made] = world().simulator.workspace.definitions();
    const id = String(made?.["test_case_definition_id"]);
    await world().apply(update(id, {}));
    expect(await history(id)).toEqual(["baseline adopted"]);
    expect(await retry(request)).toEqual(applied);
    expect(await result(request)).toMatchObject({ definitionId: id });
    expect(calls("POST")).toHaveLength(1);
  });
});

describe("the retry of any other failed request", () => {
  it("begins with a new budget, and its outcome is the new epoch's", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: { status: 409 }, match: { times: 8 } });
    const request = update(id, { name: "Wanted" });
    for (let attempt = 0; attempt < 8; attempt += 1) await world().apply(request);
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
    expect(await retry(request)).toEqual(applied);
    expect(await world().record(request)).toMatchObject({
      status: "applied",
      epoch: 2,
      attempts: 1,
      charges: 0,
      earlier: [{ epoch: 1, attempts: 8, result: { reason: "retries-exhausted" } }],
    });
  });

  it("is not possible for a request that has not failed", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Wanted" });
    await world().apply(request);
    await expect(retry(request)).rejects.toThrow("has not failed");
  });
});
