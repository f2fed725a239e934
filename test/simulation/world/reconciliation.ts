/** Reconciliation, put together: the actor, what goes wrong with its steps and calls, and what it is told. */
import type { QueuedMessage } from "../../../shared/change-request/submission/change-queue.ts";
import type { Log } from "../../../shared/platform/log.ts";
import type { LimiterStore } from "../../../shared/rate-limit/limiter-store.ts";
import type { MemoryTables } from "../stores/memory-tables.ts";
import type { Chance } from "./chance.ts";
import { countedIn } from "./counted-metrics.ts";
import type { Facts } from "./facts.ts";
import { ProviderFaults } from "./provider-faults.ts";
import { Reconciler, SCAN_LEASE_MS } from "./reconciler.ts";
import type { Sabotage, Stores } from "./sabotage.ts";
import { ScanLies } from "./scan-lies.ts";
import type { ScanPlan } from "./scan-plan.ts";
import type { Scenario } from "./scenario.ts";
import type { SimulatedAccount } from "./simulated-account.ts";
import { connectionOf } from "./simulated-connection.ts";
import { simulatedTransport, type TransportWorld } from "./simulated-transport.ts";
import { StepFaults } from "./step-faults.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { WorkerProcess } from "./worker-process.ts";

export type ReconciliationParts = {
  readonly time: VirtualTime;
  readonly facts: Facts;
  readonly tables: MemoryTables;
  readonly stores: Stores;
  readonly account: SimulatedAccount;
  readonly rateLimits: LimiterStore;
  readonly metrics: Map<string, number>;
  readonly log: Log;
  readonly sabotage: Sabotage | undefined;
  chance(label: string): Chance;
  trace(line: () => string): void;
  /** A heal's request goes into the change queue. */
  sendHeal(message: QueuedMessage): void;
};

export class Reconciliation {
  readonly actor: Reconciler;
  readonly #parts: ReconciliationParts;
  readonly #stepFaults: StepFaults;
  readonly #providerFaults: ProviderFaults;
  readonly #lies: ScanLies;
  readonly #transportWorld: TransportWorld;

  constructor(scenario: Scenario, plan: ScanPlan, parts: ReconciliationParts) {
    const { time, facts, tables, trace } = parts;
    this.#parts = parts;
    this.#stepFaults = new StepFaults(parts.chance("scan steps"), scenario.steps);
    this.#providerFaults = new ProviderFaults(parts.chance("scan faults"), scenario.provider);
    const isFirstPass = (engine: string) =>
      [...tables.knownScopes.values()].every(
        ({ scope, firstCompletedAt }) => firstCompletedAt === undefined || !scope.endsWith(`:${engine}`),
      );
    this.#lies = new ScanLies({ time, chance: parts.chance("lies"), facts, isFirstPass, trace }, plan);
    this.#transportWorld = this.#createTransportWorld();
    const { clocksOffMs, redeliveries } = scenario;
    this.actor = new Reconciler(
      {
        time,
        facts,
        trace,
        chance: parts.chance("scan processes"),
        faults: this.#stepFaults,
        chanceFor: parts.chance,
        migrate: () => migrate(parts),
        clocksOffMs,
        redeliveries,
      },
      {
        stores: parts.stores,
        tables,
        connection: connectionOf(scenario),
        rateLimits: parts.rateLimits,
        changes: {
          async send(message) {
            parts.sendHeal(message);
            return { sent: true };
          },
        },
        time,
        random: parts.chance("scan use cases"),
        metrics: countedIn(parts.metrics),
        log: parts.log,
        ...(parts.sabotage?.scans && { sabotage: parts.sabotage.scans }),
        secret: async () => parts.account.secret,
        transport: (process, apiKey) =>
          simulatedTransport(this.#transportWorld, () => this.#senderOf(process), apiKey),
      },
      plan,
    );
  }

  /** From now on nothing goes wrong any more, and no run is started by itself. */
  stop(): void {
    this.#stepFaults.stop();
    this.#providerFaults.stop();
    this.#lies.stop();
    this.actor.stop();
  }

  #createTransportWorld(): TransportWorld {
    const { account, time, trace, chance } = this.#parts;
    return {
      time,
      chance: chance("scan transport"),
      stepFaults: this.#stepFaults,
      providerFaults: this.#providerFaults,
      trace,
      arrive: async (request, fault, sender) => {
        const delivery = await account.arrive(this.#lies.paged(request), fault, sender);
        return this.#lies.told(request, delivery);
      },
      unanswered: () => undefined,
    };
  }

  #senderOf(process: WorkerProcess) {
    const { number, startedAt } = this.actor.pool.invocationOf(process);
    return { process, requestId: "", epoch: 0, invocation: number, leaseUntil: startedAt + SCAN_LEASE_MS };
  }
}

function migrate({ account, trace }: ReconciliationParts): void {
  trace(() => "provider: migrates models");
  account.edit({
    action: "migrate-models",
    replacements: { "gpt-4.1-mini": "gpt-4.1" },
    bumpTimestamp: false,
  });
}
