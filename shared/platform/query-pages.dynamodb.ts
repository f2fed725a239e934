import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/client-dynamodb";

type Items = readonly Record<string, AttributeValue>[];

/** The items that a query finds, page by page: all, or the first `limit`. */
export async function* queryPages(
  client: DynamoDBClient,
  query: Omit<QueryCommandInput, "Limit">,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Items> {
  let start = query.ExclusiveStartKey;
  let left = limit;
  do {
    const { Items: items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        ...query,
        ...(Number.isFinite(left) && { Limit: left }),
        ...(start !== undefined && { ExclusiveStartKey: start }),
      }),
    );
    yield items;
    left -= items.length;
    start = LastEvaluatedKey;
  } while (start !== undefined && left > 0);
}
