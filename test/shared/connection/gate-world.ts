/** A connection's gate over a health store in memory, a secret, and a provider whose key check is scripted. */
import type { GateDependencies } from "../../../shared/connection/connection-gate.ts";
import { admit, reportFault } from "../../../shared/connection/connection-gate.ts";
import { type ConnectionHealth, pristineHealth } from "../../../shared/connection/connection-health.ts";
import type { LogFields } from "../../../shared/platform/log.ts";
import type { Dialect } from "../../../shared/providers/provider.ts";
import { type CallFailure, ProviderCallError } from "../../../shared/providers/provider-call-error.ts";
import { createMemoryConnectionHealthStore } from "../../simulation/stores/connection-health.memory.ts";

export const second = 1_000;
export const minute = 60 * second;

export class GateWorld {
  now = 1_000 * minute;
  /** The version of the secret as it is stored, and as this process has it cached. */
  stored = "v1";
  cached = "v1";
  /** How the provider answers the check of a version of the key; those that are not here work. */
  readonly keys = new Map<string, CallFailure | Error>();
  /** Runs while the provider answers a key check. */
  duringCheck: () => Promise<unknown> = async () => undefined;
  /** Runs right before the store decides a write: somebody else may be faster. */
  beforeWrite: () => Promise<unknown> = async () => undefined;
  refusalWithWorkingKey: Dialect["refusalWithWorkingKey"] = "writes-paused";

  readonly used = { reads: 0, writes: 0, checks: 0, refreshes: 0 };
  readonly counted: string[] = [];
  readonly logged: { event: string; fields: LogFields }[] = [];
  readonly #health = new Map<string, ConnectionHealth>();

  readonly deps: GateDependencies = this.#dependencies();

  get health(): ConnectionHealth {
    return this.#health.get("retell") ?? pristineHealth;
  }

  set health(health: ConnectionHealth) {
    this.#health.set("retell", health);
  }

  /** What has been used since this was asked last. */
  spent(): Partial<GateWorld["used"]> {
    const spent = Object.fromEntries(Object.entries(this.used).filter(([, times]) => times > 0));
    Object.assign(this.used, { reads: 0, writes: 0, checks: 0, refreshes: 0 });
    return spent;
  }

  /** An admission that must be `go`. */
  async admitted(): Promise<Extract<Awaited<ReturnType<typeof admit>>, { kind: "go" }>> {
    const admission = await admit(this.deps);
    if (admission.kind !== "go") throw new Error(`waits: ${admission.reason}`);
    return admission;
  }

  /** Three deliveries that meet a provider that does not answer. */
  async degrade(): Promise<void> {
    for (const requestId of ["a", "b", "c"]) await reportFault(this.deps, await this.admitted(), requestId);
  }

  #dependencies(): GateDependencies {
    const world = this;
    const store = createMemoryConnectionHealthStore({ health: this.#health });
    const log = (event: string, fields: LogFields = {}) => world.logged.push({ event, fields });
    return {
      connection: { id: "retell", callTimeoutSeconds: 10 },
      health: {
        async read(connection) {
          world.used.reads += 1;
          return await store.read(connection);
        },
        async write(connection, health) {
          world.used.writes += 1;
          await world.beforeWrite();
          return await store.write(connection, health);
        },
      },
      provider: {
        dialect: {
          get refusalWithWorkingKey() {
            return world.refusalWithWorkingKey;
          },
        },
        async checkKey() {
          world.used.checks += 1;
          const answer = world.keys.get(world.cached);
          await world.duringCheck();
          if (answer instanceof Error) throw answer;
          if (answer !== undefined) throw new ProviderCallError(answer);
          return { body: { workspace: "Acme" }, receipt: { status: 200, durationMs: 1 } };
        },
      },
      key: {
        version: async () => world.cached,
        async refresh() {
          world.used.refreshes += 1;
          world.cached = world.stored;
          return world.cached;
        },
      },
      metrics: {
        count: (metric, connection) => world.counted.push(`${metric} ${connection}`),
        milliseconds: () => {
          throw new Error("the gate measures no duration");
        },
        perSecond: () => {
          throw new Error("the gate knows no rate");
        },
      },
      clock: { now: () => world.now },
      log: { info: log, warn: log, error: log },
    };
  }
}

export const refused: CallFailure = { code: "key-refused", status: 401 };
