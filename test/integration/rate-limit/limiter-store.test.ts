import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLimiterStore } from "../../../shared/rate-limit/limiter-store.dynamodb.ts";
import type { LimiterStore } from "../../../shared/rate-limit/limiter-store.ts";
import { limiterStoreContract } from "../../contract/limiter-store.contract.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables } from "../../support/tables.ts";

const engines = withEngines();
let client: DynamoDBClient;
let store: LimiterStore;
beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  const { state } = await createTables(client);
  store = createLimiterStore(client, state);
});
afterAll(() => client?.destroy());

limiterStoreContract(() => store);

it("dates every answer, a refused write's too", async () => {
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  const set = { tat: { plus: 1 } };
  const answers = [
    await store.read("dated"),
    await store.write("dated", { set, conditions: [] }),
    await store.write("dated", { set, conditions: [{ attribute: "tat", below: 1 }] }),
  ];
  expect(answers[2]).toMatchObject({ written: false });
  for (const { storeDateAt } of answers) {
    expect(storeDateAt).toBeGreaterThanOrEqual(before);
    expect(storeDateAt).toBeLessThanOrEqual(Date.now());
  }
});
