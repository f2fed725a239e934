/** A simulated Retell, real tables and the use case over both, for tests without queue and Lambda. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Agent } from "undici";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../infra/local/simulators/retell/start-retell-simulator.ts";
import {
  applyChangeRequest,
  type Delivery,
  type Disposition,
} from "../../shared/change-request/apply-change-request.ts";
import type { ApplyDependencies } from "../../shared/change-request/attempt.ts";
import { createCommitStore } from "../../shared/change-request/commit.dynamodb.ts";
import { parseChangeRequest } from "../../shared/change-request/parse-change-request.ts";
import type { RequestRecord } from "../../shared/change-request/request-record.ts";
import { createRequestStore } from "../../shared/change-request/request-store.dynamodb.ts";
import { createHistoryStore } from "../../shared/definition/history-store.dynamodb.ts";
import { createMirrorStore } from "../../shared/definition/mirror-store.dynamodb.ts";
import type { StoredVersion } from "../../shared/definition/verify-history.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { type Connection, parseConnections } from "../../shared/platform/config.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { silentLog } from "../../shared/platform/log.ts";
import { systemRandom } from "../../shared/platform/random.ts";
import { providerFor } from "../../shared/providers/provider-for-connection.http.ts";
import { dynamoDbClient, withEngines } from "./engines.ts";
import { createTables, testTables } from "./tables.ts";

export type RetellWorld = {
  readonly simulator: RetellSimulator;
  readonly client: DynamoDBClient;
  /** The use case's dependencies; `options` change the connection. */
  dependencies(options?: Partial<Connection>): ApplyDependencies;
  /** Applies a request as one delivery of its message. */
  apply(
    body: JsonObject | string,
    options?: { connection?: Partial<Connection>; delivery?: Partial<Delivery> },
  ): Promise<Disposition>;
  record(requestId: string): Promise<RequestRecord>;
  versions(definitionId: string): Promise<readonly StoredVersion[]>;
  /** Puts a definition into the simulated workspace as a colleague would, and answers its id. */
  createOutside(definition?: JsonObject): string;
};

const engineId = "llm_000000000000000000000000001";

export const refundCase: JsonObject = {
  name: "Refund",
  response_engine: { type: "retell-llm", llm_id: engineId, version: 0 },
  user_prompt: "You want your money back.",
  metrics: ["The agent offers a refund"],
  dynamic_variables: { order: "17" },
  tool_mocks: [{ tool_name: "lookup_order", input_match_rule: { type: "any" }, output: '{"ok":true}' }],
  llm_model: "gpt-4.1",
};

/** Call it at the top of a test file; each test begins with an empty workspace and its own definitions. */
export function withRetellWorld(): () => RetellWorld {
  const engines = withEngines();
  let world: RetellWorld | undefined;
  let started: { simulator: RetellSimulator; client: DynamoDBClient; agent: Agent } | undefined;

  beforeAll(async () => {
    const client = dynamoDbClient(engines.current);
    await createTables(client);
    const engine = { type: "retell-llm" as const, id: engineId, version: 3, modifiedAt: 1_700_000_000_000 };
    let workspaces = 0;
    const simulator = await startRetellSimulator({
      seed: [{ id: "workspace_1", orgName: "Acme", engines: [engine, { ...engine, id: `${engineId}b` }] }],
      // Ids never repeat over the resets between tests, because the tables go on.
      newId: () => `test_case_${(workspaces++).toString(16).padStart(12, "0")}`,
    });
    const agent = new Agent();
    started = { simulator, client, agent };
    world = worldOf(started);
  });
  beforeEach(() => started?.simulator.workspace.reset());
  afterAll(async () => {
    await started?.agent.close();
    await started?.simulator.close();
    started?.client.destroy();
  });

  return () => {
    if (world === undefined) throw new Error("the world is made in beforeAll");
    return world;
  };
}

function worldOf({
  simulator,
  client,
  agent,
}: {
  simulator: RetellSimulator;
  client: DynamoDBClient;
  agent: Agent;
}): RetellWorld {
  const dependencies = (options: Partial<Connection> = {}): ApplyDependencies => {
    const [parsed] = parseConnections([
      { id: "retell", provider: "retell", baseUrl: simulator.url, callTimeoutSeconds: 2, settleSeconds: 1 },
    ]);
    const connection = { ...(parsed as Connection), ...options };
    return {
      connection,
      provider: providerFor(connection, {
        apiKey: async () => "key_test",
        dispatcher: agent,
        clock: systemClock,
      }),
      requests: createRequestStore(client, testTables.state),
      mirrors: createMirrorStore(client, testTables.state),
      history: createHistoryStore(client, testTables.history),
      commits: createCommitStore(client, testTables),
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    };
  };
  return {
    simulator,
    client,
    dependencies,

    async apply(body, { connection, delivery } = {}) {
      const apply = dependencies(connection);
      const parsed = parseChangeRequest(typeof body === "string" ? body : JSON.stringify(body), {
        connection: "retell",
        otherConnection: "wrong-queue",
        dialectOf: () => apply.provider.dialect,
      });
      const now = systemClock.now();
      return await applyChangeRequest(apply, parsed, {
        receiveCount: 1,
        senderId: "AIDASENDER",
        sentAt: now,
        invocationEndsAt: now + 20_000,
        ...delivery,
      });
    },

    async record(requestId) {
      const record = await dependencies().requests.read({ connection: "retell", requestId });
      if (record === undefined) throw new Error(`no record of ${requestId}`);
      return record;
    },

    versions: (definitionId) =>
      dependencies().history.versionsFrom({ connection: "retell", definitionId }, 1, 1_000),

    createOutside(definition = refundCase) {
      const result = simulator.workspace.edit({ action: "create", definition });
      const id = result.done ? result.definitionId : undefined;
      if (id === undefined) throw new Error("the outside editor created nothing");
      return id;
    },
  };
}
