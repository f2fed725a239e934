/** What the stores rely on when they read from DynamoDB: queries, indexes, batches. Known gaps: dynamodb-conformance. */
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
const table = testTables.state;
let client: DynamoDBClient;

beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  await createTables(client);
});

const put = (pk: string, sk: string, attributes: Record<string, AttributeValue> = {}) =>
  client.send(
    new PutItemCommand({ TableName: table, Item: { pk: { S: pk }, sk: { S: sk }, ...attributes } }),
  );
const query = (keyAttribute: string, key: string, input: Partial<QueryCommandInput> = {}) =>
  client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: `${keyAttribute} = :key`,
      ...input,
      ExpressionAttributeValues: { ":key": { S: key }, ...input.ExpressionAttributeValues },
    }),
  );
const sortKeys = (page: { Items?: Record<string, AttributeValue>[] | undefined }) =>
  page.Items?.map(({ sk }) => sk?.S);

describe("queries of a table", () => {
  beforeAll(async () => {
    await Promise.all(["v#0003", "v#0010", "u#1", "v#0001", "v#0002"].map((sk) => put("versions", sk)));
  });

  it("gives the sort keys in byte order, forwards and backwards", async () => {
    expect(sortKeys(await query("pk", "versions"))).toEqual(["u#1", "v#0001", "v#0002", "v#0003", "v#0010"]);
    const backwards = await query("pk", "versions", { ScanIndexForward: false, Limit: 2 });
    expect(sortKeys(backwards)).toEqual(["v#0010", "v#0003"]);
  });

  it("orders sort keys by their UTF-8 bytes, not by language or UTF-16", async () => {
    const keys = ["Z", "a", "ä", "～", "😀"];
    await Promise.all(keys.toReversed().map((sk) => put("bytes", sk)));
    expect(sortKeys(await query("pk", "bytes"))).toEqual(keys);
  });

  it("narrows by prefix, range and bound", async () => {
    const narrowed = async (condition: string, values: Record<string, string>) =>
      sortKeys(
        await query("pk", "versions", {
          KeyConditionExpression: `pk = :key AND ${condition}`,
          ExpressionAttributeValues: Object.fromEntries(
            Object.entries(values).map(([name, value]) => [name, { S: value }]),
          ),
        }),
      );
    expect(await narrowed("begins_with(sk, :v)", { ":v": "v#" })).toHaveLength(4);
    expect(await narrowed("sk BETWEEN :a AND :b", { ":a": "v#0002", ":b": "v#0003" })).toEqual([
      "v#0002",
      "v#0003",
    ]);
    expect(await narrowed("sk <= :a", { ":a": "v#0001" })).toEqual(["u#1", "v#0001"]);
  });

  it("continues after the last evaluated key until there is none", async () => {
    const pages: unknown[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await query("pk", "versions", { Limit: 2, ...(start && { ExclusiveStartKey: start }) });
      pages.push(sortKeys(page));
      start = page.LastEvaluatedKey;
    } while (start);
    expect(pages).toEqual([["u#1", "v#0001"], ["v#0002", "v#0003"], ["v#0010"]]);
  });

  it("counts the limit before the filter, so that a page may be empty and still continue", async () => {
    const page = await query("pk", "versions", {
      Limit: 1,
      FilterExpression: "sk_copy = :none",
      ExpressionAttributeValues: { ":none": { S: "none" } },
    });
    expect(page.Items).toEqual([]);
    expect(page.LastEvaluatedKey).toEqual({ pk: { S: "versions" }, sk: { S: "u#1" } });
  });

  it("ends a page at 1 MB", async () => {
    const body = { B: Buffer.alloc(300 * 1024) };
    await Promise.all(["1", "2", "3", "4", "5"].map((sk) => put("large", sk, { body })));
    const page = await query("pk", "large");
    expect(page.Items?.length).toBeLessThan(5);
    expect(page.LastEvaluatedKey).toBeDefined();
    const selected = await query("pk", "large", { ProjectionExpression: "sk" });
    expect(selected.Items?.length).toBe(page.Items?.length);
  });

  it("sees a write at once with a consistent read", async () => {
    for (let version = 1; version <= 20; version++) {
      await put("fresh", "head", { version: { N: String(version) } });
      const { Items } = await query("pk", "fresh", { ConsistentRead: true });
      expect(Items?.[0]?.["version"]).toEqual({ N: String(version) });
    }
  });
});

describe("indexes", () => {
  const mirror = (id: string, scopeKey: string, firstSeenKey: string) =>
    put(`definition#${id}`, "mirror", {
      scopeKey: { S: scopeKey },
      connectionKey: { S: "retell" },
      firstSeenKey: { S: firstSeenKey },
      name: { S: `Case ${id}` },
      version: { N: "1" },
      document: { B: Buffer.from("not projected") },
    });

  it("holds the keys and only the included attributes, in the order of the index's sort key", async () => {
    await mirror("b", "scope-1", "2026-02");
    await mirror("a", "scope-1", "2026-03");
    await mirror("c", "scope-2", "2026-01");
    const { Items } = await query("scopeKey", "scope-1", { IndexName: "byScope" });
    expect(Items?.map(({ pk }) => pk?.S)).toEqual(["definition#b", "definition#a"]);
    expect(Items?.[0]).toEqual({
      pk: { S: "definition#b" },
      sk: { S: "mirror" },
      scopeKey: { S: "scope-1" },
      firstSeenKey: { S: "2026-02" },
      name: { S: "Case b" },
      version: { N: "1" },
    });
  });

  it("holds keys only where the projection says so", async () => {
    const { Items } = await query("connectionKey", "retell", { IndexName: "byConnection", Limit: 1 });
    expect(Items).toEqual([
      {
        pk: { S: "definition#c" },
        sk: { S: "mirror" },
        connectionKey: { S: "retell" },
        firstSeenKey: { S: "2026-01" },
      },
    ]);
  });

  it("is sparse: without its keys an item is not in it, and follows when they change", async () => {
    const inScope = async (scopeKey: string) =>
      (await query("scopeKey", scopeKey, { IndexName: "byScope" })).Items?.map(({ pk }) => pk?.S);
    const change = (UpdateExpression: string, values?: Record<string, AttributeValue>) =>
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: "definition#moving" }, sk: { S: "mirror" } },
          UpdateExpression,
          ...(values && { ExpressionAttributeValues: values }),
        }),
      );
    await put("definition#moving", "mirror", { scopeKey: { S: "from" } });
    expect(await inScope("from")).toEqual([]);
    await change("SET firstSeenKey = :seen", { ":seen": { S: "2026-01" } });
    expect(await inScope("from")).toEqual(["definition#moving"]);
    await change("SET scopeKey = :to", { ":to": { S: "to" } });
    expect(await inScope("from")).toEqual([]);
    expect(await inScope("to")).toEqual(["definition#moving"]);
    await change("REMOVE scopeKey");
    expect(await inScope("to")).toEqual([]);
  });

  it("continues after the last evaluated key also between equal index keys", async () => {
    for (const id of ["e", "d", "f"]) await mirror(id, "scope-equal", "2026-05");
    const seen: unknown[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await query("scopeKey", "scope-equal", {
        IndexName: "byScope",
        ScanIndexForward: false,
        Limit: 1,
        ...(start && { ExclusiveStartKey: start }),
      });
      seen.push(...(page.Items ?? []).map(({ pk }) => pk?.S));
      start = page.LastEvaluatedKey;
    } while (start);
    expect(seen.toSorted()).toEqual(["definition#d", "definition#e", "definition#f"]);
  });

  it("refuses consistent reads", async () => {
    const read = query("scopeKey", "scope-1", { IndexName: "byScope", ConsistentRead: true });
    await expect(read).rejects.toHaveProperty("name", "ValidationException");
  });
});

describe("batches", () => {
  const getBatch = (ids: number[]) =>
    client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [table]: {
            Keys: ids.map((id) => ({ pk: { S: `batch#${id}` }, sk: { S: "item" } })),
            ConsistentRead: true,
            ProjectionExpression: "pk, #value",
            ExpressionAttributeNames: { "#value": "value" },
          },
        },
      }),
    );

  it("gets up to a hundred items, leaves out what is missing, and keeps no order", async () => {
    await Promise.all([1, 2, 3].map((id) => put(`batch#${id}`, "item", { value: { N: String(id) } })));
    const { Responses, UnprocessedKeys } = await getBatch(Array.from({ length: 100 }, (_, id) => id));
    const values = Responses?.[table]?.map(({ value }) => value?.N);
    expect(values?.toSorted()).toEqual(["1", "2", "3"]);
    expect(UnprocessedKeys).toEqual({});
    await expect(getBatch(Array.from({ length: 101 }, (_, id) => id))).rejects.toHaveProperty(
      "name",
      "ValidationException",
    );
  });

  it("leaves keys unprocessed where the answer would exceed 16 MB", async () => {
    const ids = Array.from({ length: 50 }, (_, index) => 1000 + index);
    const value = { B: Buffer.alloc(380 * 1024) };
    for (const id of ids) await put(`batch#${id}`, "item", { value });
    const { Responses, UnprocessedKeys } = await getBatch(ids);
    const got = Responses?.[table]?.length ?? 0;
    expect(got).toBeLessThan(50);
    expect(got + (UnprocessedKeys?.[table]?.Keys?.length ?? 0)).toBe(50);
  });
});
