/** Whatever keeps an attempt from being safe keeps it from being sent. */
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, fault, update } = applySteps(world, "unsent");

describe("nothing is sent", () => {
  it.each([
    [6_500, "lease-too-short", 0],
    [8_000, "applied", 1],
  ])(
    "when the lease, of %i ms, would not outlast the call by five seconds: %s",
    async (leaseMs, end, sent) => {
      const id = world().createOutside();
      const request = update(id, { name: "never" });
      const delivery = { invocationEndsAt: world().clock.now() + leaseMs };
      expect(await world().apply(request, { delivery })).toMatchObject(
        end === "applied" ? { status: end } : { kind: "wait", reason: end },
      );
      expect(calls("PUT")).toHaveLength(sent);
      expect((await world().record(request)).attempts).toBe(sent);
    },
  );

  it("when the claim was lost before the intent", async () => {
    const id = world().createOutside();
    const given = world().dependencies();
    const { mirrors } = given;
    const dependencies: ApplyDependencies = {
      ...given,
      mirrors: {
        ...mirrors,
        // The lease passes just then, and somebody takes the claim over.
        async writeIntent(target, token, ...rest) {
          world().clock.pass(20_001);
          const now = world().clock.now();
          await mirrors.takeClaim(target, { requestId: "o", epoch: 1, token: "o", leaseUntil: now }, now);
          return await mirrors.writeIntent(target, token, ...rest);
        },
      },
    };
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request, { dependencies })).toMatchObject({
      kind: "wait",
      reason: "claim-lost",
    });
    expect(calls("PUT")).toHaveLength(0);
  });

  it("when the request was cancelled before the intent", async () => {
    const id = world().createOutside();
    fault("GET", { apply: "never", answer: { status: 429 } });
    const request = update(id, { name: "never" });
    await world().apply(request);
    // The pause after the 429 is over.
    world().clock.pass(60_000);
    const given = world().dependencies();
    const dependencies: ApplyDependencies = {
      ...given,
      provider: {
        ...given.provider,
        async get(definitionId, options) {
          const key = { connection: "retell", requestId: String(request["requestId"]) };
          const finishedAt = world().clock.now();
          await given.requests.finish({ key, epoch: 1, status: "cancelled", result: {}, finishedAt });
          return await given.provider.get(definitionId, options);
        },
      },
    };
    expect(await world().apply(request, { dependencies })).toEqual({ kind: "done", status: "cancelled" });
    expect(calls("PUT")).toHaveLength(0);
    expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
  });

  it("when the table took so long for the intent that the call would have too little time", async () => {
    const id = world().createOutside();
    const given = world().dependencies();
    const dependencies: ApplyDependencies = {
      ...given,
      mirrors: {
        ...given.mirrors,
        async writeIntent(...intent) {
          const written = await given.mirrors.writeIntent(...intent);
          world().clock.pass(1_500);
          return written;
        },
      },
    };
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request, { dependencies })).toMatchObject({
      kind: "wait",
      reason: "intent-too-slow",
    });
    expect(calls("PUT")).toHaveLength(0);
    // It certainly did not happen: there is nothing to wait for.
    expect(await world().apply(request)).toEqual(applied);
  });

  it("when a JSON Patch copies a document into itself until nothing can hold it", async () => {
    const id = world().createOutside();
    const bomb = Array.from({ length: 200 }, (_, index) => ({
      op: "copy",
      from: "/dynamic_variables",
      path: `/dynamic_variables/x${index}`,
    }));
    expect(await world().apply(update(id, bomb))).toEqual({ kind: "done", status: "rejected" });
    expect(calls("PUT")).toHaveLength(0);
  });

  it("before the intent is written", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    const given = world().dependencies();
    const order: string[] = [];
    const dependencies: ApplyDependencies = {
      ...given,
      provider: {
        ...given.provider,
        update: (...call) => {
          order.push("call");
          return given.provider.update(...call);
        },
      },
      mirrors: {
        ...given.mirrors,
        writeIntent: async (...intent) => {
          const written = await given.mirrors.writeIntent(...intent);
          order.push("intent");
          return written;
        },
      },
    };
    expect(await world().apply(update(id, { name: "Refunds" }), { dependencies })).toEqual(applied);
    expect(order).toEqual(["intent", "call"]);
  });
});

describe("a failure that nobody foresaw", () => {
  const broken = (log = silentLog): ApplyDependencies => {
    const given = world().dependencies();
    const takeClaim = () => Promise.reject(new TypeError("secret text"));
    return { ...given, mirrors: { ...given.mirrors, takeClaim }, log };
  };

  it("waits like any other, and is logged with its request and the error's class alone", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "x" });
    const logged: unknown[] = [];
    const log = { ...silentLog, error: (event: string, fields: unknown) => logged.push({ event, fields }) };
    expect(await world().apply(request, { dependencies: broken(log) })).toMatchObject({
      kind: "wait",
      reason: "unexpected-failure",
    });
    expect(logged).toEqual([
      {
        event: "apply-failed-unexpectedly",
        fields: {
          connection: "retell",
          requestId: request["requestId"],
          operation: "update",
          error: "TypeError",
        },
      },
    ]);
    expect(await world().apply(request)).toEqual(applied);
  });

  it("ends as expired after twelve days", async () => {
    const id = world().createOutside();
    const delivery = { sentAt: world().clock.now() - 12 * 86_400_000 };
    const request = update(id, { name: "x" });
    expect(await world().apply(request, { dependencies: broken(), delivery })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
  });
});
