import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { Stack } from "aws-cdk-lib";
import { CfnTable, type Table } from "aws-cdk-lib/aws-dynamodb";
import { HistoryTable } from "../../infra/constructs/history-table.ts";
import { StateTable } from "../../infra/constructs/state-table.ts";

/** Names of the two tables in a test's own engine. */
export const testTables = { state: "state", history: "history" };

/** Creates both tables with the keys and indexes that the stack's constructs define; there is no second description. */
export async function createTables(client: DynamoDBClient): Promise<typeof testTables> {
  const stack = new Stack();
  await createTable(client, testTables.state, new StateTable(stack, "State"));
  await createTable(client, testTables.history, new HistoryTable(stack, "History"));
  return testTables;
}

async function createTable(client: DynamoDBClient, name: string, table: Table): Promise<void> {
  const definition = table.node.defaultChild;
  if (!(definition instanceof CfnTable)) throw new Error(`The construct of ${name} holds no table`);
  const { attributeDefinitions, keySchema, globalSecondaryIndexes, billingMode } = definition;
  const properties = { attributeDefinitions, keySchema, globalSecondaryIndexes, billingMode };
  await client.send(
    new CreateTableCommand({
      TableName: name,
      ...(capitalizeKeys(table.stack.resolve(properties)) as Omit<CreateTableCommandInput, "TableName">),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 5, minDelay: 0.05, maxDelay: 0.1 }, { TableName: name });
}

/** CDK spells property names in camel case, DynamoDB in Pascal case; otherwise the two definitions are equal. */
function capitalizeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalizeKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key.replace(/^./, (first) => first.toUpperCase()),
      capitalizeKeys(member),
    ]),
  );
}
