/** The API without stores and queue: whatever a test does not give fails when it is touched. */
import type { ApiDependencies } from "../../functions/query-api/api.ts";
import { type Api, createApp } from "../../functions/query-api/app.ts";
import type { Role } from "../../shared/access/role.ts";
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import type { RequestStore } from "../../shared/change-request/record/request-store.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { parseConnections } from "../../shared/platform/config.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { silentLog } from "../../shared/platform/log.ts";
import { noMetrics } from "../../shared/platform/metrics.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createMemoryLimiterStore } from "../simulation/stores/limiter-store.memory.ts";
import { createMemoryRequestStore } from "../simulation/stores/request-store.memory.ts";

export const oneConnection = parseConnections([
  { id: "retell", provider: "retell", baseUrl: "https://retell.example" },
]);
export const twoConnections = parseConnections([
  { id: "retell", provider: "retell", baseUrl: "https://retell.example" },
  { id: "retell-eu", provider: "retell", baseUrl: "https://retell.example" },
]);

export function isolatedApi(given: Partial<ApiDependencies> = {}): Api {
  const untouchable = (name: string): never =>
    new Proxy({} as never, {
      get: () => () => Promise.reject(new Error(`the test gave no ${name}`)),
    });
  return createApp({
    connections: oneConnection,
    requests: untouchable("requests"),
    queue: untouchable("queue"),
    dryRun: () => Promise.reject(new Error("the test gave no dryRun")),
    mirrors: untouchable("mirrors"),
    mirrorLists: untouchable("mirrorLists"),
    history: untouchable("history"),
    feed: untouchable("feed"),
    health: untouchable("health"),
    rateLimits: createMemoryLimiterStore(),
    runs: untouchable("runs"),
    scopeRuns: untouchable("scopeRuns"),
    knownScopes: untouchable("knownScopes"),
    runQueues: new Map(),
    clock: systemClock,
    random: systemRandom,
    metrics: noMetrics,
    log: silentLog,
    ...given,
  });
}

/** Records in memory. */
export function requestsInMemory(): RequestStore & { readonly records: ReadonlyMap<string, RequestRecord> } {
  const records = new Map<string, RequestRecord>();
  return { records, ...createMemoryRequestStore({ requests: records, bodies: new Map() }) };
}

export async function request(
  api: Api,
  method: string,
  path: string,
  {
    role = "operator",
    body,
    headers = {},
  }: { role?: Role | null; body?: string | Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: JsonObject }> {
  const response = await api.request(
    path,
    {
      method,
      ...(body !== undefined && { body }),
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    },
    { requestId: "gateway-request-1", ...(role !== null && { caller: { subject: `${role}-1`, role } }) },
  );
  return { status: response.status, headers: response.headers, body: (await response.json()) as JsonObject };
}
