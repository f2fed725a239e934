/**
 * Reconciliation in one process: the real use cases over stores in memory and a simulated Retell, on a clock that
 * passes by itself.
 */
import type { OutsideEditInput } from "../../../infra/local/simulators/retell/outside-edit.ts";
import type { RetellSimulator } from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import { createRetellSimulator } from "../../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { Switches } from "../../../infra/local/simulators/retell/switches.ts";
import { applyChangeRequest } from "../../../shared/change-request/apply-change-request.ts";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import type { Disposition } from "../../../shared/change-request/outcome/delivery.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import type { StoredVersion } from "../../../shared/definition/history/verify-history.ts";
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import { type Connection, parseConnections } from "../../../shared/platform/config.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { createRetellProvider } from "../../../shared/providers/retell/retell-provider.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import { createPacer } from "../../../shared/rate-limit/pacer.ts";
import { reconcileScope } from "../../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../../shared/reconciliation/run/discover-scopes.ts";
import type { ReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import type { Run, RunTrigger, ScopeRun } from "../../../shared/reconciliation/run/run.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import type {
  ReconcileDependencies,
  ScanDisposition,
} from "../../../shared/reconciliation/scan/scope-scan.ts";
import { createMemoryLimiterStore } from "../../simulation/stores/limiter-store.memory.ts";
import { createMemoryStores } from "../../simulation/stores/memory-stores.ts";
import { createMemoryTables, type MemoryTables } from "../../simulation/stores/memory-tables.ts";
import { storeTextsPlain } from "../../simulation/world/plain-storage.ts";
import { directTransport, type TransportHooks } from "./direct-transport.ts";
import { type PassingClock, passingClock } from "./passing-clock.ts";

storeTextsPlain();

export const ENGINES = ["llm_1", "llm_2"] as const;
export const scopeOf = (engine: string): string => `retell-llm:${engine}`;

export type WorldOptions = {
  /** Of the connection's configuration. */
  readonly reconcile?: Partial<Connection["reconcile"]>;
  readonly connection?: Readonly<Record<string, unknown>>;
  readonly switches?: Partial<Switches>;
  readonly engines?: readonly string[];
  readonly pageSize?: number;
  /** How long the platform lets an invocation run. */
  readonly invocationMs?: number;
};

type LogLine = { readonly level: string; readonly event: string } & Readonly<Record<string, unknown>>;

export type ReconciliationWorld = {
  readonly connection: Connection;
  readonly clock: PassingClock;
  readonly tables: MemoryTables;
  readonly workspace: RetellSimulator["workspace"];
  readonly hooks: TransportHooks;
  readonly dependencies: ReconcileDependencies;
  readonly applying: ApplyDependencies;
  /** Messages of runs that nobody has done with; `dueAt`: epoch ms. */
  readonly messages: { message: ReconciliationMessage; dueAt: number }[];
  /** Bodies in the change queue. */
  readonly changes: string[];
  readonly metrics: Map<string, number>;
  readonly log: LogLine[];
  /** The secret's version, and whether the queue takes messages. */
  readonly outside: { keyVersion: string; isQueueUp: boolean };
  /** Starts a run and works all of its messages off. */
  reconcile(options?: { trigger?: RunTrigger; scope?: string; everyMs?: number }): Promise<RunResult>;
  /** Delivers the message that is due next, when it is due. `undefined`: there is none. */
  deliverNext(): Promise<ScanDisposition | undefined>;
  resultOf(runId: string): Promise<RunResult>;
  /** Applies a change request as one delivery of its message. */
  apply(request: JsonObject | string): Promise<Disposition>;
  /** Applies what is in the change queue; waits are waited for. */
  applyQueued(): Promise<void>;
  edit(edit: OutsideEditInput): string;
  create(name: string, engine?: string, members?: JsonObject): string;
  mirror(definitionId: string): Promise<Mirror | undefined>;
  versions(definitionId: string): Promise<readonly StoredVersion[]>;
  /** The history as `<change type> <source>`. */
  history(definitionId: string): Promise<readonly string[]>;
};

export type RunResult = { readonly run: Run; readonly scopes: readonly ScopeRun[] };

/** Messages that go round in circles are an error. */
const MAX_DELIVERIES = 2_000;

export function testCase(name: string, engine: string = ENGINES[0], members: JsonObject = {}): JsonObject {
  return {
    name,
    response_engine: { type: "retell-llm", llm_id: engine, version: 0 },
    user_prompt: `You are ${name}.`,
    metrics: ["The agent is polite"],
    dynamic_variables: { order: "17" },
    tool_mocks: [{ tool_name: "lookup", input_match_rule: { type: "any" }, output: '{"ok":true}' }],
    llm_model: "gpt-4.1",
    ...members,
  };
}

export function reconciliationWorld(options: WorldOptions = {}): ReconciliationWorld {
  const { engines = ENGINES, pageSize = 100, invocationMs = 120_000 } = options;
  const clock = passingClock();
  const tables = createMemoryTables();
  const stores = createMemoryStores(tables, clock);
  const metrics = new Map<string, number>();
  const log: LogLine[] = [];
  const outside = { keyVersion: "1", isQueueUp: true };
  const hooks: TransportHooks = {};
  const messages: ReconciliationWorld["messages"] = [];
  const changes: string[] = [];
  let issued = 0;
  let tokens = 0;
  const simulator = createRetellSimulator({
    clock,
    keys: { key_test: { workspace: "workspace_1" } },
    seed: [
      {
        id: "workspace_1",
        orgName: "Acme",
        engines: engines.map((id) => ({
          type: "retell-llm" as const,
          id,
          version: 3,
          modifiedAt: 1_700_000_000_000,
        })),
      },
    ],
    newId: () => `test_case_${++issued}`,
    ...(options.switches && { switches: options.switches }),
  });
  const [connection] = parseConnections([
    {
      id: "retell",
      provider: "retell",
      baseUrl: "https://retell.invalid",
      rateLimit: { requestsPerSecond: 1_000, burst: 100, adaptive: false },
      ...options.connection,
      reconcile: options.reconcile ?? {},
    },
  ]) as [Connection];
  const provider = createRetellProvider({
    connection,
    call: directTransport(simulator, clock, hooks, pageSize),
  });
  const random = { fraction: () => 0.5, token: () => `token-${++tokens}` };
  const counting = {
    count: (metric: string, _connection: string, times = 1) =>
      void metrics.set(metric, (metrics.get(metric) ?? 0) + times),
    milliseconds: (metric: string, _connection: string, value: number) => void metrics.set(metric, value),
    perSecond: () => undefined,
  };
  const logged =
    (level: string) =>
    (event: string, fields: object = {}) =>
      void log.push({ ...fields, level, event });
  const shared = {
    ...stores,
    connection,
    provider,
    key: { version: async () => outside.keyVersion, refresh: async () => outside.keyVersion },
    metrics: counting,
    clock,
    random,
    log: { info: logged("info"), warn: logged("warn"), error: logged("error") },
  };
  const limiter = createLimiter({ ...shared, store: createMemoryLimiterStore() }, connection);
  const callTimeoutMs = connection.callTimeoutSeconds * 1_000;
  const pacer = (lane: "scan" | "change") => createPacer({ limiter, clock, lane, callTimeoutMs });
  const dependencies: ReconcileDependencies = {
    ...shared,
    pacer: pacer("scan"),
    changes: {
      async send({ body }) {
        if (!outside.isQueueUp) return { sent: false, reason: "Down" };
        changes.push(body);
        return { sent: true };
      },
    },
    messages: {
      async send(sent) {
        if (!outside.isQueueUp) return { sent: false, reason: "Down" };
        for (const message of sent) messages.push({ message, dueAt: clock.now() });
        return { sent: true };
      },
    },
  };
  const applying: ApplyDependencies = { ...shared, pacer: pacer("change") };

  const world: ReconciliationWorld = {
    connection,
    clock,
    tables,
    workspace: simulator.workspace,
    hooks,
    dependencies,
    applying,
    messages,
    changes,
    metrics,
    log,
    outside,

    async reconcile({ trigger = "schedule", scope, everyMs = 900_000 } = {}) {
      clock.pass(everyMs);
      const started = await startRun(dependencies, { trigger, ...(scope !== undefined && { scope }) });
      if (started.kind !== "started") throw new Error(`no run was started: ${started.kind}`);
      for (let deliveries = 0; messages.length > 0; deliveries += 1) {
        if (deliveries > MAX_DELIVERIES) throw new Error("the run does not come to an end");
        await world.deliverNext();
      }
      return await world.resultOf(started.runId);
    },

    async deliverNext() {
      const [next] = messages.toSorted((a, b) => a.dueAt - b.dueAt);
      if (next === undefined) return undefined;
      clock.pass(Math.max(0, next.dueAt - clock.now()));
      const { message } = next;
      const endsAt = clock.now() + invocationMs;
      const disposition =
        message.kind === "discover"
          ? await discoverScopes(dependencies, message, endsAt)
          : await reconcileScope(dependencies, message, endsAt);
      if (disposition.kind === "wait") next.dueAt = clock.now() + disposition.waitMs;
      else messages.splice(messages.indexOf(next), 1);
      return disposition;
    },

    async resultOf(runId) {
      const key = { connection: connection.id, runId };
      const run = await stores.runs.read(key);
      if (run === undefined) throw new Error("there is no such run");
      return { run, scopes: await stores.scopeRuns.list(key) };
    },

    async apply(request) {
      const body = typeof request === "string" ? request : JSON.stringify(request);
      const parsed = parseChangeRequest(body, {
        connection: connection.id,
        otherConnection: "wrong-queue",
        dialectOf: () => provider.dialect,
      });
      const now = clock.now();
      return await applyChangeRequest(applying, parsed, {
        body,
        receiveCount: 1,
        senderId: "AIDASENDER",
        sentAt: now,
        invocationEndsAt: now + 30_000,
      });
    },

    async applyQueued() {
      for (let body = changes.shift(); body !== undefined; body = changes.shift()) {
        for (let tries = 0; tries < 100; tries += 1) {
          const disposition = await world.apply(body);
          if (disposition.kind !== "wait") break;
          clock.pass(disposition.waitMs);
        }
      }
    },

    edit(edit) {
      const result = simulator.workspace.edit(edit);
      return (result.done ? result.definitionId : undefined) ?? "";
    },

    create: (name, engine = engines[0], members = {}) =>
      world.edit({ action: "create", definition: testCase(name, engine, members) }),

    mirror: (definitionId) => stores.mirrors.mirror({ connection: connection.id, definitionId }),
    versions: (definitionId) =>
      stores.history.versionsFrom({ connection: connection.id, definitionId }, 1, 1_000),
    history: async (definitionId) =>
      (await world.versions(definitionId)).map(({ record }) => `${record.changeType} ${record.source}`),
  };
  return world;
}
