/**
 * Lists of mirrors from the state table's indexes. An index lags behind the table, so it gives only the keys and the
 * order; what a list shows is read from the table itself.
 */
import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { MAX_KEYS_PER_READ, readItems } from "../../platform/read-items.dynamodb.ts";
import { connectionKey, firstSeenKey, type ItemKey, scopeKey } from "../../platform/table-keys.ts";
import type { Mirror } from "./mirror.ts";
import { mirrorOf } from "./mirror-item.ts";
import type { MirrorFilter, MirrorLists, MirrorPosition } from "./mirror-lists.ts";

type IndexEntry = ItemKey & { readonly firstSeenKey: string };

export function createMirrorLists(client: DynamoDBClient, table: string): MirrorLists {
  return {
    async list(of, filter, after, limit) {
      const mirrors: Mirror[] = [];
      let position = after;
      for (;;) {
        const { entries, isLast } = await indexPage(client, table, of, position);
        for (const item of await readItems(client, table, entries)) {
          const mirror = mirrorOf(item);
          if (mirror === undefined || !matches(mirror, of.scope, filter)) continue;
          if (mirrors.length === limit) return { mirrors, next: positionOf(mirrors) };
          mirrors.push(mirror);
        }
        position = entries.at(-1)?.firstSeenKey;
        if (isLast) return { mirrors };
      }
    },
  };
}

async function indexPage(
  client: DynamoDBClient,
  table: string,
  { connection, scope }: { connection: string; scope?: string },
  after: MirrorPosition | undefined,
): Promise<{ readonly entries: readonly IndexEntry[]; readonly isLast: boolean }> {
  const [index, partition, value] =
    scope === undefined
      ? (["byConnection", "connectionKey", connectionKey(connection)] as const)
      : (["byScope", "scopeKey", scopeKey(connection, scope)] as const);
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: `${partition} = :partition${after === undefined ? "" : " AND firstSeenKey > :after"}`,
      ExpressionAttributeValues: marshall({
        ":partition": value,
        ...(after !== undefined && { ":after": after }),
      }),
      ProjectionExpression: "pk, sk, firstSeenKey",
      Limit: MAX_KEYS_PER_READ,
    }),
  );
  return {
    entries: Items.map((item) => unmarshall(item) as IndexEntry),
    isLast: LastEvaluatedKey === undefined,
  };
}

function matches(mirror: Mirror, scope: string | undefined, filter: MirrorFilter): boolean {
  // The index may still name the scope that a definition has left.
  if (scope !== undefined && mirror.scope !== scope) return false;
  if (mirror.deleted && filter.withDeleted !== true) return false;
  return filter.name === undefined || mirror.name.toLowerCase().includes(filter.name.toLowerCase());
}

function positionOf(mirrors: readonly Mirror[]): MirrorPosition {
  const { firstSeenAt, definitionId } = mirrors.at(-1) as Mirror;
  return firstSeenKey(firstSeenAt, definitionId);
}
