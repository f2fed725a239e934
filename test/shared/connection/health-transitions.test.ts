import { describe, expect, it } from "vitest";
import {
  type ConnectionHealth,
  pristineHealth,
  unhealthyMs,
} from "../../../shared/connection/connection-health.ts";
import {
  afterFault,
  afterSuccess,
  keyAccepted,
  keyRefused,
  pausedByOperator,
  probeTaken,
  resumedByOperator,
  writesRefused,
} from "../../../shared/connection/health-transitions.ts";

const second = 1_000;
const minute = 60 * second;
const now = 1_000 * minute;
/** All began ten minutes ago, after half an hour of earlier trouble. */
const before = { ...pristineHealth, revision: 7, unhealthyMs: 30 * minute };
const began = { since: now - 10 * minute, probes: 3, nextProbeAt: now - second };

const active: ConnectionHealth = before;
const faulty: ConnectionHealth = { ...before, failuresInRow: 2, faultAt: now - second };
const degraded: ConnectionHealth = {
  ...before,
  ...began,
  state: "degraded",
  reason: "provider-faults",
  failuresInRow: 3,
  faultAt: now - 10 * minute,
};
const writesPaused: ConnectionHealth = {
  ...before,
  ...began,
  state: "writes-paused",
  reason: "writes-refused",
  pausedBy: "system",
  keyVersion: "v1",
};
const paused: ConnectionHealth = {
  ...before,
  ...began,
  state: "paused",
  reason: "key-refused",
  pausedBy: "system",
  keyVersion: "v1",
};
const operators: ConnectionHealth = {
  ...before,
  since: now - 10 * minute,
  state: "paused",
  reason: "maintenance",
  pausedBy: "operator",
};

const write = { requestId: "edit-1" };
const happenings = {
  fault: (health: ConnectionHealth) => afterFault(health, now),
  "read success": (health: ConnectionHealth) => afterSuccess(health, now),
  "write success": (health: ConnectionHealth) => afterSuccess(health, now, write),
  "key refused": (health: ConnectionHealth) => keyRefused(health, now, "v1"),
  "writes refused": (health: ConnectionHealth) => writesRefused(health, now, "v1"),
  "key accepted": (health: ConnectionHealth) => keyAccepted(health, now),
  "probe taken": (health: ConnectionHealth) => probeTaken(health, now),
  "operator pauses": (health: ConnectionHealth) => pausedByOperator(health, now, "deployment"),
  "operator resumes": (health: ConnectionHealth) => resumedByOperator(health, now),
};

const table: readonly [
  keyof typeof happenings,
  ...states: [string, string, string, string, string, string],
][] = [
  //                   active             third fault        degraded    writes-paused    paused      by the operator
  ["fault", "active", "degraded", "degraded", "writes-paused", "paused", "operator"],
  ["read success", "active", "active", "active", "writes-paused", "paused", "operator"],
  ["write success", "active", "active", "active", "active", "paused", "operator"],
  ["key refused", "paused", "paused", "paused", "paused", "paused", "operator"],
  [
    "writes refused",
    "writes-paused",
    "writes-paused",
    "writes-paused",
    "writes-paused",
    "paused",
    "operator",
  ],
  ["key accepted", "active", "active", "degraded", "writes-paused", "active", "operator"],
  ["probe taken", "active", "active", "degraded", "writes-paused", "paused", "operator"],
  ["operator pauses", "operator", "operator", "operator", "operator", "operator", "operator"],
  ["operator resumes", "active", "active", "active", "active", "active", "active"],
];
const from = {
  active,
  "active after two faults": faulty,
  degraded,
  "writes-paused": writesPaused,
  paused,
  operator: operators,
};

const rows = table.flatMap(([happening, ...ends]) =>
  Object.entries(from).map(([name, health], index) => [name, happening, ends[index] ?? "", health] as const),
);

describe("what becomes of a connection", () => {
  it.each(rows)("%s, %s → %s", (_name, happening, end, health) => {
    const next = happenings[happening](health);
    expect(next.state).toBe(end === "operator" ? "paused" : end);
    expect(next.pausedBy).toBe(
      { operator: "operator", paused: "system", "writes-paused": "system" }[end] ?? undefined,
    );
  });

  it.each(rows)("%s, %s: the same object, or the next revision", (_name, happening, _end, health) => {
    const next = happenings[happening](health);
    expect(next === health || next.revision === health.revision + 1).toBe(true);
  });

  it.each(rows)(
    "%s, %s: no millisecond of trouble is lost or counted twice",
    (_name, happening, _end, health) => {
      const next = happenings[happening](health);
      expect(unhealthyMs(next, now)).toBe(unhealthyMs(health, now));
      expect(unhealthyMs(next, now + minute)).toBe(
        unhealthyMs(next, now) + (next.state === "active" ? 0 : minute),
      );
    },
  );
});

describe("three faults in a row", () => {
  it("degrade a connection, and the first probe is due 10 s later", () => {
    const one = afterFault(pristineHealth, now);
    const two = afterFault(one, now + 1);
    expect(one).toEqual({ ...pristineHealth, revision: 1, failuresInRow: 1, faultAt: now });
    expect(two).toMatchObject({ state: "active", failuresInRow: 2, faultAt: now });
    expect(afterFault(two, now + 2)).toEqual({
      state: "degraded",
      reason: "provider-faults",
      since: now + 2,
      revision: 3,
      failuresInRow: 3,
      faultAt: now,
      unhealthyMs: 0,
      probes: 0,
      nextProbeAt: now + 2 + 10 * second,
    });
  });

  it("are not in a row with a success between them", () => {
    let health = afterFault(afterFault(pristineHealth, now), now);
    health = afterSuccess(health, now);
    expect(afterFault(afterFault(health, now), now).state).toBe("active");
  });

  it("change nothing where somebody paused already", () => {
    for (const health of [writesPaused, paused, operators]) {
      const faults = afterFault(afterFault(afterFault(health, now), now), now);
      expect({ ...faults, faultAt: undefined, revision: 0 }).toEqual({
        ...health,
        faultAt: undefined,
        revision: 0,
      });
    }
  });
});

describe("a probe of a degraded connection", () => {
  it("makes the next interval a quarter longer, up to 5 minutes", () => {
    let health: ConnectionHealth = { ...degraded, probes: 0 };
    const intervals = Array.from({ length: 25 }, () => {
      health = probeTaken(health, now);
      return (health.nextProbeAt ?? 0) - now;
    });
    expect(intervals.slice(0, 4)).toEqual([12_500, 15_625, 19_531, 24_414]);
    expect(intervals.slice(-3)).toEqual([5 * minute, 5 * minute, 5 * minute]);
    expect(health.probes).toBe(25);
  });

  it("comes at most a quarter of the outage's length, and the first 10 s, after the outage's end", () => {
    let health = afterFault(faulty, now);
    const beganAt = now;
    for (let probe = 0; probe < 30; probe += 1) {
      const at = health.nextProbeAt ?? 0;
      health = probeTaken(health, at);
      const gap = (health.nextProbeAt ?? 0) - at;
      // Intervals are whole milliseconds.
      expect(gap).toBeLessThanOrEqual((at - beganAt) / 4 + 10 * second + 10);
    }
  });
});

describe("a probe of a pause", () => {
  it.each([
    ["paused", keyRefused(active, now, "v1")],
    ["writes-paused", writesRefused(active, now, "v1")],
  ])("of the kind %s is due after a minute, then after twice the time, up to 15 minutes", (_, begun) => {
    expect(begun).toMatchObject({ probes: 0, nextProbeAt: now + minute });
    let health = begun;
    const minutes = Array.from({ length: 5 }, () => {
      health = probeTaken(health, now);
      return ((health.nextProbeAt ?? 0) - now) / minute;
    });
    expect(minutes).toEqual([2, 4, 8, 15, 15]);
  });

  it("notes the secret that it tries, so that a changed one is tried once", () => {
    expect(probeTaken(paused, now, "v2")).toMatchObject({ keyVersion: "v2", probes: 4 });
    expect(probeTaken(degraded, now)).not.toHaveProperty("keyVersion");
  });

  it("does not exist for an operator's pause", () => {
    expect(operators).not.toHaveProperty("nextProbeAt");
    expect(probeTaken(operators, now)).toBe(operators);
    expect(pausedByOperator(paused, now, "x")).not.toHaveProperty("nextProbeAt");
  });
});

describe("a confirmed write", () => {
  it("is noted while there is a failure to compare it with, and not in healthy times", () => {
    expect(afterSuccess(active, now, write)).toBe(active);
    for (const health of [faulty, degraded, writesPaused]) {
      const next = afterSuccess(health, now, write);
      expect(next).toMatchObject({
        state: "active",
        failuresInRow: 0,
        lastWrite: { requestId: "edit-1", at: now },
      });
      expect(next).not.toHaveProperty("faultAt");
    }
  });

  it("is noted too if only reads succeeded since the failure", () => {
    const read = afterSuccess(faulty, now);
    expect(read).toMatchObject({ failuresInRow: 0, faultAt: now - second });
    expect(afterSuccess(read, now + 1)).toBe(read);
    expect(afterSuccess(read, now + 1, write)).toMatchObject({
      lastWrite: { requestId: "edit-1", at: now + 1 },
    });
  });

  it("stays noted through what comes after it", () => {
    let health = afterSuccess(faulty, now, write);
    health = keyAccepted(keyRefused(afterFault(health, now), now, "v1"), now);
    expect(health).toMatchObject({ state: "active", lastWrite: { requestId: "edit-1", at: now } });
  });
});

describe("the key", () => {
  it("that is refused again, being another one, is noted without a new pause", () => {
    const next = keyRefused(paused, now, "v2");
    expect(next).toEqual({ ...paused, revision: 8, keyVersion: "v2" });
    expect(keyRefused(next, now, "v2")).toBe(next);
  });

  it("that works leaves nothing of the pause behind", () => {
    expect(keyAccepted(paused, now)).toEqual({ ...active, revision: 8, unhealthyMs: 40 * minute });
  });
});

describe("an operator", () => {
  it("who pauses again keeps the pause, with the newer reason", () => {
    expect(pausedByOperator(operators, now, "maintenance")).toBe(operators);
    expect(pausedByOperator(operators, now, "longer")).toEqual({
      ...operators,
      revision: 8,
      reason: "longer",
    });
  });

  it("who pauses over a pause of the system begins another one", () => {
    expect(pausedByOperator(paused, now, "mine")).toEqual({
      ...before,
      revision: 8,
      state: "paused",
      reason: "mine",
      pausedBy: "operator",
      since: now,
      unhealthyMs: 40 * minute,
    });
  });

  it("who resumes what is active changes nothing", () => {
    expect(resumedByOperator(faulty, now)).toBe(faulty);
  });

  it("who resumes, whatever the state, has the workspace learned anew", () => {
    for (const health of [faulty, paused]) {
      const { workspace, ...resumed } = resumedByOperator({ ...health, workspace: "Acme" }, now);
      expect(workspace).toBeUndefined();
      expect(resumed).toMatchObject({ state: "active", revision: health.revision + 1 });
    }
  });
});
