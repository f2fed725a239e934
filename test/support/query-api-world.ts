/** The API's handler over real tables and a real queue, called with the events that API Gateway would send. */
import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll } from "vitest";
import { createApp } from "../../functions/query-api/app.ts";
import { createHandler } from "../../functions/query-api/handler.ts";
import type { HttpEvent } from "../../functions/query-api/http-event.ts";
import { proxyEvent, requestFacts } from "../../infra/local/api/http-event.ts";
import type { Role } from "../../shared/access/role.ts";
import { createRequestStore } from "../../shared/change-request/record/request-store.dynamodb.ts";
import { createChangeQueue } from "../../shared/change-request/submission/change-queue.sqs.ts";
import { createConnectionHealthStore } from "../../shared/connection/connection-health.dynamodb.ts";
import { createHistoryStore } from "../../shared/definition/history/history-store.dynamodb.ts";
import { createVersionFeed } from "../../shared/definition/history/version-feed.dynamodb.ts";
import type { Mirror } from "../../shared/definition/mirror/mirror.ts";
import { createMirrorLists } from "../../shared/definition/mirror/mirror-lists.dynamodb.ts";
import { createMirrorStore } from "../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../shared/platform/config.ts";
import { type JsonObject, parseJson } from "../../shared/platform/json.ts";
import { silentLog } from "../../shared/platform/log.ts";
import { noMetrics } from "../../shared/platform/metrics.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { createLimiterStore } from "../../shared/rate-limit/limiter-store.dynamodb.ts";
import type { KnownScopeStore } from "../../shared/reconciliation/run/known-scope.ts";
import { createKnownScopeStore } from "../../shared/reconciliation/run/known-scopes.dynamodb.ts";
import { createReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import { createRunStore } from "../../shared/reconciliation/run/run-store.dynamodb.ts";
import type { RunStore } from "../../shared/reconciliation/run/run-store.ts";
import type { ScopeRunStore } from "../../shared/reconciliation/run/scope-run-store.ts";
import { createScopeRunStore } from "../../shared/reconciliation/run/scope-runs.dynamodb.ts";
import { dynamoDbClient, sqsClient, withEngines } from "./engines.ts";
import { createFifoQueue, type FifoQueue } from "./fifo-queue.ts";
import { recordHistory, type Step } from "./recorded-history.ts";
import { createTables, testTables } from "./tables.ts";

export type Call = {
  /** Default: operator. `null`: no token. */
  readonly role?: Role | null;
  readonly body?: string | Uint8Array | JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed with the text of its numbers; `null` where there is none. */
  readonly body: JsonObject;
};

export type QueryApiWorld = {
  readonly client: DynamoDBClient;
  readonly requests: ReturnType<typeof createRequestStore>;
  readonly connection: Connection;
  /** The queue of the first connection. */
  readonly queue: FifoQueue;
  readonly runs: RunStore;
  readonly scopeRuns: ScopeRunStore;
  readonly knownScopes: KnownScopeStore;
  /** Takes what is in the first connection's queue of runs. */
  takeRunMessages(): Promise<readonly string[]>;
  /** Sends a request through the gateway's event; `path` as a client sends it. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  record(definitionId: string, steps: readonly Step[]): Promise<Mirror>;
};

/** Call it at the top of a test file. */
export function withQueryApi(connectionIds: readonly string[] = ["retell"]): () => QueryApiWorld {
  const engines = withEngines();
  let world: QueryApiWorld | undefined;
  const clients: (DynamoDBClient | SQSClient)[] = [];

  beforeAll(async () => {
    const client = dynamoDbClient(engines.current);
    const sqs = sqsClient(engines.current);
    clients.push(client, sqs);
    await createTables(client);
    const queues = await Promise.all(
      connectionIds.map(() => createFifoQueue(sqs, engines.current.sqs.endpoint)),
    );
    const [queue] = queues;
    const connections = parseConnections(
      connectionIds.map((id) => ({ id, provider: "retell", baseUrl: "http://127.0.0.1:9" })),
    );
    const [connection] = connections;
    if (queue === undefined || connection === undefined) throw new Error("a world needs a connection");
    const requests = createRequestStore(client, testTables.state);
    const runQueueUrls = await Promise.all(
      connectionIds.map(async () => {
        const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: randomUUID() }));
        return QueueUrl;
      }),
    );
    const reconciliation = {
      runs: createRunStore(client, testTables.state),
      scopeRuns: createScopeRunStore(client, testTables.state),
      knownScopes: createKnownScopeStore(client, testTables.state),
    };
    const handler = createHandler(
      createApp({
        connections,
        requests,
        dryRun: () => Promise.reject(new Error("no provider stands behind this API")),
        queue: createChangeQueue(
          sqs,
          new Map(connectionIds.map((id, index) => [id, queues[index]?.url ?? ""])),
        ),
        mirrors: createMirrorStore(client, testTables.state),
        mirrorLists: createMirrorLists(client, testTables.state),
        history: createHistoryStore(client, testTables.history),
        feed: createVersionFeed(client, testTables.history),
        health: createConnectionHealthStore(client, testTables.state),
        rateLimits: createLimiterStore(client, testTables.state),
        ...reconciliation,
        runQueues: new Map(
          connectionIds.map((id, index) => [id, createReconciliationQueue(sqs, runQueueUrls[index] ?? "")]),
        ),
        clock: systemClock,
        random: systemRandom,
        metrics: noMetrics,
        log: silentLog,
      }),
    );
    world = {
      client,
      requests,
      connection,
      queue,
      ...reconciliation,
      async takeRunMessages() {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl: runQueueUrls[0], MaxNumberOfMessages: 10 }),
        );
        return Messages.map(({ Body = "" }) => Body);
      },
      call: async (method, path, call) => answerOf(await handler(gatewayEvent(method, path, call))),
      record: (definitionId, steps) => recordHistory(client, testTables, connection, definitionId, steps),
    };
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
  });

  return () => {
    if (world === undefined) throw new Error("the world is made in beforeAll");
    return world;
  };
}

/** The event that the gateway makes of a request. */
export function gatewayEvent(
  method: string,
  path: string,
  { role = "operator", body, headers = {} }: Call = {},
): HttpEvent {
  const isJson = typeof body === "object" && !(body instanceof Uint8Array);
  const bytes = Buffer.from(isJson ? JSON.stringify(body) : (body ?? ""));
  const sent = { ...(bytes.length > 0 && { "content-type": "application/json" }), ...headers };
  const facts = requestFacts(
    {
      method,
      url: path,
      httpVersion: "1.1",
      rawHeaders: Object.entries({ host: "api.example.com", ...sent }).flat(),
      body: bytes,
      sourceIp: "192.0.2.1",
    },
    "gateway-request-1",
    new Date(0),
  );
  if (facts === undefined) throw new Error("the gateway itself refuses this path");
  const route = { apiId: "api", routeKey: "ANY /{proxy+}", pathParameters: {} };
  const context = role === null ? { role: "none" } : { subject: `token-of-${role}`, role };
  return proxyEvent(facts, route, bytes, context) as HttpEvent;
}

type HandlerResult = Awaited<ReturnType<ReturnType<typeof createHandler>>>;

export function answerOf({ statusCode, headers, body, isBase64Encoded }: HandlerResult): Answer {
  const text = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8").toString("utf8");
  const names = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status: statusCode ?? 0,
    headers: Object.fromEntries(names),
    text,
    body: (text === "" ? null : parseJson(text)) as JsonObject,
  };
}
