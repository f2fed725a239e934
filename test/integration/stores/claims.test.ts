import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import type { ClaimTarget, Intent } from "../../../shared/definition/claim.ts";
import { createMirrorStore } from "../../../shared/definition/mirror-store.dynamodb.ts";
import type { MirrorStore } from "../../../shared/definition/mirror-store.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
let store: MirrorStore;
let client: DynamoDBClient;
beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  await createTables(client);
  store = createMirrorStore(client, testTables.state);
});

const now = Date.parse("2026-11-21T10:00:00.000Z");
let definitions = 0;
const definition = (): ClaimTarget => ({
  kind: "definition",
  connection: "retell",
  definitionId: `d${++definitions}`,
});
const scope = (): ClaimTarget => ({
  kind: "create",
  connection: "retell",
  scope: `retell-llm:${++definitions}`,
});
const claim = (requestId: string, token: string, leaseUntil = now + 30_000) => ({
  requestId,
  token,
  leaseUntil,
});
const intent: Intent = {
  requestId: "a",
  epoch: 1,
  attempt: 1,
  operation: "update",
  startedAt: now,
  callDeadlineAt: now + 10_000,
  baseModifiedRaw: 1_761_074_796_123,
  touched: ["name"],
};

describe.each([
  ["a definition", definition],
  ["a scope's creates", scope],
])("the claim of %s", (_what, target) => {
  it("is held by one request; another one learns until when", async () => {
    const of = target();
    expect(await store.takeClaim(of, claim("a", "1"), now)).toEqual({ taken: true });
    expect(await store.takeClaim(of, claim("b", "2"), now)).toEqual({
      taken: false,
      heldUntil: now + 30_000,
    });
  });

  it("can be taken by one of many at the same time", async () => {
    const of = target();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store.takeClaim(of, claim(`r${index}`, `t${index}`), now)),
    );
    expect(answers.filter(({ taken }) => taken)).toHaveLength(1);
  });

  it("is free when its lease has passed, and again for the same request at once", async () => {
    const of = target();
    await store.takeClaim(of, claim("a", "1"), now);
    expect(await store.takeClaim(of, claim("a", "2"), now)).toEqual({ taken: true });
    expect((await store.takeClaim(of, claim("b", "3"), now + 30_000)).taken).toBe(false);
    expect((await store.takeClaim(of, claim("b", "3"), now + 30_001)).taken).toBe(true);
  });

  it("hands an open intent on to whoever takes it over", async () => {
    const of = target();
    await store.takeClaim(of, claim("a", "1"), now);
    expect(await store.writeIntent(of, "1", intent)).toBe(true);
    expect(await store.takeClaim(of, claim("b", "2"), now + 60_000)).toEqual({
      taken: true,
      openIntent: intent,
    });
  });

  it("keeps an open intent when it is given back, until it is cleared", async () => {
    const of = target();
    await store.takeClaim(of, claim("a", "1"), now);
    await store.writeIntent(of, "1", intent);
    await store.releaseClaim(of, "1", { withoutHistoryAt: now });
    expect(await store.takeClaim(of, claim("b", "2"), now)).toEqual({ taken: true, openIntent: intent });
    expect(await store.clearIntent(of, "2")).toBe(true);
    await store.releaseClaim(of, "2");
    expect(await store.takeClaim(of, claim("c", "3"), now)).toEqual({ taken: true });
  });

  it("lets nobody write, clear or release with a token that is not the holder's", async () => {
    const of = target();
    await store.takeClaim(of, claim("a", "1"), now);
    await store.takeClaim(of, claim("a", "2"), now);
    expect(await store.writeIntent(of, "1", intent)).toBe(false);
    expect(await store.clearIntent(of, "1")).toBe(false);
    await store.releaseClaim(of, "1");
    expect((await store.takeClaim(of, claim("b", "3"), now)).taken).toBe(false);
  });
});

describe("an item that only ever carried a claim", () => {
  it("expires, but never once it has been claimed again or has a history", async () => {
    const of = definition() as Extract<ClaimTarget, { kind: "definition" }>;
    const expiry = async () => {
      const Key = { pk: { S: `DEF#retell#${of.definitionId}` }, sk: { S: "MIRROR" } };
      const { Item } = await client.send(
        new GetItemCommand({ TableName: testTables.state, Key, ConsistentRead: true }),
      );
      return Item?.["expiresAt"]?.N;
    };
    await store.takeClaim(of, claim("a", "1"), now);
    await store.releaseClaim(of, "1", { withoutHistoryAt: now });
    expect(await expiry()).toBe(String(now / 1_000 + 86_400));
    await store.takeClaim(of, claim("b", "2"), now);
    expect(await expiry()).toBeUndefined();
    const Key = { pk: { S: `DEF#retell#${of.definitionId}` }, sk: { S: "MIRROR" } };
    await client.send(
      new UpdateItemCommand({
        TableName: testTables.state,
        Key,
        UpdateExpression: "SET #version = :one",
        ExpressionAttributeNames: { "#version": "version" },
        ExpressionAttributeValues: { ":one": { N: "1" } },
      }),
    );
    await store.releaseClaim(of, "2", { withoutHistoryAt: now });
    expect(await expiry()).toBeUndefined();
    expect((await store.takeClaim(of, claim("c", "3"), now)).taken).toBe(true);
  });

  it("shows no mirror", async () => {
    const of = definition() as Extract<ClaimTarget, { kind: "definition" }>;
    await store.takeClaim(of, claim("a", "1"), now);
    expect(await store.mirror(of)).toBeUndefined();
    await store.releaseClaim(of, "1", { withoutHistoryAt: now });
    expect(await store.mirror(of)).toBeUndefined();
  });
});
