/** Reconciliation and change requests over any simulated provider, with stores in memory, on a clock that passes by itself. */
import { applyChangeRequest } from "../../../shared/change-request/apply-change-request.ts";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import type { StoredVersion } from "../../../shared/definition/history/verify-history.ts";
import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";
import { type Connection, parseConnections } from "../../../shared/platform/config.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { noMetrics } from "../../../shared/platform/metrics.ts";
import { createHttpAgent } from "../../../shared/providers/http-agent.http.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import { createPacer } from "../../../shared/rate-limit/pacer.ts";
import { reconcileScope } from "../../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../../shared/reconciliation/run/discover-scopes.ts";
import type { ReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import type { Run, ScopeRun } from "../../../shared/reconciliation/run/run.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import type { ReconcileDependencies } from "../../../shared/reconciliation/scan/scope-scan.ts";
import { createMemoryLimiterStore } from "../../simulation/stores/limiter-store.memory.ts";
import { createMemoryStores } from "../../simulation/stores/memory-stores.ts";
import { createMemoryTables } from "../../simulation/stores/memory-tables.ts";
import type { PassingClock } from "./passing-clock.ts";

export type ProviderReconciliation = {
  /** A run, 15 minutes after the last one, all of its messages worked off. */
  reconcile(): Promise<{ readonly run: Run; readonly scopes: readonly ScopeRun[] }>;
  /** Applies what the runs have put into the change queue. */
  applyQueued(): Promise<void>;
  mirror(definitionId: string): Promise<Mirror | undefined>;
  versions(definitionId: string): Promise<readonly StoredVersion[]>;
  /** `<change type> <source>` of each version. */
  history(definitionId: string): Promise<readonly string[]>;
  close(): Promise<void>;
};

/** Messages that go round in circles are an error. */
const MAX_DELIVERIES = 500;
const EVERY_MS = 900_000;
const INVOCATION_MS = 120_000;
const CALL_MS = 40;

export function providerReconciliation(
  given: Pick<Connection, "provider" | "baseUrl"> & {
    readonly reconcile?: Partial<Connection["reconcile"]>;
  },
  clock: PassingClock,
): ProviderReconciliation {
  const agent = createHttpAgent();
  const rateLimit = { requestsPerSecond: 1_000, burst: 100, adaptive: false };
  const [connection] = parseConnections([{ id: given.provider, rateLimit, ...given }]) as [Connection];
  // Asked for right before each call, which takes its time.
  const apiKey = async () => {
    clock.pass(CALL_MS);
    return "key_test";
  };
  const messages: ReconciliationMessage[] = [];
  const changes: string[] = [];
  let tokens = 0;
  const shared = {
    ...createMemoryStores(createMemoryTables(), clock),
    connection,
    provider: providerFor(connection, { apiKey, dispatcher: agent, clock }),
    key: { version: async () => "1", refresh: async () => "1" },
    metrics: noMetrics,
    clock,
    random: { fraction: () => 0.5, token: () => `token-${++tokens}` },
    log: silentLog,
  };
  const limiter = createLimiter({ ...shared, store: createMemoryLimiterStore() }, connection);
  const pacer = (lane: "scan" | "change") =>
    createPacer({ limiter, clock, lane, callTimeoutMs: connection.callTimeoutSeconds * 1_000 });
  const applying: ApplyDependencies = { ...shared, pacer: pacer("change") };
  const dependencies: ReconcileDependencies = {
    ...shared,
    pacer: pacer("scan"),
    changes: {
      async send({ body }) {
        changes.push(body);
        return { sent: true };
      },
    },
    messages: {
      async send(sent) {
        messages.push(...sent);
        return { sent: true };
      },
    },
  };

  async function deliver(message: ReconciliationMessage): Promise<void> {
    const work = message.kind === "discover" ? discoverScopes : reconcileScope;
    for (let deliveries = 0; deliveries < MAX_DELIVERIES; deliveries += 1) {
      const endsAt = clock.now() + INVOCATION_MS;
      const disposition = await work(dependencies, message as never, endsAt);
      if (disposition.kind !== "wait") return;
      clock.pass(disposition.waitMs);
    }
    throw new Error("the run does not come to an end");
  }

  async function apply(body: string): Promise<void> {
    const parsed = parseChangeRequest(body, {
      connection: connection.id,
      otherConnection: "wrong-queue",
      dialectOf: () => shared.provider.dialect,
    });
    for (let deliveries = 0; deliveries < MAX_DELIVERIES; deliveries += 1) {
      const now = clock.now();
      const disposition = await applyChangeRequest(applying, parsed, {
        body,
        receiveCount: 1,
        senderId: "AIDASENDER",
        sentAt: now,
        invocationEndsAt: now + INVOCATION_MS,
      });
      if (disposition.kind !== "wait") return;
      clock.pass(disposition.waitMs);
    }
    throw new Error("the request does not come to an end");
  }

  const keyOf = (definitionId: string) => ({ connection: connection.id, definitionId });
  const versions = (definitionId: string) => shared.history.versionsFrom(keyOf(definitionId), 1, 1_000);
  return {
    async reconcile() {
      clock.pass(EVERY_MS);
      const started = await startRun(dependencies, { trigger: "schedule" });
      if (started.kind !== "started") throw new Error(`no run was started: ${started.kind}`);
      for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
        await deliver(message);
      }
      const key = { connection: connection.id, runId: started.runId };
      const run = await shared.runs.read(key);
      if (run === undefined) throw new Error("there is no such run");
      return { run, scopes: await shared.scopeRuns.list(key) };
    },

    async applyQueued() {
      for (let body = changes.shift(); body !== undefined; body = changes.shift()) await apply(body);
    },

    mirror: (definitionId) => shared.mirrors.mirror(keyOf(definitionId)),
    versions,
    history: async (definitionId) =>
      (await versions(definitionId)).map(({ record }) => `${record.changeType} ${record.source}`),
    close: () => agent.close(),
  };
}
