/** The template's tables in the local DynamoDB engine. */
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import * as z from "zod/mini";
import { StartError } from "../start-error.ts";
import { type References, resourcesOfType, type Template } from "../template/template.ts";

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) }));
const projection = z.object({
  ProjectionType: z.enum(["ALL", "KEYS_ONLY", "INCLUDE"]),
  NonKeyAttributes: z.optional(z.array(z.string())),
});
// Point-in-time recovery, deletion protection and encryption have no meaning on a laptop. Items past their
// TTL stay: whoever reads them filters, as he must on AWS, where they stay for days.
const tableProperties = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) }),
  ),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: z._default(
    z.array(z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: projection })),
    [],
  ),
});

/** Creates the tables that do not exist yet; others keep their data. */
export async function createTables(
  client: DynamoDBClient,
  template: Template,
  references: References,
): Promise<void> {
  const tables = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"].flatMap((type) =>
    resourcesOfType(template, type, tableProperties, references),
  );
  await Promise.all(
    tables.map(async ({ logicalId, properties }) => {
      const { GlobalSecondaryIndexes: indexes, ...keys } = properties;
      const wanted: CreateTableCommandInput = {
        ...keys,
        TableName: references.ref(logicalId),
        BillingMode: "PAY_PER_REQUEST",
        ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes }),
      };
      const existing = await describe(client, references.ref(logicalId));
      if (existing === undefined) await create(client, wanted);
      else requireSameKeys(wanted, existing);
    }),
  );
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(client: DynamoDBClient, wanted: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(wanted));
  await waitUntilTableExists(
    { client, minDelay: 1, maxDelay: 1, maxWaitTime: 15 },
    { TableName: wanted.TableName },
  );
}

/** Keys cannot be changed, and an index that is missing would fail only in the first query that needs it. */
function requireSameKeys(wanted: CreateTableCommandInput, existing: TableDescription): void {
  if (keysOf(wanted) === keysOf(existing)) return;
  throw new StartError(
    `The table ${wanted.TableName} in the data folder has other keys or indexes than the template; start with --fresh`,
  );
}

type Keyed = Pick<TableDescription, "KeySchema" | "GlobalSecondaryIndexes">;

function keysOf({ KeySchema, GlobalSecondaryIndexes }: Keyed | CreateTableCommandInput): string {
  const indexes = (GlobalSecondaryIndexes ?? []).map((index) => [
    index.IndexName,
    (index.KeySchema ?? []).map(keyText),
    index.Projection?.ProjectionType,
    (index.Projection?.NonKeyAttributes ?? []).toSorted(),
  ]);
  return JSON.stringify([
    (KeySchema ?? []).map(keyText),
    indexes.map((index) => JSON.stringify(index)).sort(),
  ]);
}

function keyText({ AttributeName, KeyType }: { AttributeName?: unknown; KeyType?: unknown }): string {
  return `${KeyType} ${AttributeName}`;
}
