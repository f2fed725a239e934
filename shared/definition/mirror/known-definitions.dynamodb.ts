/** The state table's view of many definitions: the index by scope, and mirrors in batches. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { queryPages } from "../../platform/query-pages.dynamodb.ts";
import { MAX_KEYS_PER_READ, readItems } from "../../platform/read-items.dynamodb.ts";
import { mirrorKey, scopeKey } from "../../platform/table-keys.ts";
import type { KnownDefinition, KnownDefinitions } from "./known-definitions.ts";
import type { Mirror } from "./mirror.ts";
import { mirrorOf } from "./mirror-item.ts";
import { createMirrorLists } from "./mirror-lists.dynamodb.ts";

export function createKnownDefinitions(client: DynamoDBClient, table: string): KnownDefinitions {
  const lists = createMirrorLists(client, table);
  return {
    async inScope(connection, scope) {
      const known: KnownDefinition[] = [];
      const pages = queryPages(client, {
        TableName: table,
        IndexName: "byScope",
        KeyConditionExpression: "scopeKey = :scope",
        ExpressionAttributeNames: { "#scope": "scope", "#version": "version" },
        ExpressionAttributeValues: marshall({ ":scope": scopeKey(connection, scope) }),
        ProjectionExpression:
          "definitionId, #version, deleted, #scope, contentHash, listRowHash, missingSince",
      });
      for await (const items of pages)
        known.push(...items.map((item) => unmarshall(item) as KnownDefinition));
      return known;
    },

    async living(connection, limit) {
      const { mirrors } = await lists.list({ connection }, {}, undefined, limit);
      return mirrors;
    },

    async mirrors(connection, ids) {
      const keys = [...new Set(ids)].map((definitionId) => mirrorKey(connection, definitionId));
      const found = new Map<string, Mirror>();
      for (let first = 0; first < keys.length; first += MAX_KEYS_PER_READ) {
        for (const item of await readItems(client, table, keys.slice(first, first + MAX_KEYS_PER_READ))) {
          const mirror = mirrorOf(item);
          if (mirror !== undefined) found.set(mirror.definitionId, mirror);
        }
      }
      return found;
    },
  };
}
