/** Connections' health in the state table: one item each, absent while nothing was ever wrong. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { healthKey } from "../platform/table-keys.ts";
import { type ConnectionHealth, type ConnectionHealthStore, pristineHealth } from "./connection-health.ts";

export function createConnectionHealthStore(client: DynamoDBClient, table: string): ConnectionHealthStore {
  return {
    async read(connection) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: marshall(healthKey(connection)), ConsistentRead: true }),
      );
      if (Item === undefined) return pristineHealth;
      const { pk, sk, ...health } = unmarshall(Item);
      return health as ConnectionHealth;
    },

    async write(connection, health) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall({ ...healthKey(connection), ...health }, { removeUndefinedValues: true }),
            ...(health.revision === pristineHealth.revision + 1
              ? { ConditionExpression: "attribute_not_exists(revision)" }
              : {
                  ConditionExpression: "revision = :before",
                  ExpressionAttributeValues: marshall({ ":before": health.revision - 1 }),
                }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
