/** A simulated Retell, real tables and the use case over both, for tests without queue and Lambda. */
import { DeleteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import { pristineHealth } from "../../shared/connection/connection-health.ts";
import type { StoredVersion } from "../../shared/definition/history/verify-history.ts";
import type { Mirror } from "../../shared/definition/mirror/mirror.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import type { CountMetric } from "../../shared/platform/metrics.ts";
import { createClaimKey, healthKey, rateKey } from "../../shared/platform/table-keys.ts";
import { dynamoDbClient, withEngines } from "./engines.ts";
import { type RetellApplication, retellApplication } from "./retell-application.ts";
import { type ShiftedClock, shiftedClock } from "./shifted-clock.ts";
import { createTables, testTables } from "./tables.ts";

export type RetellWorld = Pick<RetellApplication, "dependencies" | "apply"> & {
  readonly simulator: RetellSimulator;
  readonly client: DynamoDBClient;
  /** Of the use case and of the provider. */
  readonly clock: ShiftedClock;
  /** Every metric that was counted in this test. */
  readonly counted: readonly CountMetric[];
  /** Of a request, or by its id. */
  record(request: JsonObject | string): Promise<RequestRecord>;
  mirror(definitionId: string): Promise<Mirror | undefined>;
  versions(definitionId: string): Promise<readonly StoredVersion[]>;
  /** Puts a definition into the simulated workspace as a colleague would, and answers its id. */
  createOutside(definition?: JsonObject): string;
  /** What a call takes at most and the settle time after it: from then on an unanswered write is judged. */
  settle(): void;
};

export const engineId = "llm_000000000000000000000000001";
export const otherEngineId = `${engineId}b`;

export const refundCase: JsonObject = {
  name: "Refund",
  response_engine: { type: "retell-llm", llm_id: engineId, version: 0 },
  user_prompt: "You want your money back.",
  metrics: ["The agent offers a refund"],
  dynamic_variables: { order: "17" },
  tool_mocks: [{ tool_name: "lookup_order", input_match_rule: { type: "any" }, output: '{"ok":true}' }],
  llm_model: "gpt-4.1",
};

/** Longer than any test takes by itself: only what a test lets pass ends it. */
const SETTLE_SECONDS = 60;

/**
 * Call it at the top of a test file; each test begins with an empty workspace, a healthy connection, no claim on a
 * scope, and its own definitions.
 */
export function withRetellWorld(): () => RetellWorld {
  const engines = withEngines();
  const clock = shiftedClock();
  const counted: CountMetric[] = [];
  let world: RetellWorld | undefined;
  let started:
    | { simulator: RetellSimulator; client: DynamoDBClient; application: RetellApplication }
    | undefined;

  beforeAll(async () => {
    const client = dynamoDbClient(engines.current);
    await createTables(client);
    const engine = { type: "retell-llm" as const, id: engineId, version: 3, modifiedAt: 1_700_000_000_000 };
    let workspaces = 0;
    const simulator = await startRetellSimulator({
      seed: [{ id: "workspace_1", orgName: "Acme", engines: [engine, { ...engine, id: otherEngineId }] }],
      // Ids never repeat over the resets between tests, because the tables go on.
      newId: () => `test_case_${(workspaces++).toString(16).padStart(12, "0")}`,
      clock,
    });
    const metrics = {
      count: (metric: CountMetric) => counted.push(metric),
      milliseconds: () => undefined,
      perSecond: () => undefined,
    };
    const application = retellApplication(simulator.url, client, {
      clock,
      settleSeconds: SETTLE_SECONDS,
      metrics,
    });
    started = { simulator, client, application };
    world = worldOf(simulator, client, application, clock, counted);
  });
  beforeEach(async () => {
    counted.length = 0;
    // What earlier tests have made is old: no create of this one can have made it.
    clock.pass(3_600_000);
    started?.simulator.workspace.reset();
    for (const key of [
      healthKey("retell"),
      rateKey("retell"),
      createClaimKey("retell", `retell-llm:${engineId}`),
      createClaimKey("retell", `retell-llm:${otherEngineId}`),
    ]) {
      await started?.client.send(new DeleteItemCommand({ TableName: testTables.state, Key: marshall(key) }));
    }
    // It has been in use: its workspace is known.
    const inUse = { ...pristineHealth, workspace: "Acme", revision: pristineHealth.revision + 1 };
    await started?.application.dependencies().health.write("retell", inUse);
  });
  afterAll(async () => {
    await started?.application.close();
    await started?.simulator.close();
    started?.client.destroy();
  });

  return () => {
    if (world === undefined) throw new Error("the world is made in beforeAll");
    return world;
  };
}

function worldOf(
  simulator: RetellSimulator,
  client: DynamoDBClient,
  { dependencies, apply }: RetellApplication,
  clock: ShiftedClock,
  counted: readonly CountMetric[],
): RetellWorld {
  return {
    simulator,
    client,
    dependencies,
    apply,
    clock,
    counted,

    async record(request) {
      const requestId = typeof request === "string" ? request : String(request["requestId"]);
      const record = await dependencies().requests.read({ connection: "retell", requestId });
      if (record === undefined) throw new Error(`no record of ${requestId}`);
      return record;
    },

    mirror: (definitionId) => dependencies().mirrors.mirror({ connection: "retell", definitionId }),

    versions: (definitionId) =>
      dependencies().history.versionsFrom({ connection: "retell", definitionId }, 1, 1_000),

    createOutside(definition = refundCase) {
      const result = simulator.workspace.edit({ action: "create", definition });
      const id = result.done ? result.definitionId : undefined;
      if (id === undefined) throw new Error("the outside editor created nothing");
      return id;
    },

    settle() {
      const { callTimeoutSeconds, settleSeconds } = dependencies().connection;
      clock.pass((callTimeoutSeconds + settleSeconds) * 1_000 + 1);
    },
  };
}

/** Makes update requests whose ids begin with `prefix` and never repeat. */
export function requestMaker(prefix: string) {
  let requests = 0;
  const newId = () => `${prefix}-${++requests}`;
  const update = (definitionId: string, patch: unknown, more: JsonObject = {}): JsonObject => ({
    requestId: newId(),
    operation: "update",
    definitionId,
    patch: patch as JsonObject,
    ...more,
  });
  return { newId, update };
}
