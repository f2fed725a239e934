/**
 * The history table. Append-only: this is the one module that puts anything there, and each put demands that nothing
 * is in its place; no function may update or delete there.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { exactItem } from "../../platform/exact-item.ts";
import { queryPages } from "../../platform/query-pages.dynamodb.ts";
import { blobKey, versionKey } from "../../platform/table-keys.ts";
import { type CompressedText, chunksOf, type StoredText } from "../document/stored-text.ts";
import type { DefinitionKey } from "../mirror/mirror.ts";
import type { HistoryStore } from "./history-store.ts";
import type { NewVersion } from "./version.ts";
import { recordOf, storedVersionOf, textOf, type VersionItem, versionItem } from "./version-item.ts";

const NOTHING_IN_ITS_PLACE = "attribute_not_exists(pk)";

/** The transaction's part that appends a version. Its chunks are put before, by {@link putChunks}. */
export function versionPut(table: string, version: NewVersion): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: marshall(versionItem(version), { removeUndefinedValues: true }),
      ConditionExpression: NOTHING_IN_ITS_PLACE,
    },
  };
}

/** Puts the chunks of large texts. Content-addressed: one that is there already is the same one. */
export async function putChunks(client: DynamoDBClient, table: string, version: NewVersion): Promise<void> {
  for (const text of [version.document, version.patch]) {
    if (text?.stored.chunks !== undefined) await putTextChunks(client, table, text);
  }
}

async function putTextChunks(client: DynamoDBClient, table: string, text: CompressedText): Promise<void> {
  for (const [index, bytes] of chunksOf(text.bytes).entries()) {
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ ...blobKey(text.stored.sha256, index), bytes }),
          ConditionExpression: NOTHING_IN_ITS_PLACE,
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

export function createHistoryStore(client: DynamoDBClient, table: string): HistoryStore {
  const chunkBytes = async ({ sha256, chunks = 0 }: StoredText): Promise<Uint8Array | undefined> => {
    const parts: Uint8Array[] = [];
    for (let index = 0; index < chunks; index += 1) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: marshall(blobKey(sha256, index)), ConsistentRead: true }),
      );
      if (Item === undefined) return undefined;
      const { bytes } = exactItem(Item);
      if (!(bytes instanceof Uint8Array)) return undefined;
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  };

  const query = async (key: DefinitionKey, range: [number, number], limit: number, newestFirst: boolean) => {
    const { pk, sk: first } = versionKey(key.connection, key.definitionId, range[0]);
    const { sk: last } = versionKey(key.connection, key.definitionId, range[1]);
    const found: VersionItem[] = [];
    const pages = queryPages(
      client,
      {
        TableName: table,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: marshall({ ":pk": pk, ":first": first, ":last": last }),
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
      },
      limit,
    );
    for await (const items of pages) found.push(...items.map(exactItem));
    return found;
  };

  return {
    async version(key, version) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: marshall(versionKey(key.connection, key.definitionId, version)),
          ConsistentRead: true,
        }),
      );
      return Item === undefined ? undefined : await storedVersionOf(exactItem(Item), chunkBytes);
    },

    async versionsFrom(key, from, limit) {
      const items = await query(key, [from, MAX_VERSION], limit, false);
      return await Promise.all(items.map((item) => storedVersionOf(item, chunkBytes)));
    },

    async versionsBefore(key, before, limit) {
      if (before !== undefined && before <= 1) return [];
      const items = await query(key, [0, before === undefined ? MAX_VERSION : before - 1], limit, true);
      return await Promise.all(
        items.map(async (item) => {
          const record = recordOf(item);
          return { record, patchText: await textOf(record.patch, item["patchBytes"], chunkBytes) };
        }),
      );
    },
  };
}

/** What ten digits can count. */
const MAX_VERSION = 9_999_999_999;
