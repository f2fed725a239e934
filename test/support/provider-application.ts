/** The use case over a provider's connection and a table client, without queue and Lambda; no test framework needed. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { applyChangeRequest } from "../../shared/change-request/apply-change-request.ts";
import type { ApplyDependencies } from "../../shared/change-request/attempt/attempt.ts";
import { createCommitStore } from "../../shared/change-request/attempt/commit.dynamodb.ts";
import type { Delivery, Disposition } from "../../shared/change-request/outcome/delivery.ts";
import { createRequestStore } from "../../shared/change-request/record/request-store.dynamodb.ts";
import { parseChangeRequest } from "../../shared/change-request/submission/parse-change-request.ts";
import { createConnectionHealthStore } from "../../shared/connection/connection-health.dynamodb.ts";
import { createHistoryStore } from "../../shared/definition/history/history-store.dynamodb.ts";
import { createMirrorLists } from "../../shared/definition/mirror/mirror-lists.dynamodb.ts";
import { createMirrorStore } from "../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { type Clock, systemClock } from "../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../shared/platform/config.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { silentLog } from "../../shared/platform/log.ts";
import { type Metrics, noMetrics } from "../../shared/platform/metrics.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createHttpAgent } from "../../shared/providers/http-agent.http.ts";
import { providerFor } from "../../shared/providers/provider-for-connection.http.ts";
import { createLimiter } from "../../shared/rate-limit/create-limiter.ts";
import { createLimiterStore } from "../../shared/rate-limit/limiter-store.dynamodb.ts";
import type { LimiterStore } from "../../shared/rate-limit/limiter-store.ts";
import { createPacer } from "../../shared/rate-limit/pacer.ts";
import { testTables } from "./tables.ts";

export type ProviderApplication = {
  /** The use case's dependencies; `options` change the connection. */
  dependencies(options?: Partial<Connection>): ApplyDependencies;
  /** Applies a request as one delivery of its message. */
  apply(
    body: JsonObject | string,
    options?: {
      connection?: Partial<Connection>;
      delivery?: Partial<Delivery>;
      /** In place of the usual ones. */
      dependencies?: ApplyDependencies;
    },
  ): Promise<Disposition>;
  close(): Promise<void>;
};

/** `given`: of the connection, at least its provider and its base URL. Its id is the provider's name. */
export function providerApplication(
  given: Pick<Connection, "provider" | "baseUrl"> & Partial<Connection>,
  client: DynamoDBClient,
  {
    clock = systemClock,
    settleSeconds = 1,
    metrics = noMetrics,
  }: { clock?: Clock; settleSeconds?: number; metrics?: Metrics } = {},
): ProviderApplication {
  const agent = createHttpAgent();
  const [base] = parseConnections([
    {
      id: given.provider,
      callTimeoutSeconds: 2,
      settleSeconds,
      // Tests of other things shall not wait for their turn.
      rateLimit: { requestsPerSecond: 1_000, burst: 100, adaptive: false },
      ...given,
    },
  ]);
  if (base === undefined) throw new Error("no connection");
  const dependencies = (options: Partial<Connection> = {}): ApplyDependencies => {
    const connection = { ...base, ...options };
    return {
      connection,
      provider: providerFor(connection, {
        apiKey: async () => "key_test",
        dispatcher: agent,
        clock,
      }),
      requests: createRequestStore(client, testTables.state),
      mirrors: createMirrorStore(client, testTables.state),
      mirrorLists: createMirrorLists(client, testTables.state),
      history: createHistoryStore(client, testTables.history),
      commits: createCommitStore(client, testTables),
      health: createConnectionHealthStore(client, testTables.state),
      key: { version: async () => "1", refresh: async () => "1" },
      pacer: createPacer({
        limiter: createLimiter(
          {
            store: undated(createLimiterStore(client, testTables.state)),
            clock,
            random: systemRandom,
            log: silentLog,
            metrics,
          },
          connection,
        ),
        clock,
        lane: "change",
        callTimeoutMs: connection.callTimeoutSeconds * 1_000,
      }),
      metrics,
      clock,
      random: systemRandom,
      log: silentLog,
    };
  };
  return {
    dependencies,

    async apply(body, { connection, delivery, dependencies: given } = {}) {
      const apply = given ?? dependencies(connection);
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const parsed = parseChangeRequest(text, {
        connection: base.id,
        otherConnection: "wrong-queue",
        dialectOf: () => apply.provider.dialect,
      });
      const now = clock.now();
      return await applyChangeRequest(apply, parsed, {
        body: text,
        receiveCount: 1,
        senderId: "AIDASENDER",
        sentAt: now,
        invocationEndsAt: now + 20_000,
        ...delivery,
      });
    },

    close: () => agent.close(),
  };
}

/** The engine's `Date` would put a shifted clock right. */
function undated(store: LimiterStore): LimiterStore {
  return {
    async read(connection) {
      const { state } = await store.read(connection);
      return { state };
    },
    async write(connection, write) {
      const { written, state } = await store.write(connection, write);
      return { written, state };
    },
  };
}
