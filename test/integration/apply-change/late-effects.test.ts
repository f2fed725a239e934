/** A write that lands after it was given up, or believed not to have happened: found, and known whose it is. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, crash, create, fault, history, newId, outside, result, stored, update } = applySteps(
  world,
  "late",
);

/** Sent, unanswered, and it lands this long after. */
function landsAfter(method: string, seconds: number): void {
  fault(method, { apply: { afterMs: seconds * 1_000 }, answer: "reset" });
}
const refuses = (method: string) => fault(method, { apply: "never", answer: { status: 400 } });

/** Judged as not happened, sent again, refused: and then it lands after all. */
async function believedNotToHaveHappened(request: JsonObject, method: string): Promise<void> {
  landsAfter(method, 600);
  await world().apply(request);
  world().settle();
  refuses(method);
  if (method === "POST") {
    expect(await world().apply(request)).toMatchObject({ reason: "looks-again" });
    world().clock.pass(30_001);
  }
  expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
  world().clock.pass(600_000);
}

/** Undecided, because an outside edit took away all that could be told; then it lands. */
async function givenUp(id: string, request: JsonObject): Promise<void> {
  landsAfter("PUT", 600);
  await world().apply(request);
  outside(id, { user_prompt: "Somebody else's." });
  world().settle();
  expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
  world().clock.pass(600_000);
}

const lateVersion = async (id: string) =>
  (await world().versions(id)).map(({ record }) => record).find(({ late }) => late);

describe("a late effect", () => {
  it("of an intent that was judged not to have happened is adopted, late, as its request's", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Late" }, { actor: "ana", reason: "tighter" });
    await believedNotToHaveHappened(request, "PUT");
    expect(stored(id)["name"]).toBe("Late");
    expect(await world().apply(update(id, { metrics: ["Next"] }))).toEqual(applied);
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated adopted",
      "updated change_request",
    ]);
    expect(await lateVersion(id)).toMatchObject({
      version: 2,
      late: true,
      requestId: request["requestId"],
      epoch: 1,
      actorClaimed: "ana",
      reason: "tighter",
    });
    expect(world().counted.filter((name) => name === "LateEffect")).toHaveLength(1);
    // The outcome that was reported stands.
    expect(await world().record(request)).toMatchObject({ status: "rejected" });
  });

  it("of an undecided intent is adopted, late, as its request's", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Late" });
    await givenUp(id, request);
    expect(await world().apply(update(id, { metrics: ["Next"] }))).toEqual(applied);
    expect(await lateVersion(id)).toMatchObject({ version: 3, requestId: request["requestId"] });
    expect(await world().record(request)).toMatchObject({ status: "failed" });
  });

  it("of another request's intent that nobody judged is adopted, late, as that request's", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Late" });
    landsAfter("PUT", 600);
    // It is given up after twelve days, and its worker dies before the claim is given back.
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    await crash(request, { after: "requests.finish" }, { delivery });
    expect(await world().record(request)).toMatchObject({ status: "failed", result: { reason: "expired" } });
    world().clock.pass(20_001);
    const next = update(id, { metrics: ["Next"] });
    expect(await world().apply(next)).toMatchObject({ kind: "wait", reason: "settles" });
    expect(calls("PUT")).toHaveLength(1);
    world().clock.pass(61_000);
    fault("PUT", { apply: "never", answer: { status: 409 } });
    expect(await world().apply(next)).toMatchObject({ kind: "wait", reason: "provider-conflict" });
    world().clock.pass(600_000);
    expect(await world().apply(next)).toEqual(applied);
    expect(await lateVersion(id)).toMatchObject({ version: 2, requestId: request["requestId"] });
    expect(stored(id)).toMatchObject({ name: "Late", metrics: ["Next"] });
  });

  it("of a create that is first met by an edit is its baseline, adopted, late, as the create's", async () => {
    const request = create({ ...refundCase, name: "Late" }, { actor: "ben" });
    await believedNotToHaveHappened(request, "POST");
    const [made] = world().simulator.workspace.definitions();
    const id = String(made?.["test_case_definition_id"]);
    expect(await world().apply(update(id, { metrics: ["Next"] }))).toEqual(applied);
    expect(await history(id)).toEqual(["baseline adopted", "updated change_request"]);
    expect(await lateVersion(id)).toMatchObject({
      version: 1,
      requestId: request["requestId"],
      actorClaimed: "ben",
    });
  });

  it("of a create does not make equal definitions that an outsider makes for ever its own", async () => {
    const request = create({ ...refundCase, name: "Late" });
    await believedNotToHaveHappened(request, "POST");
    world().clock.pass(86_400_000);
    const id = world().createOutside({ ...refundCase, name: "Late" });
    await world().apply(update(id, {}));
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
  });

  it("of a create is not what an equal create may have made that is still to be judged", async () => {
    const refused = create({ ...refundCase, name: "Late" });
    fault("POST", { apply: "never", answer: "reset" });
    await world().apply(refused);
    world().settle();
    await world().apply(refused);
    world().clock.pass(30_001);
    refuses("POST");
    expect(await world().apply(refused)).toEqual({ kind: "done", status: "rejected" });
    const open = create({ ...refundCase, name: "Late" });
    fault("POST");
    await world().apply(open);
    const [made] = world().simulator.workspace.definitions();
    const id = String(made?.["test_case_definition_id"]);
    await world().apply(update(id, {}));
    expect(await lateVersion(id)).toBeUndefined();
    world().settle();
    expect(await world().apply(open)).toEqual(applied);
    expect(await result(open)).toMatchObject({ definitionId: id });
    expect(calls("POST")).toHaveLength(3);
  });

  it("is looked for during a day", async () => {
    const id = world().createOutside();
    await believedNotToHaveHappened(update(id, { name: "Late" }), "PUT");
    world().clock.pass(86_400_000);
    await world().apply(update(id, { metrics: ["Next"] }));
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated observed_before_write",
      "updated change_request",
    ]);
    expect(world().counted).not.toContain("LateEffect");
  });

  it("is found once: the same content from an outsider later is an outside change", async () => {
    const id = world().createOutside();
    await believedNotToHaveHappened(update(id, { name: "Late" }), "PUT");
    const look = () =>
      world().apply({ requestId: newId(), operation: "update", definitionId: id, patch: {} });
    await look();
    outside(id, { name: "Refund" });
    await look();
    outside(id, { name: "Late" });
    await look();
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated adopted",
      "updated observed_before_write",
      "updated observed_before_write",
    ]);
  });
});

describe("a late effect of a request that is still open", () => {
  /** Judged as not happened, then told to slow down; and then the first write lands after all. */
  async function landsWhileOpen(request: JsonObject, method: string): Promise<void> {
    landsAfter(method, 600);
    await world().apply(request);
    world().settle();
    fault(method, { apply: "never", answer: { status: 429 } });
    if (method === "POST") {
      expect(await world().apply(request)).toMatchObject({ reason: "looks-again" });
      world().clock.pass(30_001);
    }
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-rate-limited" });
    world().clock.pass(600_000);
  }

  it("is its outcome: it is not sent again", async () => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    await landsWhileOpen(request, "PUT");
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)["metrics"]).toEqual([...(refundCase["metrics"] as string[]), "once"]);
    expect(await result(request)).toMatchObject({ version: 2 });
    expect(await lateVersion(id)).toMatchObject({ version: 2, requestId: request["requestId"] });
    expect(world().counted.filter((name) => name === "LateEffect")).toHaveLength(1);
  });

  it("is left to it: another request waits until it has its outcome", async () => {
    const id = world().createOutside();
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    await landsWhileOpen(request, "PUT");
    const other = update(id, { name: "Other" });
    expect(await world().apply(other)).toMatchObject({ kind: "wait", reason: "late-effect-of-another" });
    expect(await world().apply(request)).toEqual(applied);
    expect(await world().apply(other)).toEqual(applied);
    expect(stored(id)).toMatchObject({ name: "Other", metrics: ["The agent offers a refund", "once"] });
  });

  it("is a create's outcome as well: there is one definition", async () => {
    const request = create({ ...refundCase, name: "Late" });
    await landsWhileOpen(request, "POST");
    expect(await world().apply(request)).toEqual(applied);
    expect(world().simulator.workspace.definitions()).toHaveLength(1);
    expect(calls("POST")).toHaveLength(2);
    const { definitionId = "" } = (await result(request)) ?? {};
    expect(await lateVersion(definitionId)).toMatchObject({ version: 1, changeType: "created" });
  });
});
