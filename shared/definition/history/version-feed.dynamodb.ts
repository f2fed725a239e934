/** The feed of all versions, from the history table's index over the time at which they were recorded. */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { feedKeysFrom, feedKeysUpTo, monthsBetween } from "../../platform/table-keys.ts";
import type { FeedEntry, FeedFilter, VersionFeed } from "./version-feed.ts";

/** So many index pages (of 1 MB, some thousand versions each) are looked through at a time; an empty month is one. */
const PAGES_AT_A_TIME = 60;

type IndexEntry = Omit<FeedEntry, "position"> & { readonly feedKey: string };

export function createVersionFeed(client: DynamoDBClient, table: string): VersionFeed {
  return {
    async list({ from, to }, filter, after, limit) {
      const entries: FeedEntry[] = [];
      const lowest = feedKeysFrom(from);
      // Everything above it has been looked through.
      let highest = after ?? feedKeysUpTo(to);
      let pages = 0;
      for (const month of monthsBetween(from, to).toReversed()) {
        if (month >= highest || highest < lowest) continue;
        let start: QueryCommandInput["ExclusiveStartKey"];
        do {
          if (pages === PAGES_AT_A_TIME) return { entries, next: highest };
          pages += 1;
          const { Items = [], LastEvaluatedKey } = await client.send(
            new QueryCommand({
              TableName: table,
              IndexName: "byRecordedAt",
              KeyConditionExpression: "feedMonth = :month AND feedKey BETWEEN :lowest AND :highest",
              ...filterOf(filter, { ":month": month, ":lowest": lowest, ":highest": highest }),
              ScanIndexForward: false,
              ...(start !== undefined && { ExclusiveStartKey: start }),
            }),
          );
          for (const item of Items) {
            const { connection, definitionId, version, feedKey } = unmarshall(item) as IndexEntry;
            if (feedKey === after) continue;
            const last = entries.at(-1);
            if (entries.length === limit && last !== undefined) return { entries, next: last.position };
            entries.push({ connection, definitionId, version, position: feedKey });
          }
          start = LastEvaluatedKey;
          highest = start === undefined ? month : String(unmarshall(start)["feedKey"]);
        } while (start !== undefined);
      }
      return { entries };
    },
  };
}

function filterOf(
  { actor, ...equal }: FeedFilter,
  keys: Readonly<Record<string, string>>,
): Pick<QueryCommandInput, "FilterExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"> {
  const given = Object.entries(equal).filter(([, value]) => value !== undefined);
  const conditions = [
    ...given.map(([name]) => `#${name} = :${name}`),
    ...(actor === undefined ? [] : ["(actorClaimed = :actor OR actorAuthenticated = :actor)"]),
  ];
  return {
    ...(conditions.length > 0 && { FilterExpression: conditions.join(" AND ") }),
    // Some of these names mean something else to DynamoDB.
    ...(given.length > 0 && {
      ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    }),
    ExpressionAttributeValues: marshall({
      ...keys,
      ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
      ...(actor !== undefined && { ":actor": actor }),
    }),
  };
}
