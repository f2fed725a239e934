/** Everything that takes part in a run, put together. */
import type { ConnectionQueue } from "../../../functions/apply-change/handler.ts";
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import { type Log, type LogFields, silentLog } from "../../../shared/platform/log.ts";
import type { ProviderTransport } from "../../../shared/providers/provider-call.ts";
import { createMemoryLimiterStore } from "../stores/limiter-store.memory.ts";
import { createMemoryStores } from "../stores/memory-stores.ts";
import { createMemoryTables, requestId as requestText } from "../stores/memory-tables.ts";
import { Chance } from "./chance.ts";
import { handlerFor, type SharedParts } from "./composition.ts";
import { countedIn } from "./counted-metrics.ts";
import { noFacts } from "./facts.ts";
import { FifoQueue } from "./fifo-queue.ts";
import { Load } from "./load.ts";
import { observedStores } from "./observed-stores.ts";
import { Observer } from "./observer.ts";
import { OutsideEditor } from "./outside-editor.ts";
import { ProviderFaults } from "./provider-faults.ts";
import { Reconciliation } from "./reconciliation.ts";
import { RequestMaker } from "./request-maker.ts";
import type { Sabotage, Stores } from "./sabotage.ts";
import { LEASE_MS, type Scenario, START, VISIBILITY_MS } from "./scenario.ts";
import { SimulatedAccount } from "./simulated-account.ts";
import { messageOf, SimulatedApi } from "./simulated-api.ts";
import { CONNECTION, connectionOf, requestIdIn } from "./simulated-connection.ts";
import { simulatedTransport, type TransportWorld } from "./simulated-transport.ts";
import { StepFaults } from "./step-faults.ts";
import { VirtualTime } from "./virtual-time.ts";
import { WorkerPool } from "./worker-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

export type WorldOptions = {
  readonly sabotage?: Sabotage;
  /** Called with each line of the run's story. */
  readonly trace?: (line: string) => void;
};

export class World {
  readonly scenario: Scenario;
  readonly #options: WorldOptions;
  readonly trace: (line: () => string) => void;
  readonly time = new VirtualTime(START);
  readonly facts = noFacts();
  readonly metrics = new Map<string, number>();
  readonly tables = createMemoryTables();
  readonly stores: Stores;
  readonly stepFaults: StepFaults;
  readonly #providerFaults: ProviderFaults;
  readonly account: SimulatedAccount;
  readonly queue: FifoQueue;
  readonly #pool: WorkerPool;
  readonly editor: OutsideEditor;
  readonly observer: Observer;
  readonly api: SimulatedApi;
  readonly load: Load;
  /** Absent where the scenario has none. */
  readonly reconciliation: Reconciliation | undefined;
  readonly #transportWorld: TransportWorld;
  readonly #rateLimits = createMemoryLimiterStore(() => this.time.now());

  constructor(scenario: Scenario, options: WorldOptions) {
    this.scenario = scenario;
    this.#options = options;
    const { trace } = options;
    const time = this.time;
    this.trace =
      trace === undefined
        ? () => undefined
        : (line) => trace(`${new Date(time.now()).toISOString()} ${line()}`);
    this.stepFaults = new StepFaults(this.chance("steps"), scenario.steps, scenario.plannedCrash);
    this.#providerFaults = new ProviderFaults(this.chance("provider faults"), scenario.provider);
    const stores = createMemoryStores(this.tables, { now: () => time.now() });
    this.stores = observedStores(options.sabotage?.stores?.(stores, this.tables) ?? stores, {
      tables: this.tables,
      facts: this.facts,
      time,
      trace: this.trace,
      onFailed: (requestId) => this.load.onFailed(requestId),
    });
    this.account = new SimulatedAccount(time, this.facts, scenario.switches, {
      onEffect: (effect) => this.#onEffect(effect),
      onCall: (call, body) => this.editor.onCall(call, body),
    });
    this.#transportWorld = {
      time,
      chance: this.chance("transport"),
      stepFaults: this.stepFaults,
      providerFaults: this.#providerFaults,
      trace: this.trace,
      arrive: this.account.arrive.bind(this.account),
      unanswered: ({ requestId }) => void this.facts.unanswered.add(requestId),
    };
    this.queue = new FifoQueue(time, this.chance("queue"), VISIBILITY_MS, () => this.#pool.poll());
    this.#pool = this.#createPool();
    this.editor = new OutsideEditor(
      { time, chance: this.chance("editor"), account: this.account, trace: this.trace },
      scenario.editor,
    );
    this.observer = new Observer(
      { time, chance: this.chance("observer"), faults: this.stepFaults, trace: this.trace },
      this.stores,
      this.tables,
      (process) => this.#observersTransport(process),
      scenario.observerEveryMs,
    );
    this.api = new SimulatedApi(
      { time, chance: this.chance("api"), faults: this.stepFaults, trace: this.trace },
      {
        requests: this.stores.requests,
        metrics: countedIn(this.metrics),
        log: silentLog,
        send: (message) => this.load.enqueue(requestIdIn(message.body), message),
      },
    );
    this.load = this.#createLoad();
    this.reconciliation = this.#createReconciliation();
  }

  /** Nothing more is on its way. */
  get isDone(): boolean {
    const isReconciled = this.reconciliation?.actor.isIdle ?? true;
    return this.load.isOver && this.queue.isEmpty && this.#pool.isIdle && isReconciled;
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.trace(() => "nothing goes wrong any more");
    this.stepFaults.stop();
    this.#providerFaults.stop();
    this.editor.stop();
    this.observer.stop();
    this.reconciliation?.stop();
  }

  /** A stream of its own for each use, so that one more question here changes no answer there. */
  chance(label: string): Chance {
    return new Chance(this.scenario.seed, label);
  }

  #onEffect(effect: Effect): void {
    this.trace(
      () =>
        `provider: ${effect.kind} ${effect.definitionId} by ${JSON.stringify(effect.cause)} ${effect.after ?? ""}`,
    );
    this.editor.onEffect(effect);
    this.load.onEffect(effect);
  }

  #createPool(): WorkerPool {
    const { workers, clocksOffMs, redeliveries, faultsUntil } = this.scenario;
    const chance = this.chance("pool");
    const parts = this.#sharedParts();
    return new WorkerPool(
      {
        time: this.time,
        chance,
        facts: this.facts,
        faults: this.stepFaults,
        queue: this.queue,
        trace: this.trace,
        handlerFor: (process) => handlerFor(process, parts),
        requestIdOf: requestIdIn,
      },
      {
        name: "w",
        workers,
        leaseMs: LEASE_MS,
        clocksOffMs,
        redelivers: () => this.time.now() < faultsUntil && chance.happens(redeliveries),
      },
    );
  }

  #sharedParts(): SharedParts {
    const chance = this.chance("use case");
    const { sabotage } = this.#options;
    return {
      ...this.stores,
      connection: connectionOf(this.scenario),
      rateLimits: this.#rateLimits,
      time: this.time,
      random: chance,
      metrics: countedIn(this.metrics),
      log: this.#log,
      messages: {
        hide: async (receiptHandle, seconds) => this.queue.hide(receiptHandle, seconds),
        deadLetter: async ({ messageId, requestId, reason }) => {
          this.facts.deadLetters.push({ messageId, requestId, reason, at: this.time.now() });
        },
      },
      secret: async () => this.account.secret,
      transport: (process, apiKey) => this.#transport(process, apiKey),
      ...(sabotage?.ports && {
        sabotage: (queue: ConnectionQueue) => sabotage.ports?.(queue, this.tables) ?? queue,
      }),
    };
  }

  #transport(process: WorkerProcess, apiKey: () => Promise<string>): ProviderTransport {
    return simulatedTransport(
      this.#transportWorld,
      () => {
        const { requestId, number, startedAt } = this.#pool.invocationOf(process);
        const key = requestText({ connection: CONNECTION.id, requestId });
        const epoch = this.tables.requests.get(key)?.epoch ?? 0;
        return { process, requestId, epoch, invocation: number, leaseUntil: startedAt + LEASE_MS };
      },
      apiKey,
    );
  }

  #observersTransport(process: WorkerProcess): ProviderTransport {
    const world = { ...this.#transportWorld, stepFaults: new StepFaults(this.chance("no faults"), {}) };
    const sender = { process, requestId: "", epoch: 0, invocation: 0, leaseUntil: Number.POSITIVE_INFINITY };
    return simulatedTransport(
      world,
      () => sender,
      async () => this.account.secret.text,
    );
  }

  get #log(): Log {
    const log = (event: string, fields?: LogFields) =>
      this.trace(() => `log: ${event} ${JSON.stringify(fields ?? {})}`);
    return { info: log, warn: log, error: log };
  }

  #createReconciliation(): Reconciliation | undefined {
    const { scans } = this.scenario;
    if (scans === undefined) return undefined;
    const { time, facts, tables, stores, account, metrics, trace } = this;
    return new Reconciliation(this.scenario, scans, {
      time,
      facts,
      tables,
      stores,
      account,
      metrics,
      trace,
      rateLimits: this.#rateLimits,
      log: this.#log,
      sabotage: this.#options.sabotage,
      chance: (label) => this.chance(label),
      sendHeal: (message) => this.load.heal(message),
    });
  }

  #createLoad(): Load {
    const { load } = this.scenario;
    const time = this.time;
    const chance = this.chance("load");
    return new Load(
      {
        time,
        chance,
        facts: this.facts,
        queue: this.queue,
        account: this.account,
        maker: new RequestMaker(this.chance("requests"), this.account, time, load),
        messageOf,
        api: this.api,
        trace: this.trace,
      },
      load,
    );
  }
}
