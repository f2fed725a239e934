/**
 * What the stores and the benchmarks rely on in DynamoDB's items: values, sizes, counted capacity, durability.
 * Known gaps: dynamodb-conformance.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { crashUnderLoad } from "../../support/crash-under-load.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
const table = testTables.state;
let client: DynamoDBClient;

beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  await createTables(client);
});

const keyOf = (pk: string) => ({ pk: { S: pk }, sk: { S: "-" } });
const put = (pk: string, attributes: Record<string, AttributeValue>) =>
  client.send(new PutItemCommand({ TableName: table, Item: { ...keyOf(pk), ...attributes } }));
const read = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName: table, Key: keyOf(pk), ConsistentRead: true }))).Item;

describe("values", () => {
  it.each<[string, AttributeValue]>([
    ["every byte", { B: Uint8Array.from({ length: 256 }, (_, byte) => byte) }],
    ["text of all planes and an empty text", { L: [{ S: 'a"\\\n\u0000\u2028ä漢😀\ufffd' }, { S: "" }] }],
    [
      "null, booleans, empty collections",
      { M: { a: { NULL: true }, b: { BOOL: false }, c: { M: {} }, d: { L: [] } } },
    ],
    [
      "38 digits",
      {
        L: [
          { N: "12345678901234567890123456789012345678" },
          { N: "-0.12345678901234567890123456789012345678" },
        ],
      },
    ],
    ["epoch milliseconds and small decimals", { L: [{ N: "1761074796123" }, { N: "0.1" }, { N: "-1" }] }],
  ])("keeps %s", async (name, value) => {
    await put(name, { value });
    expect((await read(name))?.["value"]).toEqual(value);
  });

  it("refuses numbers of more than 38 digits instead of rounding them", async () => {
    await expect(
      put("digits", { n: { N: "123456789012345678901234567890123456789" } }),
    ).rejects.toHaveProperty("name", "ValidationException");
  });

  it("compares numbers as numbers, also beyond what a double can hold", async () => {
    await put("numbers", { n: { N: "9007199254740993" } });
    const addIf = (bound: string) =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf("numbers"),
          UpdateExpression: "ADD n :one",
          ConditionExpression: "n > :bound",
          ExpressionAttributeValues: { ":one": { N: "1" }, ":bound": { N: bound } },
          ReturnValues: "UPDATED_NEW",
        }),
      );
    await expect(addIf("9007199254740993")).rejects.toHaveProperty("name", "ConditionalCheckFailedException");
    expect((await addIf("9007199254740992")).Attributes).toEqual({ n: { N: "9007199254740994" } });
  });
});

describe("item size", () => {
  // An item's size is the bytes of its attribute names and values: "pk" + "size", "sk" + "-", "body" + the body.
  const overhead = "pk".length + "size".length + "sk".length + "-".length + "body".length;
  const body = (size: number) => ({ B: new Uint8Array(size - overhead) });

  it("may be 400 KB and not a byte more, by put and by update", async () => {
    const limit = 400 * 1024;
    await put("size", { body: body(limit) });
    await expect(put("size", { body: body(limit + 1) })).rejects.toHaveProperty(
      "name",
      "ValidationException",
    );
    const grow = new UpdateItemCommand({
      TableName: table,
      Key: keyOf("size"),
      UpdateExpression: "SET body = :body",
      ExpressionAttributeValues: { ":body": body(limit + 1) },
    });
    await expect(client.send(grow)).rejects.toHaveProperty("name", "ValidationException");
    expect((await read("size"))?.["body"]).toEqual(body(limit));
  });
});

describe("consumed capacity", () => {
  const keys = keyOf("counted");
  const item = {
    ...keys,
    scopeKey: { S: "counted" },
    connectionKey: { S: "counted" },
    firstSeenKey: { S: "2026" },
    body: { B: new Uint8Array(1500) },
  };
  const ReturnConsumedCapacity = "INDEXES";
  const target = { TableName: table, Key: keys, ReturnConsumedCapacity } as const;
  const units = (capacity: ConsumedCapacity | undefined) => ({
    total: capacity?.CapacityUnits,
    table: capacity?.Table?.CapacityUnits,
    indexes: Object.fromEntries(
      Object.entries(capacity?.GlobalSecondaryIndexes ?? {}).map(([name, index]) => [
        name,
        index.CapacityUnits,
      ]),
    ),
  });
  const bothIndexes = { byScope: 1, byConnection: 1 };

  it("counts a unit per KB written, and each index that the write changes", async () => {
    const written = await client.send(
      new PutItemCommand({ TableName: table, Item: item, ReturnConsumedCapacity }),
    );
    expect(units(written.ConsumedCapacity)).toEqual({ total: 4, table: 2, indexes: bothIndexes });
    const updated = await client.send(
      new UpdateItemCommand({
        ...target,
        UpdateExpression: "SET claim = :claim",
        ExpressionAttributeValues: { ":claim": { S: "notProjected" } },
      }),
    );
    expect(units(updated.ConsumedCapacity)).toEqual({ total: 2, table: 2, indexes: {} });
    const deleted = await client.send(new DeleteItemCommand(target));
    expect(units(deleted.ConsumedCapacity)).toEqual({ total: 4, table: 2, indexes: bothIndexes });
  });

  it("gives the total alone where only that is asked for", async () => {
    const { ConsumedCapacity } = await client.send(
      new PutItemCommand({ TableName: table, Item: item, ReturnConsumedCapacity: "TOTAL" }),
    );
    expect(ConsumedCapacity).toEqual({ TableName: table, CapacityUnits: 4 });
  });

  it("counts a unit per 4 KB read, half of it where the read need not be consistent", async () => {
    await client.send(new PutItemCommand({ TableName: table, Item: item }));
    const consistent = await client.send(new GetItemCommand({ ...target, ConsistentRead: true }));
    expect(units(consistent.ConsumedCapacity).total).toBe(1);
    const eventual = await client.send(new GetItemCommand(target));
    expect(units(eventual.ConsumedCapacity).total).toBe(0.5);
    const queried = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: "byScope",
        KeyConditionExpression: "scopeKey = :scope",
        ExpressionAttributeValues: { ":scope": item.scopeKey },
        ReturnConsumedCapacity,
      }),
    );
    expect(units(queried.ConsumedCapacity)).toEqual({ total: 0.5, table: 0, indexes: { byScope: 0.5 } });
    const batch = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: [keys, keyOf("missing")] } },
        ReturnConsumedCapacity,
      }),
    );
    expect(batch.ConsumedCapacity?.map(units)).toEqual([{ total: 1, table: 1, indexes: {} }]);
  });

  it("counts a transaction's writes and condition checks twice, table by table", async () => {
    const { ConsumedCapacity } = await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName: table, Item: { ...keyOf("committed"), body: item.body } } },
          {
            ConditionCheck: {
              TableName: testTables.history,
              Key: keyOf("committed"),
              ConditionExpression: "attribute_not_exists(pk)",
            },
          },
        ],
        ReturnConsumedCapacity,
      }),
    );
    const perTable = Object.fromEntries(
      (ConsumedCapacity ?? []).map((each) => [each.TableName, each.CapacityUnits]),
    );
    expect(perTable).toEqual({ [table]: 4, [testTables.history]: 2 });
  });
});

describe("durability", () => {
  it("keeps every acknowledged write and whole transactions over a SIGKILL of the engine", async () => {
    const half = (pk: string, sk: string) => {
      const scopeKey = { S: `durable-${sk}` };
      return {
        Put: { TableName: table, Item: { pk: { S: pk }, sk: { S: sk }, scopeKey, firstSeenKey: { S: pk } } },
      };
    };
    const acknowledged = await crashUnderLoad(engines, ["a", "b", "c", "d"], (writer, index) => {
      const pk = `${writer}-${index}`;
      return client.send(
        new TransactWriteItemsCommand({ TransactItems: [half(pk, "left"), half(pk, "right")] }),
      );
    });

    client = dynamoDbClient(engines.current);
    const kept = async (sk: string) => {
      const { Items } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: "byScope",
          KeyConditionExpression: "scopeKey = :scope",
          ExpressionAttributeValues: { ":scope": { S: `durable-${sk}` } },
        }),
      );
      return Items?.map(({ pk }) => pk?.S) ?? [];
    };
    const left = await kept("left");
    const expected = [...acknowledged].flatMap(([writer, count]) =>
      Array.from({ length: count }, (_, index) => `${writer}-${index}`),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(left).toEqual(expect.arrayContaining(expected));
    expect(await kept("right")).toEqual(left);
  });
});
