/** Reads the items that an index has named. */
import { BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { ItemKey } from "./table-keys.ts";

/** As many as one BatchGetItem takes. */
export const MAX_KEYS_PER_READ = 100;

/**
 * The items in the order of their keys, at most {@link MAX_KEYS_PER_READ}; one that is gone meanwhile is left out.
 * Strongly consistent: a list never shows an older state than a request for the item itself.
 */
export async function readItems(
  client: DynamoDBClient,
  table: string,
  keys: readonly ItemKey[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  let pending = keys.map(({ pk, sk }) => marshall({ pk, sk }));
  while (pending.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: pending, ConsistentRead: true } } }),
    );
    for (const item of Responses?.[table] ?? []) {
      const plain = unmarshall(item);
      found.set(`${plain["pk"]} ${plain["sk"]}`, plain);
    }
    pending = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return keys.map(({ pk, sk }) => found.get(`${pk} ${sk}`)).filter((item) => item !== undefined);
}
