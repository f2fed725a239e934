/**
 * The gate of a connection: may this delivery use it, may it write, and what does its end say about the connection?
 * In healthy times it costs one read of the health per delivery and no write.
 */
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Dialect, Provider } from "../providers/provider.ts";
import { changeHealth } from "./change-health.ts";
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";
import type { ConnectionKey } from "./connection-key.ts";
import {
  afterFault,
  afterSuccess,
  isOperatorsPause,
  keyAccepted,
  keyRefused,
  probeTaken,
  writesRefused,
} from "./health-transitions.ts";
import { checkKey } from "./key-check.ts";
import { lookAgainMs } from "./probe-schedule.ts";

export type GateDependencies = {
  readonly connection: Pick<Connection, "id" | "callTimeoutSeconds">;
  readonly health: ConnectionHealthStore;
  readonly provider: Pick<Provider, "checkKey"> & {
    readonly dialect: Pick<Dialect, "refusalWithWorkingKey">;
  };
  readonly key: ConnectionKey;
  readonly metrics: Metrics;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
};

/** How long to stay away (at least, milliseconds), and why: a code, never an operator's words. */
export type GateWait = { readonly waitMs: number; readonly reason: string };

export type Admission =
  | {
      readonly kind: "go";
      /** As it was found, or as this delivery's own probe left it. */
      readonly health: ConnectionHealth;
      /** The version of the secret that the delivery's calls are expected to use. */
      readonly keyVersion: string;
      /** Where it is not `allowed`, {@link admitWrite} may still let this delivery probe. */
      readonly writes: "allowed" | GateWait;
      /** Of a degraded connection: nobody else is let through until the next one is due. */
      readonly isProbe: boolean;
    }
  | ({ readonly kind: "wait" } & GateWait);

type Admitted = Extract<Admission, { kind: "go" }>;

/** A key that was replaced just now is tried at once. */
const KEY_REPLACED = { kind: "wait", waitMs: 1_000, reason: "key-replaced" } as const;

/** Asked once at the beginning of each delivery. */
export async function admit(deps: GateDependencies): Promise<Admission> {
  const health = await deps.health.read(deps.connection.id);
  if (health.state === "degraded") return await probeProvider(deps, health);
  if (health.state === "paused" && !isOperatorsPause(health)) return await probeKey(deps, health);
  return await admissionBy(deps, health);
}

/**
 * Asked right before an intent is written. While writes are paused, one delivery at a time may try one: when a probe
 * is due, or at once with another secret.
 */
export async function admitWrite(deps: GateDependencies, admission: Admitted): Promise<true | GateWait> {
  if (admission.writes === "allowed") return true;
  const { health } = admission;
  const keyVersion = await deps.key.refresh();
  const now = deps.clock.now();
  if (!isProbeDue(health, now) && keyVersion === health.keyVersion) return waitFor(health, now);
  if (await takeProbe(deps, probeTaken(health, now, keyVersion))) return true;
  const seen = await deps.health.read(deps.connection.id);
  return seen.state === "active" ? true : waitFor(seen, now);
}

/** The delivery ended in a fault of the provider: no answer, 5xx, nothing that it documents. */
export async function reportFault(
  deps: GateDependencies,
  admission: Admitted,
  requestId: string,
): Promise<void> {
  await change(deps, (health) => afterFault(health, deps.clock.now()), admission.health, requestId);
}

/** The delivery ended without a fault; `wrote`: the provider has confirmed a write. Costs nothing where all is well. */
export async function reportSuccess(
  deps: GateDependencies,
  admission: Admitted,
  requestId: string,
  { wrote }: { readonly wrote: boolean },
): Promise<void> {
  const write = wrote ? { requestId } : undefined;
  await change(deps, (health) => afterSuccess(health, deps.clock.now(), write), admission.health, requestId);
}

/**
 * A read or write was answered with 401, 402 or 403. `rejected`: the key works, and this provider means the request.
 * A fault during the check is counted here; it must not be reported again.
 */
export async function onKeyRefused(
  deps: GateDependencies,
  admission: Admitted,
): Promise<{ readonly kind: "rejected" } | ({ readonly kind: "wait" } & GateWait)> {
  const keyVersion = await deps.key.version();
  // The refused call may have used the old one: that says nothing about this one.
  if (keyVersion !== admission.keyVersion) return KEY_REPLACED;
  let verdict = await checkKey(deps);
  if (verdict.kind === "refused") {
    const freshVersion = await deps.key.refresh();
    if (freshVersion !== keyVersion) {
      verdict = await checkKey(deps);
      if (verdict.kind === "works") return KEY_REPLACED;
    }
    if (verdict.kind === "refused") {
      return await pauseBy(deps, (health, now) => keyRefused(health, now, freshVersion));
    }
  }
  if (verdict.kind === "undecided") {
    if (verdict.isFault) await change(deps, (health) => afterFault(health, deps.clock.now()));
    return { kind: "wait", waitMs: verdict.waitMs, reason: verdict.reason };
  }
  if (deps.provider.dialect.refusalWithWorkingKey === "rejected") return { kind: "rejected" };
  return await pauseBy(deps, (health, now) => writesRefused(health, now, keyVersion));
}

async function probeProvider(deps: GateDependencies, health: ConnectionHealth): Promise<Admission> {
  const now = deps.clock.now();
  if (!isProbeDue(health, now)) return { kind: "wait", ...waitFor(health, now) };
  const taken = probeTaken(health, now);
  if (!(await takeProbe(deps, taken))) return await admissionAfterLostProbe(deps);
  return { ...(await go(deps, taken)), isProbe: true };
}

/** The system's pause of all: the key check is the probe, and no delivery is let through before it has passed. */
async function probeKey(deps: GateDependencies, health: ConnectionHealth): Promise<Admission> {
  const keyVersion = await deps.key.refresh();
  const now = deps.clock.now();
  if (!isProbeDue(health, now) && keyVersion === health.keyVersion) {
    return { kind: "wait", ...waitFor(health, now) };
  }
  const taken = probeTaken(health, now, keyVersion);
  if (!(await takeProbe(deps, taken))) return await admissionAfterLostProbe(deps);
  const verdict = await checkKey(deps);
  if (verdict.kind === "works") {
    const accepted = await change(deps, (seen) => keyAccepted(seen, deps.clock.now()), taken);
    return await admissionBy(deps, accepted);
  }
  return { kind: "wait", ...waitFor(taken, deps.clock.now()) };
}

async function admissionAfterLostProbe(deps: GateDependencies): Promise<Admission> {
  return await admissionBy(deps, await deps.health.read(deps.connection.id));
}

/** What this health allows without a probe. */
async function admissionBy(deps: GateDependencies, health: ConnectionHealth): Promise<Admission> {
  if (health.state === "active") return await go(deps, health);
  const wait = waitFor(health, deps.clock.now());
  if (health.state === "writes-paused") return { ...(await go(deps, health)), writes: wait };
  return { kind: "wait", ...wait };
}

async function go({ key }: GateDependencies, health: ConnectionHealth): Promise<Admitted> {
  return { kind: "go", health, keyVersion: await key.version(), writes: "allowed", isProbe: false };
}

/** Of all that see the same health, only one succeeds. */
async function takeProbe(deps: GateDependencies, taken: ConnectionHealth): Promise<boolean> {
  const { connection, health, log } = deps;
  const isTaken = await health.write(connection.id, taken);
  if (isTaken)
    log.info("connection-probed", { ...facts(deps, taken), state: taken.state, probes: taken.probes });
  return isTaken;
}

async function pauseBy(
  deps: GateDependencies,
  transition: (health: ConnectionHealth, now: number) => ConnectionHealth,
): Promise<{ readonly kind: "wait" } & GateWait> {
  const health = await change(deps, (seen) => transition(seen, deps.clock.now()));
  return { kind: "wait", ...waitFor(health, deps.clock.now()) };
}

/** Writes a transition; whoever wrote one from state to state, and nobody else, counts and logs it. */
async function change(
  deps: GateDependencies,
  transition: (health: ConnectionHealth) => ConnectionHealth,
  seen?: ConnectionHealth,
  requestId?: string,
): Promise<ConnectionHealth> {
  const { connection, metrics, log } = deps;
  const changed = await changeHealth(deps.health, connection.id, transition, seen);
  const { health } = changed;
  if (changed.kind === "lost") log.warn("connection-health-contended", { connection: connection.id });
  if (changed.kind !== "written" || changed.before.state === health.state) return health;
  const fields = { ...facts(deps, health), stateBefore: changed.before.state, requestId };
  if (health.state === "active") log.info("connection-active", fields);
  else {
    metrics.count(health.state === "degraded" ? "ConnectionDegraded" : "ConnectionPaused", connection.id);
    log.warn(`connection-${health.state}`, fields);
  }
  return health;
}

function isProbeDue({ nextProbeAt = 0 }: ConnectionHealth, now: number): boolean {
  return now >= nextProbeAt;
}

function waitFor(health: ConnectionHealth, now: number): GateWait {
  return { waitMs: lookAgainMs(health, now), reason: reasonCode(health) ?? "connection-changed" };
}

/** Of what the system found the code; an operator's own words stay where they are. */
function reasonCode(health: ConnectionHealth): string | undefined {
  return isOperatorsPause(health) ? "paused-by-operator" : health.reason;
}

function facts({ connection }: GateDependencies, health: ConnectionHealth) {
  return { connection: connection.id, reason: reasonCode(health) };
}
