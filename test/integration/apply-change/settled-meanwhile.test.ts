/** A request that gets an outcome from somebody else, while an attempt at it is under way. */
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import type { Disposition } from "../../../shared/change-request/outcome/delivery.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();
const { calls, create, effects, fault, history, outside, result, retry, stored, update } = applySteps(
  world,
  "settled",
);

const callsOf = (method: string, count: number) =>
  waitFor(() => calls(method).length === count, { timeoutMs: 5_000, what: `${count} calls of ${method}` });

/** The sweep believes that the request's message is lost. */
async function endedAsLost(request: JsonObject): Promise<void> {
  const { requests, clock } = world().dependencies();
  const { epoch } = await world().record(request);
  const key = { connection: "retell", requestId: String(request["requestId"]) };
  const result = { reason: "lost" };
  const finishedAt = clock.now();
  expect(await requests.finish({ key, epoch, status: "failed", result, finishedAt })).toBe(true);
}

/** Once, to the same effect as any number of times. */
const once = [{ op: "add", path: "/metrics/-", value: "once" }];
const withOnce = [...(refundCase["metrics"] as string[]), "once"];

describe("an outcome without a write", () => {
  it("of a worker whose lease has passed does not stand while the next attempt is under way", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    const { contentHash = "" } = (await world().mirror(id)) ?? {};
    await world().apply(update(id, { name: "Two" }));
    const request = update(id, { user_prompt: "Mine." }, { expect: { contentHash } });
    const gate = Promise.withResolvers<void>();
    let isHeld = false;
    const held = async <T>(write: () => Promise<T>): Promise<T> => {
      isHeld = true;
      await gate.promise;
      return await write();
    };
    const given = world().dependencies();
    const slow: ApplyDependencies = {
      ...given,
      requests: {
        ...given.requests,
        create: (record) => held(() => given.requests.create(record)),
        finish: (outcome) => held(() => given.requests.finish(outcome)),
      },
    };
    const late = world().apply(request, { dependencies: slow });
    await waitFor(() => isHeld, { timeoutMs: 5_000, what: "the late outcome" });
    world().clock.pass(20_001);
    // Now the expectation holds.
    outside(id, { name: "Refund" });
    fault("PUT", { answerAfterMs: 800 });
    const next = world().apply(request);
    await callsOf("PUT", 2);
    gate.resolve();
    expect(await late).toMatchObject({ kind: "wait" });
    expect(await next).toEqual(applied);
    expect(await world().record(request)).toMatchObject({ status: "applied", attempts: 2 });
    expect((await history(id)).at(-1)).toBe("updated change_request");
  });
});

describe("a write that the provider confirms after its request was ended", () => {
  /** Ended, and perhaps retried, while the call is under way. */
  async function endedDuring(
    method: string,
    request: JsonObject,
    more: () => Promise<void> = async () => undefined,
  ): Promise<Disposition> {
    fault(method, { answerAfterMs: 800 });
    const before = calls(method).length;
    const applying = world().apply(request);
    await callsOf(method, before + 1);
    await endedAsLost(request);
    await more();
    return await applying;
  }

  it("is in the history under its request's name, and the next request need not wait", async () => {
    const id = world().createOutside();
    const request = update(id, once, { actor: "ana" });
    expect(await endedDuring("PUT", request)).toMatchObject({ kind: "dead-letter", reason: "lost" });
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
    expect((await world().versions(id))[1]?.record).toMatchObject({
      requestId: request["requestId"],
      actorClaimed: "ana",
      receipt: { status: 200 },
    });
    expect(await world().record(request)).toMatchObject({ status: "failed", result: { reason: "lost" } });
    expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
    expect(await history(id)).toHaveLength(3);
  });

  it("is not made again by an operator's retry", async () => {
    const id = world().createOutside();
    const request = update(id, once);
    await endedDuring("PUT", request);
    expect(await world().record(request)).toMatchObject({ undecided: { confirmed: { status: 200 } } });
    world().settle();
    expect(await retry(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect(stored(id)["metrics"]).toEqual(withOnce);
  });

  it("is not made again where an operator has retried it already", async () => {
    const id = world().createOutside();
    const request = update(id, once);
    const { requests, clock } = world().dependencies();
    const reopened = async () => {
      expect(await requests.reopen(await world().record(request), clock.now())).toBe(true);
    };
    expect(await endedDuring("PUT", request, reopened)).toMatchObject({ kind: "wait" });
    expect(await world().record(request)).toMatchObject({ status: "queued", epoch: 2 });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect(await world().record(request)).toMatchObject({ status: "applied", epoch: 2 });
  });

  it("is a create's as well: there is one definition, and the scope is free", async () => {
    const request = create({ ...refundCase, name: "Mine" });
    expect(await endedDuring("POST", request)).toMatchObject({ kind: "dead-letter", reason: "lost" });
    const [made] = world().simulator.workspace.definitions();
    const id = String(made?.["test_case_definition_id"]);
    expect(await history(id)).toEqual(["created change_request"]);
    expect(await world().apply(create({ ...refundCase, name: "Next" }))).toEqual(applied);
    world().settle();
    expect(await retry(request)).toEqual(applied);
    expect(await result(request)).toMatchObject({ definitionId: id });
    expect(calls("POST")).toHaveLength(2);
  });
});
