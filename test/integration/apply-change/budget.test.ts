/** Who pays for a failed write, and when a request is given up. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, crash, effects, fault, retry, update } = applySteps(world, "budget");

const health = () => world().dependencies().health.read("retell");
const hours = (count: number) => count * 3_600_000;

/** A write of this request that certainly did not happen, by the connection's fault or its own. */
async function fails(request: JsonObject): Promise<void> {
  fault("PUT", { apply: "never", answer: { status: 302 } });
  expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-redirected" });
}

describe("a failed write", () => {
  it("is charged to the request if another request's write succeeded since: after eight it fails", async () => {
    const [id, other] = [world().createOutside(), world().createOutside()];
    const request = update(id, { name: "Never" });
    for (let round = 1; round <= 8; round += 1) {
      await fails(request);
      expect((await world().record(request)).charges).toBe(round - 1);
      world().clock.pass(10);
      expect(await world().apply(update(other, { name: `Round ${round}` }))).toEqual(applied);
      world().clock.pass(10);
    }
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
    expect(await world().record(request)).toMatchObject({ status: "failed", attempts: 8, charges: 7 });
    expect(effects(id)).toEqual([]);
    expect(world().counted).not.toContain("ConnectionDegraded");
  });

  it("is charged to the request also where its effect was unknown", async () => {
    const [id, other] = [world().createOutside(), world().createOutside()];
    const request = update(id, { name: "Never" });
    for (let round = 1; round <= 8; round += 1) {
      fault("PUT", { apply: "never", answer: { status: 500 } });
      expect(await world().apply(request)).toMatchObject({ reason: "unanswered-server-error" });
      expect(await world().apply(update(other, { name: `Round ${round}` }))).toEqual(applied);
      world().settle();
    }
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
    expect(calls("PUT")).toHaveLength(16);
    expect(effects(id)).toEqual([]);
    // It is known that it did not happen: there is nothing to be decided on a retry.
    expect((await world().record(request)).undecided).toBeUndefined();
  });

  it("costs the request nothing otherwise: three in a row degrade the connection, a success ends it", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "At last" });
    for (let times = 1; times <= 3; times += 1) await fails(request);
    expect(await health()).toMatchObject({ state: "degraded", reason: "provider-faults" });
    const sent = calls("PUT").length;
    // One probing request at a time.
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-faults" });
    expect(calls("PUT")).toHaveLength(sent);
    for (let probes = 1; probes <= 20; probes += 1) {
      world().clock.pass(300_000);
      await fails(request);
    }
    expect(await world().record(request)).toMatchObject({ attempts: 23, charges: 0 });
    world().clock.pass(300_000);
    expect(await world().apply(request)).toEqual(applied);
    expect(await health()).toMatchObject({ state: "active" });
    expect(effects(id)).toEqual(["updated"]);
    expect(world().counted.filter((name) => name === "ConnectionDegraded")).toHaveLength(1);
  });

  it("is not charged for a success that came before it", async () => {
    const [id, other] = [world().createOutside(), world().createOutside()];
    const request = update(id, { name: "At last" });
    await fails(request);
    world().clock.pass(10);
    await world().apply(update(other, { name: "Before" }));
    world().clock.pass(10);
    // The first failure is charged with this one's attempt.
    await fails(request);
    await fails(request);
    expect(await world().record(request)).toMatchObject({ attempts: 3, charges: 1 });
  });

  it("of a read costs nothing at all, whatever succeeds meanwhile", async () => {
    const [id, other] = [world().createOutside(), world().createOutside()];
    const request = update(id, { name: "At last" });
    for (let round = 1; round <= 9; round += 1) {
      fault("GET", { apply: "never", answer: { status: 503 } });
      expect(await world().apply(request)).toMatchObject({ reason: "provider-server-error" });
      world().clock.pass(10);
      expect(await world().apply(update(other, { name: `Round ${round}` }))).toEqual(applied);
      world().clock.pass(10);
    }
    expect(await world().record(request)).toMatchObject({ status: "queued", attempts: 0 });
    expect(await world().apply(request)).toEqual(applied);
    expect(await world().record(request)).toMatchObject({ attempts: 1, charges: 0 });
  });
});

describe("age", () => {
  it("a request that has met failures for a day on a healthy connection fails", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Never" });
    await fails(request);
    world().clock.pass(hours(23));
    await fails(request);
    world().clock.pass(hours(1));
    fault("PUT", { apply: "never", answer: { status: 302 } });
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
  });

  it("counts only time in which the connection was healthy", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "At last" });
    for (let times = 1; times <= 3; times += 1) await fails(request);
    world().clock.pass(hours(30));
    await fails(request);
    world().clock.pass(hours(1));
    expect(await world().apply(request)).toEqual(applied);
  });

  it("does not count before the first failure", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "At last" });
    const sentAt = world().clock.now() - hours(200);
    fault("PUT", { apply: "never", answer: { status: 302 } });
    expect(await world().apply(request, { delivery: { sentAt } })).toMatchObject({ kind: "wait" });
    expect(await world().apply(request, { delivery: { sentAt } })).toEqual(applied);
  });
});

describe("twelve days", () => {
  const sentAt = () => world().clock.now() - hours(12 * 24);

  it("whatever it waits for, it ends as expired", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Never" });
    fault("GET", { apply: "never", answer: { status: 429 } });
    expect(await world().apply(request, { delivery: { sentAt: sentAt() } })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
    expect(await world().record(request)).toMatchObject({ status: "failed", deadLettered: false });
    // The pause after the 429 is over.
    world().clock.pass(60_000);
    expect(await retry(request)).toEqual(applied);
  });

  it("also behind another request's claim, and behind a connection that lets nothing through", async () => {
    const id = world().createOutside();
    await crash(update(id, { name: "Crashed" }), { before: "provider.get" });
    const behind = update(id, { name: "Behind" });
    expect(await world().apply(behind)).toMatchObject({ reason: "claimed-by-another" });
    expect(await world().apply(behind, { delivery: { sentAt: sentAt() } })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
    const { health } = world().dependencies();
    const seen = await health.read("retell");
    await health.write("retell", {
      ...seen,
      state: "paused",
      pausedBy: "operator",
      reason: "maintenance",
      since: world().clock.now(),
      revision: seen.revision + 1,
    });
    const paused = update(id, { name: "Paused" });
    expect(await world().apply(paused)).toMatchObject({ kind: "wait", reason: "paused-by-operator" });
    expect(await world().apply(paused, { delivery: { sentAt: sentAt() } })).toMatchObject({
      kind: "dead-letter",
      reason: "expired",
    });
  });

  it("what needs no waiting is still decided after them", async () => {
    const id = world().createOutside();
    const delivery = { sentAt: sentAt() };
    expect(await world().apply(update(id, { name: "Late, but applied" }), { delivery })).toEqual(applied);
  });
});
