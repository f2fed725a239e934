/** The sweep's view of the state table: the index over time names the requests, the table says which are open. */
import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { MAX_KEYS_PER_READ, readItems } from "../../platform/read-items.dynamodb.ts";
import { type ItemKey, monthsBetween, submittedKeysSince, sweepKey } from "../../platform/table-keys.ts";
import { recordOf } from "./request-item.ts";
import { isTerminal } from "./request-state.ts";
import type { SweepStore } from "./sweep-store.ts";

export function createSweepStore(client: DynamoDBClient, table: string): SweepStore {
  return {
    async sweptAt() {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: marshall(sweepKey), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : (unmarshall(Item)["sweptAt"] as number);
    },

    async markSwept(at) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(sweepKey),
          UpdateExpression: "SET sweptAt = :at",
          ExpressionAttributeValues: marshall({ ":at": at }),
        }),
      );
    },

    async *openBetween(from, to) {
      // Two sweeps at once, on clocks that differ a little: BETWEEN would refuse it.
      if (to <= from) return;
      for (const month of monthsBetween(from, to)) {
        for await (const keys of keysOfMonth(client, table, month, from, to)) {
          const records = (await readItems(client, table, keys)).map(recordOf);
          // A retry since the index was read has queued the request anew, in a time that is looked at later.
          yield* records.filter(({ status, queuedAt }) => !isTerminal(status) && queuedAt <= to);
        }
      }
    },
  };
}

async function* keysOfMonth(
  client: DynamoDBClient,
  table: string,
  month: string,
  from: number,
  to: number,
): AsyncGenerator<readonly ItemKey[]> {
  let start: Record<string, unknown> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: "requestsByTime",
        KeyConditionExpression: "requestsKey = :month AND submittedKey BETWEEN :first AND :end",
        ExpressionAttributeValues: marshall({
          ":month": month,
          ":first": submittedKeysSince(from + 1),
          ":end": submittedKeysSince(to + 1),
        }),
        ProjectionExpression: "pk, sk",
        Limit: MAX_KEYS_PER_READ,
        ...(start !== undefined && { ExclusiveStartKey: marshall(start) }),
      }),
    );
    yield Items.map((item) => unmarshall(item) as ItemKey);
    start = LastEvaluatedKey && unmarshall(LastEvaluatedKey);
  } while (start !== undefined);
}
