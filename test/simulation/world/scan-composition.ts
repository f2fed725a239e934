/** The handler of runs with everything it needs, each port a step of its process: the second composition root. */
import { createHandler } from "../../../functions/reconcile-scope/handler.ts";
import { createConnectionKey } from "../../../shared/connection/connection-key.ts";
import type { Connection } from "../../../shared/platform/config.ts";
import type { Log } from "../../../shared/platform/log.ts";
import type { Metrics } from "../../../shared/platform/metrics.ts";
import type { Random } from "../../../shared/platform/random.ts";
import { createSecretCache, type Secret } from "../../../shared/platform/secret-cache.ts";
import type { ProviderTransport } from "../../../shared/providers/provider-call.ts";
import { createRetellProvider } from "../../../shared/providers/retell/retell-provider.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import type { LimiterStore } from "../../../shared/rate-limit/limiter-store.ts";
import { createPacer } from "../../../shared/rate-limit/pacer.ts";
import type { ReconcileDependencies } from "../../../shared/reconciliation/scan/scope-scan.ts";
import type { MemoryTables } from "../stores/memory-tables.ts";
import { clockOf, SECRET_LIFETIME_MS, stepped } from "./composition.ts";
import type { Sabotage, Stores } from "./sabotage.ts";
import { SCAN_QUEUE_ARN, type StandardQueue } from "./standard-queue.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Handler } from "./worker-pool.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** What is the same for all processes of runs. */
export type ScanParts = {
  readonly stores: Stores;
  readonly tables: MemoryTables;
  readonly connection: Connection;
  readonly rateLimits: LimiterStore;
  readonly queue: StandardQueue;
  readonly changes: ReconcileDependencies["changes"];
  readonly time: VirtualTime;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly sabotage?: Sabotage["scans"];
  secret(): Promise<Secret>;
  transport(process: WorkerProcess, apiKey: () => Promise<string>): ProviderTransport;
};

export function scanHandlerFor(process: WorkerProcess, parts: ScanParts): Handler {
  const { queue, sabotage, tables, log } = parts;
  const reconcile = dependenciesFor(process, parts);
  const hide = (receiptHandle: string, seconds: number) =>
    process.step("scans.hide", async () => queue.hide(receiptHandle, seconds), [seconds]);
  const entry = { reconcile: sabotage?.(reconcile, tables) ?? reconcile, hide };
  return createHandler({ queues: new Map([[SCAN_QUEUE_ARN, entry]]), log });
}

/** Also for starts and decisions, which need a part of it. */
export function dependenciesFor(process: WorkerProcess, parts: ScanParts): ReconcileDependencies {
  const { connection, random, metrics, log, stores } = parts;
  const clock = clockOf(process, parts.time);
  const secrets = createSecretCache(
    { read: () => process.step("secrets.read", () => parts.secret()) },
    clock,
    SECRET_LIFETIME_MS,
  );
  const call = parts.transport(process, async () => (await secrets.get("key")).text);
  const store = stepped(process, "rateLimits", parts.rateLimits);
  return {
    connection,
    provider: createRetellProvider({ connection, call }),
    pacer: createPacer({
      limiter: createLimiter({ store, clock, random, log, metrics }, connection),
      clock,
      lane: "scan",
      callTimeoutMs: connection.callTimeoutSeconds * 1_000,
    }),
    health: stepped(process, "health", stores.health),
    key: createConnectionKey(secrets, "key"),
    runs: stepped(process, "runs", stores.runs),
    scopeRuns: stepped(process, "scopeRuns", stores.scopeRuns),
    knownScopes: stepped(process, "knownScopes", stores.knownScopes),
    knownDefinitions: stepped(process, "knownDefinitions", stores.knownDefinitions),
    mirrors: stepped(process, "mirrors", stores.mirrors),
    history: stepped(process, "history", stores.history),
    observations: stepped(process, "observations", stores.observations),
    requests: stepped(process, "requests", stores.requests),
    changes: stepped(process, "changes", parts.changes),
    messages: {
      send: (messages) => process.step("messages.send", () => parts.queue.send(messages), messages),
    },
    metrics,
    clock,
    random,
    log,
  };
}
