import { beforeEach, describe, expect, it } from "vitest";
import { admitWrite, onKeyRefused } from "../../../shared/connection/connection-gate.ts";
import { pristineHealth } from "../../../shared/connection/connection-health.ts";
import { pausedByOperator, writesRefused } from "../../../shared/connection/health-transitions.ts";
import { GateWorld, minute, refused, second } from "./gate-world.ts";

let world: GateWorld;
beforeEach(() => {
  world = new GateWorld();
});
const events = () => world.logged.map(({ event }) => event);

describe("401, 402 or 403 with a key that works", () => {
  it("is the request's own fault where the provider's dialect says so", async () => {
    world.refusalWithWorkingKey = "rejected";
    expect(await onKeyRefused(world.deps, await world.admitted())).toEqual({ kind: "rejected" });
    expect(world.health).toBe(pristineHealth);
    expect(world.spent()).toEqual({ reads: 1, checks: 1 });
  });

  it("pauses writes where it says that, with one alarm for all who are refused", async () => {
    const admissions = await Promise.all(Array.from({ length: 20 }, () => world.admitted()));
    const answers = await Promise.all(admissions.map((admission) => onKeyRefused(world.deps, admission)));
    for (const answer of answers) {
      expect(answer).toEqual({ kind: "wait", waitMs: 10 * second, reason: "writes-refused" });
    }
    expect(world.health).toMatchObject({
      state: "writes-paused",
      reason: "writes-refused",
      pausedBy: "system",
      keyVersion: "v1",
      nextProbeAt: world.now + minute,
    });
    expect(world.counted).toEqual(["ConnectionPaused retell"]);
    expect(events()).toEqual(["connection-writes-paused"]);
  });

  it("keeps the pause, without another alarm, where the probing write is refused again", async () => {
    world.health = writesRefused(pristineHealth, world.now, "v1");
    world.now += minute;
    const admission = await world.admitted();
    expect(await admitWrite(world.deps, admission)).toBe(true);
    expect(await onKeyRefused(world.deps, admission)).toEqual({
      kind: "wait",
      waitMs: 15 * second,
      reason: "writes-refused",
    });
    expect(world.health).toMatchObject({ state: "writes-paused", probes: 1 });
    expect(world.counted).toEqual([]);
  });

  it("is never waited for in a tight loop, though no write comes to the probe that is due", async () => {
    world.health = writesRefused(pristineHealth, world.now, "v1");
    world.now += 20 * minute;
    expect(await onKeyRefused(world.deps, await world.admitted())).toMatchObject({ waitMs: 5 * minute });
  });
});

describe("401, 402 or 403 with a key that is refused", () => {
  beforeEach(() => {
    world.keys.set("v1", refused);
  });

  it("pauses the connection, with one alarm for all who are refused", async () => {
    const admissions = await Promise.all(Array.from({ length: 20 }, () => world.admitted()));
    const answers = await Promise.all(admissions.map((admission) => onKeyRefused(world.deps, admission)));
    for (const answer of answers) {
      expect(answer).toEqual({ kind: "wait", waitMs: 10 * second, reason: "key-refused" });
    }
    expect(world.health).toMatchObject({ state: "paused", pausedBy: "system", keyVersion: "v1" });
    expect(world.counted).toEqual(["ConnectionPaused retell"]);
    expect(events()).toEqual(["connection-paused"]);
  });

  it("goes on after a second with a secret that was changed and works", async () => {
    const admission = await world.admitted();
    world.stored = "v2";
    expect(await onKeyRefused(world.deps, admission)).toEqual({
      kind: "wait",
      waitMs: second,
      reason: "key-replaced",
    });
    expect(world.spent()).toEqual({ reads: 1, checks: 2, refreshes: 1 });
    expect(world.health).toBe(pristineHealth);
    expect(world.counted).toEqual([]);
  });

  it("pauses where the changed secret is refused as well, and names that one", async () => {
    const admission = await world.admitted();
    world.stored = "v2";
    world.keys.set("v2", refused);
    expect(await onKeyRefused(world.deps, admission)).toMatchObject({ reason: "key-refused" });
    expect(world.health).toMatchObject({ state: "paused", keyVersion: "v2" });
  });

  it("waits and counts a fault where the changed secret cannot be checked", async () => {
    const admission = await world.admitted();
    world.stored = "v2";
    world.keys.set("v2", { code: "server-error", status: 500 });
    expect(await onKeyRefused(world.deps, admission)).toMatchObject({ reason: "key-check-server-error" });
    expect(world.health).toMatchObject({ state: "active", failuresInRow: 1 });
  });

  it("outranks a pause of writes: another pause, another alarm", async () => {
    world.health = writesRefused(pristineHealth, world.now, "v1");
    await onKeyRefused(world.deps, await world.admitted());
    expect(world.health).toMatchObject({ state: "paused", reason: "key-refused" });
    expect(world.counted).toEqual(["ConnectionPaused retell"]);
  });

  it("changes nothing about the pause that an operator began meanwhile", async () => {
    const admission = await world.admitted();
    world.health = pausedByOperator(pristineHealth, world.now, "mine");
    expect(await onKeyRefused(world.deps, admission)).toMatchObject({ reason: "paused-by-operator" });
    expect(world.health).toMatchObject({ reason: "mine", pausedBy: "operator" });
    expect(world.counted).toEqual([]);
  });
});

describe("401, 402 or 403 where the key cannot be judged", () => {
  it.each([
    ["timeout", 1],
    ["unreachable", 1],
    ["server-error", 1],
    ["malformed-answer", 1],
    ["not-found", 1],
    ["rate-limited", 0],
  ] as const)("for %s waits, and counts %i fault", async (code, faults) => {
    world.keys.set("v1", { code });
    expect(await onKeyRefused(world.deps, await world.admitted())).toEqual({
      kind: "wait",
      waitMs: second,
      reason: `key-check-${code}`,
    });
    expect(world.health).toMatchObject({ state: "active", failuresInRow: faults });
  });

  it("waits as long as the provider asks, up to 10 minutes", async () => {
    const admission = await world.admitted();
    for (const [asked, waitMs] of [
      [20 * second, 20 * second],
      [60 * minute, 10 * minute],
    ] as const) {
      world.keys.set("v1", { code: "rate-limited", retryAfterMs: asked });
      expect(await onKeyRefused(world.deps, admission)).toMatchObject({ waitMs });
    }
  });

  it("because it was replaced during the delivery tries the new one, and judges nothing", async () => {
    const admission = await world.admitted();
    // The cached secret's time was up between the refused call and now.
    world.cached = "v2";
    world.refusalWithWorkingKey = "rejected";
    expect(await onKeyRefused(world.deps, admission)).toMatchObject({ kind: "wait", reason: "key-replaced" });
    expect(world.spent()).toEqual({ reads: 1 });
  });

  it("hands an error on that is not the provider's", async () => {
    world.keys.set("v1", new TypeError("a bug"));
    await expect(onKeyRefused(world.deps, await world.admitted())).rejects.toThrow("a bug");
  });
});
