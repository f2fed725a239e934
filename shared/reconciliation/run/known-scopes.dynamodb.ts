/** Known scopes in the state table: one item each, all of a connection in one partition. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { queryPages } from "../../platform/query-pages.dynamodb.ts";
import { knownScopeKey, SCOPE_PREFIX } from "../../platform/table-keys.ts";
import { updateOf } from "../../platform/update-expression.ts";
import { healNote } from "../heal/heal-note.dynamodb.ts";
import { type KnownScope, type KnownScopeStore, unknownScope } from "./known-scope.ts";
import { healAttribute, knownScopeAttributes, knownScopeOf } from "./known-scope-item.ts";

/** The update that writes what follows the revision before; also a transaction's part. */
export function knownScopeUpdate(
  stateTable: string,
  known: KnownScope,
): NonNullable<TransactWriteItem["Update"]> {
  const update = updateOf({ ...knownScopeAttributes(known), revision: known.revision + 1 });
  const { revision } = known;
  return {
    TableName: stateTable,
    Key: marshall(knownScopeKey(known.connection, known.scope)),
    UpdateExpression: update.UpdateExpression,
    ConditionExpression: revision === 0 ? "attribute_not_exists(#revision)" : "#revision = :before",
    ExpressionAttributeNames: update.ExpressionAttributeNames,
    ExpressionAttributeValues: marshall({ ...update.values, ...(revision > 0 && { ":before": revision }) }),
  };
}

export function createKnownScopeStore(client: DynamoDBClient, stateTable: string): KnownScopeStore {
  const conditionally = async (update: NonNullable<TransactWriteItem["Update"]>): Promise<boolean> => {
    try {
      await client.send(new UpdateItemCommand(update));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async read({ connection, scope }) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: stateTable,
          Key: marshall(knownScopeKey(connection, scope)),
          ConsistentRead: true,
        }),
      );
      const key = { connection, scope };
      return Item === undefined ? unknownScope(key) : knownScopeOf(key, unmarshall(Item));
    },

    async list(connection, after, limit) {
      const { pk } = knownScopeKey(connection, "");
      const found: KnownScope[] = [];
      const pages = queryPages(
        client,
        {
          TableName: stateTable,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: marshall({ ":pk": pk, ":prefix": SCOPE_PREFIX }),
          ConsistentRead: true,
          ...(after !== undefined && { ExclusiveStartKey: marshall(knownScopeKey(connection, after)) }),
        },
        limit,
      );
      for await (const items of pages) {
        for (const item of items.map((one) => unmarshall(one))) {
          found.push(knownScopeOf({ connection, scope: String(item["scope"]) }, item));
        }
      }
      return found;
    },

    write: (known) => conditionally(knownScopeUpdate(stateTable, known)),

    async noteHeal(place, definitionId, version) {
      await client.send(new UpdateItemCommand(healNote(stateTable, place, definitionId, version)));
    },

    async endHeal({ connection, scope }, definitionId, version) {
      await conditionally({
        TableName: stateTable,
        Key: marshall(knownScopeKey(connection, scope)),
        UpdateExpression: "DELETE #heal :version",
        // An update would make the item anew.
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeNames: { "#heal": healAttribute(definitionId) },
        ExpressionAttributeValues: marshall({ ":version": new Set([version]) }),
      });
    },
  };
}
