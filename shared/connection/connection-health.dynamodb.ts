/** Connections' health in the state table: one item each, absent while nothing is wrong. */
import { type DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { healthKey } from "../platform/table-keys.ts";
import type { ConnectionHealth, ConnectionHealthStore } from "./connection-health.ts";

export function createConnectionHealthStore(client: DynamoDBClient, table: string): ConnectionHealthStore {
  return {
    async read(connection) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: marshall(healthKey(connection)), ConsistentRead: true }),
      );
      if (Item === undefined) return { state: "active" };
      const { pk, sk, ...health } = unmarshall(Item);
      return health as ConnectionHealth;
    },
  };
}
