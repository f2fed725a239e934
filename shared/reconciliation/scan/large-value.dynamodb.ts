/**
 * A value of any size beside an item: in the item where there is room, else in parts that are put before the item names
 * them. An item takes 400 KB.
 */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import { scopeRunPartKey } from "../../platform/table-keys.ts";
import type { RunKey } from "../run/run.ts";

const MAX_INLINE_BYTES = 300 * 1024;
const PART_BYTES = 350 * 1024;

/** What the item has of the value. */
export type StoredValue =
  | { readonly bytes: Uint8Array }
  /** Named after their content, so that nobody finds other parts than those that the item means. */
  | { readonly id: string; readonly parts: number };

/** `expiresAt`: epoch seconds from which on the parts may go; absent: they stay. */
export async function storedValue(
  client: DynamoDBClient,
  stateTable: string,
  { connection, runId }: RunKey,
  bytes: Uint8Array,
  expiresAt: number | undefined,
): Promise<StoredValue> {
  if (bytes.length <= MAX_INLINE_BYTES) return { bytes };
  const id = sha256Hex(bytes);
  const parts = Math.ceil(bytes.length / PART_BYTES);
  for (let part = 0; part < parts; part += 1) {
    const piece = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    await client.send(
      new UpdateItemCommand({
        TableName: stateTable,
        Key: marshall(scopeRunPartKey(connection, runId, id, part)),
        UpdateExpression: `SET piece = :piece${expiresAt === undefined ? "" : ", expiresAt = :expires"}`,
        ExpressionAttributeValues: marshall({
          ":piece": piece,
          ...(expiresAt !== undefined && { ":expires": expiresAt }),
        }),
      }),
    );
  }
  return { id, parts };
}

/** `undefined` where a part is gone. */
export async function readValue(
  client: DynamoDBClient,
  stateTable: string,
  { connection, runId }: RunKey,
  stored: StoredValue,
): Promise<Uint8Array | undefined> {
  if ("bytes" in stored) return stored.bytes;
  const pieces: Uint8Array[] = [];
  for (let part = 0; part < stored.parts; part += 1) {
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: stateTable,
        Key: marshall(scopeRunPartKey(connection, runId, stored.id, part)),
        ConsistentRead: true,
      }),
    );
    const piece = Item && unmarshall(Item)["piece"];
    if (!(piece instanceof Uint8Array)) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
