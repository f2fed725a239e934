/**
 * What becomes of a connection's health: pure functions from the health and what happened to the next health, with the
 * next revision. Where nothing changes they answer the very same object, and nothing has to be written.
 *
 * Paused outranks writes-paused outranks degraded, and an operator's pause outranks whatever the system finds: only an
 * operator's resume ends it.
 */
import { type ConnectionHealth, type ConnectionState, isPristine, unhealthyMs } from "./connection-health.ts";
import { probeIntervalMs } from "./probe-schedule.ts";

/** Deliveries in a row that ended in a fault of the provider. */
const FAILURES_BEFORE_DEGRADED = 3;

const rank: Readonly<Record<ConnectionState, number>> = {
  active: 0,
  degraded: 1,
  "writes-paused": 2,
  paused: 3,
};

/** A delivery ended in a fault of the provider. What is not active any more cannot become worse by it. */
export function afterFault(health: ConnectionHealth, now: number): ConnectionHealth {
  const faultAt = health.faultAt ?? now;
  if (health.state !== "active") return health.faultAt === undefined ? next({ ...health, faultAt }) : health;
  const failuresInRow = health.failuresInRow + 1;
  const failed = { ...health, failuresInRow, faultAt };
  return failuresInRow < FAILURES_BEFORE_DEGRADED
    ? next(failed)
    : entered(failed, now, { state: "degraded", reason: "provider-faults" });
}

/**
 * A delivery ended without a fault of the provider; `wrote`: with a write of this request that the provider confirmed.
 * Any success ends degraded mode, only a write ends the pause of writes, and nothing here ends a pause of all.
 */
export function afterSuccess(
  health: ConnectionHealth,
  now: number,
  wrote?: { readonly requestId: string },
): ConnectionHealth {
  const isOver = health.state === "degraded" || (health.state === "writes-paused" && wrote !== undefined);
  const noted = wrote === undefined || isPristine(health) ? health : withWrite(health, wrote.requestId, now);
  if (isOver) return activated(noted, now);
  if (health.failuresInRow > 0) return next({ ...noted, failuresInRow: 0 });
  return noted === health ? health : next(noted);
}

/** The provider takes the key for nothing at all. `keyVersion`: the version of the secret that it refuses. */
export function keyRefused(health: ConnectionHealth, now: number, keyVersion: string): ConnectionHealth {
  if (isOperatorsPause(health)) return health;
  if (health.state === "paused") {
    return health.keyVersion === keyVersion ? health : next({ ...health, keyVersion });
  }
  return entered(health, now, { state: "paused", reason: "key-refused", pausedBy: "system", keyVersion });
}

/** The key works, but not for writes. `keyVersion`: the version of the secret with which that was found. */
export function writesRefused(health: ConnectionHealth, now: number, keyVersion: string): ConnectionHealth {
  if (rank[health.state] >= rank["writes-paused"]) return health;
  return entered(health, now, {
    state: "writes-paused",
    reason: "writes-refused",
    pausedBy: "system",
    keyVersion,
  });
}

/** The provider takes the key again: ends the pause that its refusal began. */
export function keyAccepted(health: ConnectionHealth, now: number): ConnectionHealth {
  return health.state === "paused" && !isOperatorsPause(health) ? activated(health, now) : health;
}

/** Somebody probes now; the next probe is due an interval later. `keyVersion`: the secret that is probed with. */
export function probeTaken(health: ConnectionHealth, now: number, keyVersion?: string): ConnectionHealth {
  if (health.state === "active" || isOperatorsPause(health)) return health;
  const probes = (health.probes ?? 0) + 1;
  const nextProbeAt = now + probeIntervalMs(health.state, probes);
  return next({ ...health, probes, nextProbeAt, ...(keyVersion !== undefined && { keyVersion }) });
}

/** Over any other state. A pause by an operator stays the same pause, also with other words as its reason. */
export function pausedByOperator(health: ConnectionHealth, now: number, reason: string): ConnectionHealth {
  if (!isOperatorsPause(health)) {
    return entered(health, now, { state: "paused", reason, pausedBy: "operator" });
  }
  return health.reason === reason ? health : next({ ...health, reason });
}

/**
 * Ends whatever there is; what is still wrong will be found out again. The workspace and its key are forgotten: an
 * operator who resumes stands for the key that there is now.
 */
export function resumedByOperator(health: ConnectionHealth, now: number): ConnectionHealth {
  const { workspace, accountKeyVersion, otherKeySince, ...kept } = health;
  if (health.state !== "active") return activated(kept, now);
  return workspace === undefined && accountKeyVersion === undefined ? health : next(kept);
}

export function isOperatorsPause({ state, pausedBy }: ConnectionHealth): boolean {
  return state === "paused" && pausedBy === "operator";
}

function withWrite(
  { faultAt, ...health }: ConnectionHealth,
  requestId: string,
  now: number,
): ConnectionHealth {
  return { ...health, lastWrite: { requestId, at: now } };
}

type Entry = Required<Pick<ConnectionHealth, "reason">> &
  Pick<ConnectionHealth, "pausedBy" | "keyVersion"> & { readonly state: Exclude<ConnectionState, "active"> };

function entered(health: ConnectionHealth, now: number, entry: Entry): ConnectionHealth {
  const isProbed = entry.pausedBy !== "operator";
  return next({
    ...left(health, now),
    ...entry,
    since: now,
    ...(isProbed && { probes: 0, nextProbeAt: now + probeIntervalMs(entry.state, 0) }),
  });
}

function activated(health: ConnectionHealth, now: number): ConnectionHealth {
  return next({ ...left(health, now), state: "active", failuresInRow: 0 });
}

/** What goes on from one state to the next one. */
function left(health: ConnectionHealth, now: number): ConnectionHealth {
  const { reason, since, pausedBy, nextProbeAt, probes, keyVersion, ...kept } = health;
  return { ...kept, unhealthyMs: unhealthyMs(health, now) };
}

function next(health: ConnectionHealth): ConnectionHealth {
  return { ...health, revision: health.revision + 1 };
}
