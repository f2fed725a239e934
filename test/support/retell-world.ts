/** A simulated Retell, real tables and the use case over both, for tests without queue and Lambda. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach } from "vitest";
import {
  type RetellSimulator,
  startRetellSimulator,
} from "../../infra/local/simulators/retell/start-retell-simulator.ts";
import type { RequestRecord } from "../../shared/change-request/request-record.ts";
import type { StoredVersion } from "../../shared/definition/verify-history.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { dynamoDbClient, withEngines } from "./engines.ts";
import { type RetellApplication, retellApplication } from "./retell-application.ts";
import { createTables } from "./tables.ts";

export type RetellWorld = Pick<RetellApplication, "dependencies" | "apply"> & {
  readonly simulator: RetellSimulator;
  readonly client: DynamoDBClient;
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
  let started:
    | { simulator: RetellSimulator; client: DynamoDBClient; application: RetellApplication }
    | undefined;

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
    const application = retellApplication(simulator.url, client);
    started = { simulator, client, application };
    world = worldOf(simulator, client, application);
  });
  beforeEach(() => started?.simulator.workspace.reset());
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
  application: RetellApplication,
): RetellWorld {
  const { dependencies, apply } = application;
  return {
    simulator,
    client,
    dependencies,
    apply,

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
