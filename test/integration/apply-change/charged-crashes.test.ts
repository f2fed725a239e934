/** A worker that crashes costs the request that it worked at, so that none crashes its workers for ever. */
import { describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, crash, create, fault, outside, restore, retry, update } = applySteps(world, "crashes");

describe("a worker that crashes", () => {
  /** The platform kills the invocation at its end, and with it ends the lease. */
  const untilTheLeaseEnds = () => world().clock.pass(20_001);

  it.each(["update", "create"] as const)(
    "again and again at the same %s: the request fails, and its group goes on",
    async (operation) => {
      const id = world().createOutside();
      const request = operation === "update" ? update(id, { name: "Poison" }) : create();
      fault(operation === "update" ? "GET" : "POST", { apply: "never", answer: { status: 429 } });
      await world().apply(request);
      // The pause after the 429 is over.
      world().clock.pass(60_000);
      for (let times = 1; times <= 8; times += 1) {
        await crash(request, { before: "requests.beginAttempt" });
        untilTheLeaseEnds();
      }
      expect(await world().apply(request)).toMatchObject({
        kind: "dead-letter",
        reason: "retries-exhausted",
      });
      expect(await world().record(request)).toMatchObject({ status: "failed", charges: 8 });
      expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
    },
  );

  it("counts one attempt and one charge, to whichever request held the claim", async () => {
    const id = world().createOutside();
    const [crashed, other] = [update(id, { name: "Crashed" }), update(id, { name: "Other" })];
    fault("GET", { apply: "never", answer: { status: 429 } });
    await world().apply(crashed);
    // The pause after the 429 is over.
    world().clock.pass(60_000);
    await crash(crashed, { before: "requests.beginAttempt" });
    untilTheLeaseEnds();
    expect(await world().apply(other)).toEqual(applied);
    expect(await world().record(other)).toMatchObject({ attempts: 1, charges: 0 });
    expect(await world().record(crashed)).toMatchObject({ status: "queued", attempts: 1, charges: 1 });
    // Found once.
    expect(await world().apply(crashed)).toEqual(applied);
    expect(await world().record(crashed)).toMatchObject({ attempts: 2, charges: 1 });
  });

  it("after its intent is charged, but the attempt was counted with the intent", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Crashed" });
    await crash(request, { after: "provider.update" });
    untilTheLeaseEnds();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "settles" });
    expect(await world().record(request)).toMatchObject({ attempts: 1, charges: 1 });
    world().settle();
    expect(await world().apply(request)).toEqual(applied);
  });

  /** Everything that needs the history fails so. */
  const failingWith = (error: Error) => {
    const given = world().dependencies();
    return { ...given, history: { ...given.history, version: () => Promise.reject(error) } };
  };

  it("for a store that fails, and gives its claim back before an intent, costs nothing", async () => {
    const id = world().createOutside();
    const outage = Object.assign(new Error("socket hang up"), { $metadata: { attempts: 3 } });
    await world().apply(update(id, { name: "Known" }));
    outside(id, { name: "Outside" });
    const request = restore(id, { version: 1 });
    const dependencies = failingWith(outage);
    expect(await world().apply(request, { dependencies })).toMatchObject({ reason: "unexpected-failure" });
    expect(await world().apply(request)).toEqual(applied);
    expect(await world().record(request)).toMatchObject({ attempts: 1, charges: 0 });
  });

  it("for a mistake of ours, and would with every delivery, is charged: the request fails, and its group goes on", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Known" }));
    const request = restore(id, { version: 1 });
    const dependencies = failingWith(new TypeError("not foreseen"));
    for (let times = 1; times <= 8; times += 1) {
      expect(await world().apply(request, { dependencies })).toMatchObject({ reason: "unexpected-failure" });
    }
    expect(await world().apply(request, { dependencies })).toMatchObject({
      kind: "dead-letter",
      reason: "retries-exhausted",
    });
  });

  it("for a mistake before its claim is taken fails as well, after twice as many", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Poison" });
    const given = world().dependencies();
    const takeClaim = () => Promise.reject(new RangeError("not foreseen"));
    const dependencies = { ...given, mirrors: { ...given.mirrors, takeClaim } };
    for (let times = 1; times <= 15; times += 1) {
      expect(await world().apply(request, { dependencies })).toMatchObject({ kind: "wait" });
    }
    expect(await world().apply(request, { dependencies })).toMatchObject({
      kind: "dead-letter",
      reason: "retries-exhausted",
    });
  });

  it("whenever it wants to find out what became of its write: failed, outcome-unknown, after eight more", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Poison" });
    await crash(request, { after: "provider.update" });
    world().settle();
    untilTheLeaseEnds();
    for (let times = 2; times <= 16; times += 1) {
      await crash(request, { before: "provider.get" });
      untilTheLeaseEnds();
    }
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    expect(await world().record(request)).toMatchObject({
      status: "failed",
      charges: 16,
      undecided: { operation: "update" },
    });
    expect(calls("PUT")).toHaveLength(1);
    expect(await retry(request)).toEqual(applied);
    expect(calls("PUT")).toHaveLength(1);
  });
});
