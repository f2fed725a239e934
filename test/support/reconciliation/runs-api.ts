/** The API over stores in memory that hold runs of reconciliation, and a queue for its starts. */
import { beforeEach } from "vitest";
import type { ApiDependencies } from "../../../functions/query-api/api.ts";
import type { LogFields } from "../../../shared/platform/log.ts";
import type { ReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import { createMemoryStores } from "../../simulation/stores/memory-stores.ts";
import { createMemoryTables } from "../../simulation/stores/memory-tables.ts";
import { isolatedApi, oneConnection, request } from "../isolated-api.ts";
import { type RunToRecord, recordRun } from "../recorded-runs.ts";

export const MINUTE_MS = 60_000;
/** When recorded runs were started, and the time of the calls. */
export const startedAt = Date.parse("2026-11-21T10:00:00.000Z");
export const now = startedAt + 15 * MINUTE_MS;

/** How a scope ended of which too much was missing. */
export const halted = { status: "halted", reason: "too-much-missing", halted: ["a", "b", "c"] } as const;

type Fresh = {
  readonly stores: ReturnType<typeof createMemoryStores>;
  readonly sent: ReconciliationMessage[];
  readonly logged: [string, LogFields][];
  isQueueDown: boolean;
};

export type RunsApi = Fresh & {
  call(
    method: string,
    path: string,
    body?: object,
    given?: Partial<ApiDependencies>,
  ): ReturnType<typeof request>;
  /** A run that has been. */
  record(run?: Partial<RunToRecord>): ReturnType<typeof recordRun>;
};

/** Call it at the top of a test file; each test begins with empty stores. */
export function withRunsApi(): () => RunsApi {
  let fresh: Fresh | undefined;
  beforeEach(() => {
    const stores = createMemoryStores(createMemoryTables(), { now: () => now });
    fresh = { stores, sent: [], logged: [], isQueueDown: false };
  });
  return () => {
    if (fresh === undefined) throw new Error("the stores are made in beforeEach");
    return Object.assign(fresh, {
      call: (...call: Parameters<RunsApi["call"]>) => called(fresh as Fresh, ...call),
      record: (run: Partial<RunToRecord> = {}) => recordRun((fresh as Fresh).stores, { startedAt, ...run }),
    });
  };
}

function called(
  fresh: Fresh,
  method: string,
  path: string,
  body?: object,
  given: Partial<ApiDependencies> = {},
): ReturnType<typeof request> {
  const log = (event: string, fields: LogFields = {}) => fresh.logged.push([event, fields]);
  const { runs, scopeRuns, knownScopes, health } = fresh.stores;
  const queue: NonNullable<ReturnType<ApiDependencies["runQueues"]["get"]>> = {
    async send(messages) {
      if (fresh.isQueueDown) return { sent: false, reason: "TimeoutError" };
      fresh.sent.push(...messages);
      return { sent: true };
    },
  };
  const api = isolatedApi({
    runs,
    scopeRuns,
    knownScopes,
    health,
    runQueues: new Map((given.connections ?? oneConnection).map(({ id }) => [id, queue])),
    clock: { now: () => now, sleep: async () => undefined },
    random: { token: () => "tokentoken" },
    log: { info: log, warn: log, error: log },
    ...given,
  });
  return request(api, method, path, body === undefined ? {} : { body: JSON.stringify(body) });
}
