/**
 * What the stores rely on when they write to DynamoDB, pinned down on the local engine.
 * Known gaps of the engine, on which nothing may depend:
 * - `ClientRequestToken` is forgotten when the engine restarts (AWS: valid for 10 minutes).
 * - Concurrent transactions wait for each other: `TransactionConflict` and `TransactionInProgressException` never occur.
 * - Items whose TTL has passed are never swept (AWS: within days), so readers filter them.
 * - Nothing is ever throttled, and there is no point-in-time recovery.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  IdempotentParameterMismatchException,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

type Item = Record<string, AttributeValue>;

const engines = withEngines();
const table = testTables.state;
let client: DynamoDBClient;

beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  await createTables(client);
});

const keyOf = (pk: string) => ({ pk: { S: pk }, sk: { S: "state" } });
const put = (pk: string, attributes: Item = {}) =>
  client.send(new PutItemCommand({ TableName: table, Item: { ...keyOf(pk), ...attributes } }));
const read = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName: table, Key: keyOf(pk), ConsistentRead: true }))).Item;
const update = (pk: string, input: Omit<UpdateItemCommandInput, "TableName" | "Key">) =>
  client.send(new UpdateItemCommand({ TableName: table, Key: keyOf(pk), ...input }));
const transact = (items: TransactWriteItem[], ClientRequestToken?: string) =>
  client.send(new TransactWriteItemsCommand({ TransactItems: items, ClientRequestToken }));
const count = (pk: string): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: keyOf(pk),
    UpdateExpression: "ADD #count :one",
    ExpressionAttributeNames: { "#count": "count" },
    ExpressionAttributeValues: { ":one": { N: "1" } },
  },
});
const putNew = (pk: string, attributes: Item = {}): TransactWriteItem => ({
  Put: {
    TableName: table,
    Item: { ...keyOf(pk), ...attributes },
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  },
});

/** The error that a command ends with; a command that succeeds fails the test. */
async function errorOf(command: Promise<unknown>): Promise<unknown> {
  return command.then(
    () => expect.fail("the command succeeded"),
    (error: unknown) => error,
  );
}

describe("conditional writes", () => {
  it("lets one of twenty concurrent conditional puts win and shows the losers what is there", async () => {
    const attempts = Array.from({ length: 20 }, (_, index) =>
      client.send(
        new PutItemCommand({
          TableName: table,
          Item: { ...keyOf("contended"), owner: { N: String(index) } },
          ConditionExpression: "attribute_not_exists(pk)",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      ),
    );
    const results = await Promise.allSettled(attempts);
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    const held = { ...keyOf("contended"), owner: { N: String(winner) } };
    expect(await read("contended")).toEqual(held);
    const losers = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
    expect(losers).toHaveLength(19);
    for (const loser of losers) {
      expect(loser).toBeInstanceOf(ConditionalCheckFailedException);
      expect(loser.Item).toEqual(held);
    }
  });

  it("takes a claim that is free, mine or expired, and shows whose it is otherwise", async () => {
    await put("claimed", { version: { N: "3" } });
    const claim = (token: string, now: number) =>
      update("claimed", {
        UpdateExpression: "SET claim = :claim",
        ConditionExpression:
          "attribute_not_exists(claim) OR claim.#token = :token OR claim.leaseUntil < :now",
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: {
          ":claim": { M: { token: { S: token }, leaseUntil: { N: String(now + 100) } } },
          ":token": { S: token },
          ":now": { N: String(now) },
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        ReturnValues: "ALL_NEW",
      });
    const taken = await claim("a", 1000);
    expect(taken.Attributes).toEqual(await read("claimed"));
    await claim("a", 1050);
    const refused = await errorOf(claim("b", 1150));
    expect(refused).toBeInstanceOf(ConditionalCheckFailedException);
    expect(refused).toHaveProperty("Item", {
      ...keyOf("claimed"),
      version: { N: "3" },
      claim: { M: { token: { S: "a" }, leaseUntil: { N: "1150" } } },
    });
    await claim("b", 1151);
    await update("claimed", { UpdateExpression: "REMOVE claim" });
    expect(await read("claimed")).toEqual({ ...keyOf("claimed"), version: { N: "3" } });
  });

  it("makes an update of a missing item fail where the condition wants it to exist", async () => {
    const refused = await errorOf(
      update("absent", {
        UpdateExpression: "SET a = :a",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":a": { N: "1" } },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    expect(refused).toBeInstanceOf(ConditionalCheckFailedException);
    expect(refused).toHaveProperty("Item", undefined);
    expect(await read("absent")).toBeUndefined();
  });

  it("deletes under a condition and gives back what was deleted", async () => {
    await put("withdrawn", { status: { S: "queued" } });
    const remove = new DeleteItemCommand({
      TableName: table,
      Key: keyOf("withdrawn"),
      ConditionExpression: "#status = :queued",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: { ":queued": { S: "queued" } },
      ReturnValues: "ALL_OLD",
    });
    expect((await client.send(remove)).Attributes).toEqual({
      ...keyOf("withdrawn"),
      status: { S: "queued" },
    });
    expect(await errorOf(client.send(remove))).toBeInstanceOf(ConditionalCheckFailedException);
  });
});

describe("transactions", () => {
  it("writes all items, or none and says for each one why", async () => {
    await put("head", { version: { N: "7" } });
    const commit = (expected: string) =>
      transact([
        putNew(`version-after-${expected}`),
        {
          Update: {
            TableName: table,
            Key: keyOf("head"),
            UpdateExpression: "SET version = version + :one",
            ConditionExpression: "version = :expected",
            ExpressionAttributeValues: { ":one": { N: "1" }, ":expected": { N: expected } },
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          },
        },
        {
          ConditionCheck: {
            TableName: testTables.history,
            Key: keyOf("never-written"),
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
        { Delete: { TableName: table, Key: keyOf("not-there") } },
      ]);
    await commit("7");
    const refused = await errorOf(commit("6"));
    expect(refused).toBeInstanceOf(TransactionCanceledException);
    expect(refused).toHaveProperty("CancellationReasons", [
      { Code: "None" },
      {
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        Item: { ...keyOf("head"), version: { N: "8" } },
      },
      { Code: "None" },
      { Code: "None" },
    ]);
    expect(await read("head")).toHaveProperty("version", { N: "8" });
    expect(await read("version-after-7")).toBeDefined();
    expect(await read("version-after-6")).toBeUndefined();
  });

  it("succeeds without a second effect when it is repeated with its ClientRequestToken", async () => {
    // The condition of the first item no longer holds at the second time.
    await transact([putNew("committed"), count("committed-head")], "token-1");
    await transact([putNew("committed"), count("committed-head")], "token-1");
    expect(await read("committed-head")).toHaveProperty("count", { N: "1" });
    await transact([count("committed-head")], "token-2");
    expect(await read("committed-head")).toHaveProperty("count", { N: "2" });
  });

  it("refuses another transaction with a ClientRequestToken that was used", async () => {
    await transact([count("one")], "token-3");
    expect(await errorOf(transact([count("other")], "token-3"))).toBeInstanceOf(
      IdempotentParameterMismatchException,
    );
    expect(await read("other")).toBeUndefined();
  });

  it("may hold a hundred items and not one more", async () => {
    const items = Array.from({ length: 101 }, (_, index) => putNew(`many-${index}`));
    await transact(items.slice(0, 100));
    expect(await read("many-99")).toBeDefined();
    expect(await errorOf(transact(items))).toHaveProperty("name", "ValidationException");
  });

  it("refuses two operations on the same item", async () => {
    expect(await errorOf(transact([count("twice"), count("twice")]))).toHaveProperty(
      "name",
      "ValidationException",
    );
  });

  it("holds up to 4 MB together", async () => {
    const large = (run: string, items: number) =>
      transact(
        Array.from({ length: items }, (_, i) =>
          putNew(`${run}-${i}`, { body: { B: Buffer.alloc(390 * 1024) } }),
        ),
      );
    await large("fits", 10);
    expect(await read("fits-9")).toBeDefined();
    expect(await errorOf(large("too-large", 11))).toHaveProperty("name", "ValidationException");
    expect(await read("too-large-0")).toBeUndefined();
  });
});
