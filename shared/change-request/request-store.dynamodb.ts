/** Change requests' records in the state table. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { MAX_KEYS_PER_READ, readItems } from "../platform/read-items.dynamodb.ts";
import { monthOf, requestKey, submittedKey } from "../platform/table-keys.ts";
import { updateOf } from "../platform/update-expression.ts";
import {
  type Outcome,
  RECORD_LIFETIME_SECONDS,
  type RequestKey,
  type RequestRecord,
} from "./request-record.ts";
import { type RequestStatus, statusesBefore } from "./request-state.ts";
import type { RequestFilter, RequestPage, RequestPosition, RequestStore } from "./request-store.ts";

/** The update that writes an outcome; its condition is the transition. Also a transaction's part. */
export function outcomeUpdate(
  table: string,
  { key, epoch, status, result, finishedAt }: Outcome,
): NonNullable<TransactWriteItem["Update"]> {
  return transition(table, key, epoch, status, {
    result,
    finishedAt,
    ...(status === "failed" && { deadLettered: false }),
  });
}

function transition(
  table: string,
  key: RequestKey,
  epoch: number,
  status: RequestStatus,
  attributes: Record<string, unknown>,
): NonNullable<TransactWriteItem["Update"]> {
  const update = updateOf({ ...attributes, status });
  const before = statusesBefore(status).map((from, index) => [`:from${index}`, from] as const);
  return {
    TableName: table,
    Key: marshall(requestKey(key.connection, key.requestId)),
    UpdateExpression: update.UpdateExpression,
    ConditionExpression: `#epoch = :epoch AND #status IN (${before.map(([name]) => name).join(", ")})`,
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, "#epoch": "epoch" },
    ExpressionAttributeValues: marshall(
      { ...update.values, ...Object.fromEntries(before), ":epoch": epoch },
      { removeUndefinedValues: true },
    ),
  };
}

export function createRequestStore(client: DynamoDBClient, table: string): RequestStore {
  const updated = async (update: NonNullable<TransactWriteItem["Update"]>): Promise<boolean> => {
    try {
      await client.send(new UpdateItemCommand(update));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async read(key) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: marshall(requestKey(key.connection, key.requestId)),
          ConsistentRead: true,
        }),
      );
      return Item === undefined ? undefined : recordOf(unmarshall(Item));
    },

    async create(record) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(itemOf(record), { removeUndefinedValues: true }),
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { created: true };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
        return { created: false, existing: recordOf(unmarshall(error.Item)) };
      }
    },

    beginAttempt: (key, epoch, attempt) =>
      updated(transition(table, key, epoch, "applying", { attempts: attempt })),

    finish: (outcome) => updated(outcomeUpdate(table, outcome)),

    async markDeadLettered(key, epoch) {
      const update = updateOf({ deadLettered: true });
      await updated({
        TableName: table,
        Key: marshall(requestKey(key.connection, key.requestId)),
        UpdateExpression: update.UpdateExpression,
        ConditionExpression: "#epoch = :epoch",
        ExpressionAttributeNames: { ...update.ExpressionAttributeNames, "#epoch": "epoch" },
        ExpressionAttributeValues: marshall({ ...update.values, ":epoch": epoch }),
      });
    },

    list: (filter, after, limit, now) => listRequests(client, table, filter, after, limit, now),
  };
}

async function listRequests(
  client: DynamoDBClient,
  table: string,
  filter: RequestFilter,
  after: RequestPosition | undefined,
  limit: number,
  now: number,
): Promise<RequestPage> {
  const records: RequestRecord[] = [];
  // A submission's clock may be a little ahead of ours: the newest month is the later one.
  let month = monthOf(after?.submittedAt ?? now + 60_000);
  const oldest = monthOf(now - RECORD_LIFETIME_SECONDS * 1_000);
  let below = after && submittedKey(after.submittedAt, after.connection, after.requestId);
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
  const { connection, requestId, submittedAt } = records.at(-1) as RequestRecord;
  return { connection, requestId, submittedAt };
}

function monthBefore(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}

function itemOf(record: RequestRecord): Record<string, unknown> {
  return {
    ...requestKey(record.connection, record.requestId),
    ...record,
    requestsKey: monthOf(record.submittedAt),
    submittedKey: submittedKey(record.submittedAt, record.connection, record.requestId),
    expiresAt: Math.ceil(record.submittedAt / 1_000) + RECORD_LIFETIME_SECONDS,
  };
}

function recordOf(item: Readonly<Record<string, unknown>>): RequestRecord {
  const { pk, sk, requestsKey, submittedKey: _submittedKey, expiresAt, ...record } = item;
  return record as unknown as RequestRecord;
}
