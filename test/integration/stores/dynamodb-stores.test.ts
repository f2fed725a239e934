import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll } from "vitest";
import { createCommitStore } from "../../../shared/change-request/attempt/commit.dynamodb.ts";
import { createRequestStore } from "../../../shared/change-request/record/request-store.dynamodb.ts";
import { createConnectionHealthStore } from "../../../shared/connection/connection-health.dynamodb.ts";
import { createHistoryStore } from "../../../shared/definition/history/history-store.dynamodb.ts";
import type { ClaimTarget } from "../../../shared/definition/mirror/claim.ts";
import { createKnownDefinitions } from "../../../shared/definition/mirror/known-definitions.dynamodb.ts";
import { createMirrorLists } from "../../../shared/definition/mirror/mirror-lists.dynamodb.ts";
import { createMirrorStore } from "../../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { createClaimKey, mirrorKey } from "../../../shared/platform/table-keys.ts";
import { createKnownScopeStore } from "../../../shared/reconciliation/run/known-scopes.dynamodb.ts";
import { createRunStore } from "../../../shared/reconciliation/run/run-store.dynamodb.ts";
import { createScopeRunStore } from "../../../shared/reconciliation/run/scope-runs.dynamodb.ts";
import { createObservationStore } from "../../../shared/reconciliation/scan/observation-store.dynamodb.ts";
import { storeContracts } from "../../contract/store-contracts.ts";
import type { StoresUnderTest } from "../../contract/stores-under-test.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables } from "../../support/tables.ts";

const engines = withEngines();
let client: DynamoDBClient;
let stores: StoresUnderTest;
beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  const tables = await createTables(client);
  stores = {
    mirrors: createMirrorStore(client, tables.state),
    mirrorLists: createMirrorLists(client, tables.state),
    history: createHistoryStore(client, tables.history),
    requests: createRequestStore(client, tables.state),
    commits: createCommitStore(client, tables),
    health: createConnectionHealthStore(client, tables.state),
    knownDefinitions: createKnownDefinitions(client, tables.state),
    observations: createObservationStore(client, tables),
    runs: createRunStore(client, tables.state),
    scopeRuns: createScopeRunStore(client, tables.state),
    knownScopes: createKnownScopeStore(client, tables.state),
    expiryOf: async (target) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tables.state, Key: marshall(keyOf(target)), ConsistentRead: true }),
      );
      const expiresAt = Item?.["expiresAt"]?.N;
      return expiresAt === undefined ? undefined : Number(expiresAt);
    },
  };
});
afterAll(() => client?.destroy());

function keyOf(target: ClaimTarget) {
  return target.kind === "definition"
    ? mirrorKey(target.connection, target.definitionId)
    : createClaimKey(target.connection, target.scope);
}

storeContracts(() => stores);
