/** Lists of change requests from the state table's index, newest first. */
import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { MAX_KEYS_PER_READ, readItems } from "../../platform/read-items.dynamodb.ts";
import { monthOf, submittedKey } from "../../platform/table-keys.ts";
import { recordOf } from "./request-item.ts";
import { RECORD_LIFETIME_SECONDS, type RequestRecord } from "./request-record.ts";
import type { RequestFilter, RequestPage, RequestPosition } from "./request-store.ts";

export async function listRequests(
  client: DynamoDBClient,
  table: string,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
  now: number,
): Promise<RequestPage> {
  const records: RequestRecord[] = [];
  // A submission's clock may be a little ahead of ours: the newest month is the later one.
  let month = monthOf(after?.queuedAt ?? now + 60_000);
  const oldest = monthOf(now - RECORD_LIFETIME_SECONDS * 1_000);
  let below = after && submittedKey(after.queuedAt, after.connection, after.requestId);
  while (month >= oldest) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: "requestsByTime",
        KeyConditionExpression: `requestsKey = :month${below === undefined ? "" : " AND submittedKey < :below"}`,
        ExpressionAttributeValues: marshall({
          ":month": month,
          ...(below !== undefined && { ":below": below }),
        }),
        ScanIndexForward: false,
        Limit: MAX_KEYS_PER_READ,
      }),
    );
    const keys = Items.map((item) => unmarshall(item) as { pk: string; sk: string; submittedKey: string });
    for (const record of (await readItems(client, table, keys)).map(recordOf)) {
      if (!matches(record, filter)) continue;
      if (records.length === limit) return { records, next: positionOf(records) };
      records.push(record);
    }
    const last = keys.at(-1);
    if (keys.length === MAX_KEYS_PER_READ && last !== undefined) below = last.submittedKey;
    else {
      month = monthBefore(month);
      below = undefined;
    }
  }
  return { records };
}

function matches(record: RequestRecord, filter: RequestFilter): boolean {
  return (
    (filter.connection === undefined || record.connection === filter.connection) &&
    (filter.status === undefined || record.status === filter.status) &&
    (filter.definitionId === undefined ||
      record.definitionId === filter.definitionId ||
      // A create's, and that of a definition restored under a new id.
      record.result?.definitionId === filter.definitionId)
  );
}

function positionOf(records: readonly RequestRecord[]): RequestPosition {
  const { connection, requestId, queuedAt } = records.at(-1) as RequestRecord;
  return { connection, requestId, queuedAt };
}

function monthBefore(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}
