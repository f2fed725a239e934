import { beforeEach, describe, expect, it } from "vitest";
import { admit, admitWrite, reportFault, reportSuccess } from "../../../shared/connection/connection-gate.ts";
import { type ConnectionHealth, pristineHealth } from "../../../shared/connection/connection-health.ts";
import {
  keyAccepted,
  keyRefused,
  pausedByOperator,
  resumedByOperator,
  writesRefused,
} from "../../../shared/connection/health-transitions.ts";
import { GateWorld, minute, refused, second } from "./gate-world.ts";

let world: GateWorld;
beforeEach(() => {
  world = new GateWorld();
});
const read = { wrote: false };
const wrote = { wrote: true };
const events = () => world.logged.map(({ event }) => event);

describe("an active connection", () => {
  it("lets every delivery through for one read of its health", async () => {
    expect(await admit(world.deps)).toEqual({
      kind: "go",
      health: pristineHealth,
      keyVersion: "v1",
      writes: "allowed",
      isProbe: false,
    });
    expect(world.spent()).toEqual({ reads: 1 });
  });

  it("costs nothing more for a write and its success", async () => {
    const admission = await world.admitted();
    world.spent();
    expect(await admitWrite(world.deps, admission)).toBe(true);
    await reportSuccess(world.deps, admission, "edit-1", wrote);
    expect(world.spent()).toEqual({});
    expect(world.logged).toEqual([]);
  });

  it("writes successes down only until a write has followed the last fault", async () => {
    await reportFault(world.deps, await world.admitted(), "edit-1");
    await reportSuccess(world.deps, await world.admitted(), "edit-2", read);
    expect(world.health).toMatchObject({ failuresInRow: 0 });
    const reading = await world.admitted();
    world.spent();
    await reportSuccess(world.deps, reading, "edit-3", read);
    expect(world.spent()).toEqual({});
    await reportSuccess(world.deps, await world.admitted(), "edit-4", wrote);
    expect(world.health.lastWrite).toEqual({ requestId: "edit-4", at: world.now });
    const healthy = await world.admitted();
    world.spent();
    await reportSuccess(world.deps, healthy, "edit-5", wrote);
    expect(world.spent()).toEqual({});
  });
});

describe("a connection whose provider fails", () => {
  it("is degraded by the third fault in a row, with one alarm however many follow", async () => {
    const admissions = [];
    for (let delivery = 0; delivery < 10; delivery += 1) admissions.push(await world.admitted());
    for (const admission of admissions) await reportFault(world.deps, admission, "edit-1");
    expect(world.health).toMatchObject({ state: "degraded", reason: "provider-faults", failuresInRow: 3 });
    expect(world.counted).toEqual(["ConnectionDegraded retell"]);
    expect(world.logged).toEqual([
      {
        event: "connection-degraded",
        fields: {
          connection: "retell",
          reason: "provider-faults",
          stateBefore: "active",
          requestId: "edit-1",
        },
      },
    ]);
  });

  it("is degraded once by fifty workers that fail in the same moment", async () => {
    const admissions = await Promise.all(Array.from({ length: 50 }, () => world.admitted()));
    await Promise.all(admissions.map((admission, n) => reportFault(world.deps, admission, `edit-${n}`)));
    expect(world.health).toMatchObject({ state: "degraded", failuresInRow: 3, revision: 3 });
    expect(world.counted).toEqual(["ConnectionDegraded retell"]);
  });

  it("lets nobody through before the next probe is due", async () => {
    await world.degrade();
    world.now += 4 * second;
    world.spent();
    expect(await admit(world.deps)).toEqual({ kind: "wait", waitMs: 6 * second, reason: "provider-faults" });
    expect(world.spent()).toEqual({ reads: 1 });
  });

  it("lets one of many through when it is due; the others wait for the next one", async () => {
    await world.degrade();
    world.now += 10 * second;
    const admissions = await Promise.all(Array.from({ length: 20 }, () => admit(world.deps)));
    const probes = admissions.filter(({ kind }) => kind === "go");
    expect(probes).toEqual([expect.objectContaining({ isProbe: true, writes: "allowed" })]);
    for (const admission of admissions.filter(({ kind }) => kind === "wait")) {
      expect(admission).toEqual({ kind: "wait", waitMs: 12.5 * second, reason: "provider-faults" });
    }
  });

  it("lets the loser of a probe through where the outage is over meanwhile", async () => {
    await world.degrade();
    world.now += 10 * second;
    world.beforeWrite = async () => {
      world.health = resumedByOperator(world.health, world.now);
    };
    expect(await admit(world.deps)).toMatchObject({
      kind: "go",
      isProbe: false,
      health: { state: "active" },
    });
  });

  it("stays degraded when the probe fails, and is active again when one succeeds", async () => {
    await world.degrade();
    world.now += 10 * second;
    await reportFault(world.deps, await world.admitted(), "edit-1");
    expect(world.health).toMatchObject({ state: "degraded", probes: 1 });
    world.now += 12.5 * second;
    await reportSuccess(world.deps, await world.admitted(), "edit-1", read);
    expect(world.health).toMatchObject({ state: "active", failuresInRow: 0, unhealthyMs: 22.5 * second });
    expect(await admit(world.deps)).toMatchObject({ kind: "go" });
    expect(world.counted).toEqual(["ConnectionDegraded retell"]);
    expect(events()).toEqual([
      "connection-degraded",
      "connection-probed",
      "connection-probed",
      "connection-active",
    ]);
  });

  it("rings again when it fails again", async () => {
    await world.degrade();
    world.now += 10 * second;
    await reportSuccess(world.deps, await world.admitted(), "edit-1", wrote);
    await world.degrade();
    expect(world.counted).toEqual(["ConnectionDegraded retell", "ConnectionDegraded retell"]);
  });
});

describe("a report that meets another one", () => {
  it("is made on what is there then", async () => {
    const admission = await world.admitted();
    let others = 3;
    world.beforeWrite = async () => {
      if (others-- > 0) world.health = { ...world.health, revision: world.health.revision + 1 };
    };
    await reportFault(world.deps, admission, "edit-1");
    expect(world.health).toMatchObject({ revision: 4, failuresInRow: 1 });
  });

  it("gives up without an error when it is never fast enough", async () => {
    const admission = await world.admitted();
    world.beforeWrite = async () => {
      world.health = { ...world.health, revision: world.health.revision + 1 };
    };
    await reportFault(world.deps, admission, "edit-1");
    expect(world.health.failuresInRow).toBe(0);
    expect(events()).toEqual(["connection-health-contended"]);
  });

  it("neither ends nor changes the pause that an operator began meanwhile", async () => {
    await world.degrade();
    world.now += 10 * second;
    const probe = await world.admitted();
    const paused = pausedByOperator(world.health, world.now, "mine");
    world.health = paused;
    await reportSuccess(world.deps, probe, "edit-1", wrote);
    expect(world.health).toMatchObject({ state: "paused", reason: "mine", since: paused.since });
  });
});

describe("a connection that an operator paused", () => {
  beforeEach(() => {
    world.health = pausedByOperator(pristineHealth, world.now, "call Ana before you resume");
  });

  it("lets nobody through, makes no probe, and says so without the operator's words", async () => {
    for (const [minutes, waitMs] of [
      [0, 10 * second],
      [4, minute],
      [60, 15 * minute],
      [6_000, 15 * minute],
    ] as const) {
      world.now = (world.health.since ?? 0) + minutes * minute;
      expect(await admit(world.deps)).toEqual({ kind: "wait", waitMs, reason: "paused-by-operator" });
    }
    expect(world.spent()).toEqual({ reads: 4 });
    expect(JSON.stringify(world.logged)).not.toContain("Ana");
  });

  it("lets everybody through after the resume", async () => {
    world.health = resumedByOperator(world.health, world.now);
    expect(await admit(world.deps)).toMatchObject({ kind: "go", writes: "allowed" });
  });
});

describe("a connection whose key is refused", () => {
  beforeEach(() => {
    world.keys.set("v1", refused);
    world.health = keyRefused(pristineHealth, world.now, "v1");
  });

  it("lets nobody through before the probe is due, and looks only whether the secret was changed", async () => {
    expect(await admit(world.deps)).toEqual({ kind: "wait", waitMs: 10 * second, reason: "key-refused" });
    expect(world.spent()).toEqual({ reads: 1, refreshes: 1 });
    world.now += 55 * second;
    expect(await admit(world.deps)).toEqual({ kind: "wait", waitMs: 5 * second, reason: "key-refused" });
  });

  it("checks the key when the probe is due, and waits on where it is still refused", async () => {
    world.now += minute;
    expect(await admit(world.deps)).toMatchObject({ kind: "wait", reason: "key-refused" });
    expect(world.spent()).toMatchObject({ checks: 1 });
    expect(world.health).toMatchObject({ state: "paused", probes: 1, nextProbeAt: world.now + 2 * minute });
    world.now += minute;
    await admit(world.deps);
    expect(world.spent()).not.toHaveProperty("checks");
  });

  it("is active again when the check passes, and the delivery that probed goes on", async () => {
    world.now += minute;
    world.keys.delete("v1");
    expect(await admit(world.deps)).toMatchObject({
      kind: "go",
      writes: "allowed",
      isProbe: false,
      health: { state: "active", unhealthyMs: minute },
    });
    expect(world.health).toMatchObject({ state: "active" });
    expect(events()).toEqual(["connection-probed", "connection-active"]);
  });

  it("is tried at once with a changed secret", async () => {
    world.now += second;
    world.stored = "v2";
    expect(await admit(world.deps)).toMatchObject({
      kind: "go",
      keyVersion: "v2",
      health: { state: "active" },
    });
  });

  it("tries a changed secret once where that is refused too", async () => {
    world.stored = "v2";
    world.keys.set("v2", refused);
    world.now += second;
    expect(await admit(world.deps)).toMatchObject({ kind: "wait", reason: "key-refused" });
    expect(await admit(world.deps)).toMatchObject({ kind: "wait", reason: "key-refused" });
    expect(world.spent()).toMatchObject({ checks: 1 });
    expect(world.health).toMatchObject({ state: "paused", keyVersion: "v2" });
    expect(world.counted).toEqual([]);
  });

  it("waits on where the check cannot be made", async () => {
    world.keys.set("v1", { code: "timeout" });
    world.now += minute;
    expect(await admit(world.deps)).toMatchObject({ kind: "wait" });
    expect(world.health).toMatchObject({ state: "paused", probes: 1, failuresInRow: 0 });
  });

  it("hands an error on that is not the provider's", async () => {
    world.keys.set("v1", new TypeError("a bug"));
    world.now += minute;
    await expect(admit(world.deps)).rejects.toThrow("a bug");
  });

  it("is checked by one of many", async () => {
    world.now += minute;
    world.keys.delete("v1");
    const admissions = await Promise.all(Array.from({ length: 20 }, () => admit(world.deps)));
    expect(world.used.checks).toBe(1);
    expect(admissions.filter(({ kind }) => kind === "go").length).toBeGreaterThanOrEqual(1);
    expect(await admit(world.deps)).toMatchObject({ kind: "go" });
  });

  it("stays paused if an operator pauses while the key is checked", async () => {
    world.now += minute;
    world.keys.delete("v1");
    world.duringCheck = async () => {
      world.health = pausedByOperator(world.health, world.now, "mine");
    };
    expect(await admit(world.deps)).toMatchObject({ kind: "wait", reason: "paused-by-operator" });
    expect(world.health).toMatchObject({ state: "paused", pausedBy: "operator" });
  });
});

describe("a connection whose writes are refused", () => {
  let paused: ConnectionHealth;
  beforeEach(() => {
    paused = writesRefused(pristineHealth, world.now, "v1");
    world.health = paused;
  });

  it("lets reads through, and tells how long writes wait", async () => {
    expect(await admit(world.deps)).toMatchObject({
      kind: "go",
      isProbe: false,
      writes: { waitMs: 10 * second, reason: "writes-refused" },
    });
    expect(world.spent()).toEqual({ reads: 1 });
  });

  it("lets no write through before the probe is due", async () => {
    world.now += 20 * second;
    expect(await admitWrite(world.deps, await world.admitted())).toEqual({
      waitMs: 10 * second,
      reason: "writes-refused",
    });
    expect(world.health).toBe(paused);
  });

  it("spends no probe on deliveries that do not come to a write", async () => {
    world.now += minute;
    await reportSuccess(world.deps, await world.admitted(), "edit-1", read);
    expect(world.health).toBe(paused);
    expect(await admitWrite(world.deps, await world.admitted())).toBe(true);
    expect(world.health).toMatchObject({ probes: 1, nextProbeAt: world.now + 2 * minute });
  });

  it("lets one of many try a write, and its success ends the pause", async () => {
    world.now += minute;
    const admissions = await Promise.all(Array.from({ length: 20 }, () => world.admitted()));
    const answers = await Promise.all(admissions.map((admission) => admitWrite(world.deps, admission)));
    expect(answers.filter((answer) => answer === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer !== true)).toContainEqual({
      waitMs: 15 * second,
      reason: "writes-refused",
    });
    await reportSuccess(world.deps, admissions[0] ?? (await world.admitted()), "edit-1", wrote);
    expect(world.health).toMatchObject({ state: "active", lastWrite: { requestId: "edit-1" } });
    expect(await admit(world.deps)).toMatchObject({ writes: "allowed" });
  });

  it("lets a write through that lost the probe to somebody whose write has passed", async () => {
    world.now += minute;
    const admission = await world.admitted();
    world.health = resumedByOperator(world.health, world.now);
    expect(await admitWrite(world.deps, admission)).toBe(true);
  });

  it("lets a write wait that lost the probe to a pause of all", async () => {
    world.now += minute;
    const admission = await world.admitted();
    world.health = pausedByOperator(world.health, world.now, "mine");
    expect(await admitWrite(world.deps, admission)).toEqual({
      waitMs: 10 * second,
      reason: "paused-by-operator",
    });
  });

  it("lets one write try a changed secret at once", async () => {
    world.stored = "v2";
    const [first, other] = [await world.admitted(), await world.admitted()];
    expect(await admitWrite(world.deps, first)).toBe(true);
    expect(world.cached).toBe("v2");
    expect(await admitWrite(world.deps, other)).toMatchObject({ reason: "writes-refused" });
    expect(await admitWrite(world.deps, await world.admitted())).toMatchObject({ reason: "writes-refused" });
  });

  it("stays so through a fault, and is not degraded", async () => {
    world.now += minute;
    const admission = await world.admitted();
    await admitWrite(world.deps, admission);
    for (let fault = 0; fault < 4; fault += 1) await reportFault(world.deps, admission, "edit-1");
    expect(world.health).toMatchObject({ state: "writes-paused", failuresInRow: 0 });
    expect(world.counted).toEqual([]);
  });

  it("is as good as new after a pause of all on top has ended", async () => {
    world.health = keyAccepted(keyRefused(paused, world.now, "v1"), world.now + minute);
    expect(await admit(world.deps)).toMatchObject({ kind: "go", writes: "allowed" });
  });
});
