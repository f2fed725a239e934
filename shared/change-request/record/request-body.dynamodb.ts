/**
 * Bodies of failed requests in the state table, compressed and in as many items as they need: an operator's retry
 * sends the same message again, long after SQS has dropped it.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { requestBodyKey } from "../../platform/table-keys.ts";
import { RECORD_LIFETIME_SECONDS, type RequestKey } from "./request-record.ts";

/** Well below DynamoDB's 400 KB per item. */
const CHUNK_BYTES = 300_000;
/** The default, 11, takes seconds for a megabyte. */
const QUALITY = 5;

export async function keepBody(
  client: DynamoDBClient,
  table: string,
  { connection, requestId }: RequestKey,
  body: string,
  now: number,
): Promise<void> {
  const bytes = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } });
  const chunks = Math.max(1, Math.ceil(bytes.length / CHUNK_BYTES));
  const expiresAt = Math.ceil(now / 1_000) + RECORD_LIFETIME_SECONDS;
  // The first chunk last: where it is, all are.
  for (let index = chunks - 1; index >= 0; index -= 1) {
    const part = bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: marshall({ ...requestBodyKey(connection, requestId, index), bytes: part, chunks, expiresAt }),
      }),
    );
  }
}

export async function keptBody(
  client: DynamoDBClient,
  table: string,
  { connection, requestId }: RequestKey,
): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let chunks = 1;
  for (let index = 0; index < chunks; index += 1) {
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: table,
        Key: marshall(requestBodyKey(connection, requestId, index)),
        ConsistentRead: true,
      }),
    );
    if (Item === undefined) return undefined;
    const part = unmarshall(Item) as { bytes: Uint8Array; chunks: number };
    parts.push(part.bytes);
    chunks = part.chunks;
  }
  return brotliDecompressSync(Buffer.concat(parts)).toString("utf8");
}
