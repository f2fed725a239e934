/**
 * One reconciliation in a process of its own, so that its CPU and memory are nobody else's: the real use cases over the
 * provider's HTTP and DynamoDB, one message after the other.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createRequestStore } from "../../../shared/change-request/record/request-store.dynamodb.ts";
import { createConnectionHealthStore } from "../../../shared/connection/connection-health.dynamodb.ts";
import { createHistoryStore } from "../../../shared/definition/history/history-store.dynamodb.ts";
import { createKnownDefinitions } from "../../../shared/definition/mirror/known-definitions.dynamodb.ts";
import { createMirrorStore } from "../../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { systemClock } from "../../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../../shared/platform/config.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { noMetrics } from "../../../shared/platform/metrics.ts";
import { systemRandom } from "../../../shared/platform/random.ts";
import { createHttpAgent } from "../../../shared/providers/http-agent.http.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import { createLimiterStore } from "../../../shared/rate-limit/limiter-store.dynamodb.ts";
import { createPacer } from "../../../shared/rate-limit/pacer.ts";
import { reconcileScope } from "../../../shared/reconciliation/reconcile-scope.ts";
import { discoverScopes } from "../../../shared/reconciliation/run/discover-scopes.ts";
import { createKnownScopeStore } from "../../../shared/reconciliation/run/known-scopes.dynamodb.ts";
import type { ReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import { createRunStore } from "../../../shared/reconciliation/run/run-store.dynamodb.ts";
import { createScopeRunStore } from "../../../shared/reconciliation/run/scope-runs.dynamodb.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import { createObservationStore } from "../../../shared/reconciliation/scan/observation-store.dynamodb.ts";
import type {
  ReconcileDependencies,
  ScanDisposition,
} from "../../../shared/reconciliation/scan/scope-scan.ts";
import { testTables } from "../../support/tables.ts";
import { meterCapacity } from "../capacity-meter.ts";
import { meterItems } from "./item-meter.ts";
import type { ScanReport, ScanTask } from "./scan-protocol.ts";

/** As the stack gives an invocation. */
const INVOCATION_MS = 60_000;

process.on("disconnect", () => process.exit(0));

const task = JSON.parse(process.argv[2] ?? "") as ScanTask;
const client = new DynamoDBClient({
  endpoint: task.dynamoDbEndpoint,
  region: task.region,
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
});
const counted = meterItems(client, meterCapacity(client));
const messages: ReconciliationMessage[] = [];
const dependencies = dependenciesOf(task, client);
process.send?.(await measured(), () => process.exit(0));

async function measured(): Promise<ScanReport> {
  const idleMiB = peakMiB();
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const started = await startRun(dependencies, { trigger: "schedule" });
  if (started.kind !== "started") throw new Error(`no run was started: ${started.kind}`);
  let invocations = 0;
  for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
    invocations += await invocationsOf(message);
  }
  const { user, system } = process.cpuUsage(cpu);
  const counts = structuredClone(counted());
  const run = await dependencies.runs.read({ connection: "retell", runId: started.runId });
  if (run === undefined) throw new Error("there is no such run");
  return {
    ...counts,
    seconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: (user + system) / 1_000_000,
    peakMiB: peakMiB(),
    idleMiB,
    invocations,
    status: run.status,
    found: { ...run.counts },
  };
}

async function invocationsOf(message: ReconciliationMessage): Promise<number> {
  for (let invocations = 1; ; invocations += 1) {
    const disposition = await invoked(message);
    if (disposition.kind === "done") return invocations;
    await systemClock.sleep(disposition.waitMs);
  }
}

function invoked(message: ReconciliationMessage): Promise<ScanDisposition> {
  const endsAt = Date.now() + INVOCATION_MS;
  return message.kind === "discover"
    ? discoverScopes(dependencies, message, endsAt)
    : reconcileScope(dependencies, message, endsAt);
}

function peakMiB(): number {
  return process.resourceUsage().maxRSS / 1_024;
}

function dependenciesOf({ providerUrl }: ScanTask, dynamoDb: DynamoDBClient): ReconcileDependencies {
  const [connection] = parseConnections([
    {
      id: "retell",
      provider: "retell",
      baseUrl: providerUrl,
      // High enough to hold nothing up.
      rateLimit: { requestsPerSecond: 1_000, burst: 1_000, adaptive: false },
    },
  ]) as [Connection];
  const { state } = testTables;
  const clock = systemClock;
  const shared = { clock, random: systemRandom, log: silentLog, metrics: noMetrics };
  const limiter = createLimiter({ ...shared, store: createLimiterStore(dynamoDb, state) }, connection);
  return {
    ...shared,
    connection,
    provider: providerFor(connection, {
      apiKey: async () => "key_test",
      dispatcher: createHttpAgent(),
      clock,
    }),
    pacer: createPacer({
      limiter,
      clock,
      lane: "scan",
      callTimeoutMs: connection.callTimeoutSeconds * 1_000,
    }),
    health: createConnectionHealthStore(dynamoDb, state),
    key: { version: async () => "1", refresh: async () => "1" },
    runs: createRunStore(dynamoDb, state),
    scopeRuns: createScopeRunStore(dynamoDb, state),
    knownScopes: createKnownScopeStore(dynamoDb, state),
    knownDefinitions: createKnownDefinitions(dynamoDb, state),
    mirrors: createMirrorStore(dynamoDb, state),
    history: createHistoryStore(dynamoDb, testTables.history),
    observations: createObservationStore(dynamoDb, testTables),
    requests: createRequestStore(dynamoDb, state),
    changes: { send: async () => ({ sent: true }) },
    messages: {
      async send(sent) {
        messages.push(...sent);
        return { sent: true };
      },
    },
  };
}
