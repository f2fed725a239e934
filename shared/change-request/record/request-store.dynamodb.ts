/** Change requests' records in the state table. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { monthOf, requestKey, submittedKey } from "../../platform/table-keys.ts";
import { updateOf } from "../../platform/update-expression.ts";
import { keepBody, keptBody } from "./request-body.dynamodb.ts";
import { expiryOf, itemOf, recordOf } from "./request-item.ts";
import { listRequests } from "./request-list.dynamodb.ts";
import type { Outcome, RequestKey } from "./request-record.ts";
import { openStatuses, type RequestStatus, statusesBefore } from "./request-state.ts";
import type { RequestStore } from "./request-store.ts";

/** The update that writes an outcome; its condition is the transition. Also a transaction's part. */
export function outcomeUpdate(
  table: string,
  { key, epoch, status, result, finishedAt, seenAttempts, undecided }: Outcome,
): NonNullable<TransactWriteItem["Update"]> {
  const update = transition(table, key, epoch, status, {
    result,
    finishedAt,
    ...(status === "failed" && { deadLettered: false }),
    undecided,
  });
  if (seenAttempts === undefined) return update;
  return {
    ...update,
    ConditionExpression: `${update.ConditionExpression} AND attempts = :seenAttempts`,
    ExpressionAttributeValues: {
      ...update.ExpressionAttributeValues,
      ...marshall({ ":seenAttempts": seenAttempts }),
    },
  };
}

function transition(
  table: string,
  key: RequestKey,
  epoch: number,
  status: RequestStatus,
  attributes: Record<string, unknown>,
): NonNullable<TransactWriteItem["Update"]> {
  return conditional(table, key, epoch, statusesBefore(status), { ...attributes, status });
}

/** The update of a record that is in this epoch and in one of these states. */
function conditional(
  table: string,
  key: RequestKey,
  epoch: number,
  statuses: readonly RequestStatus[],
  attributes: Record<string, unknown>,
): NonNullable<TransactWriteItem["Update"]> {
  const update = updateOf(attributes);
  const before = statuses.map((from, index) => [`:from${index}`, from] as const);
  return {
    TableName: table,
    Key: marshall(requestKey(key.connection, key.requestId)),
    UpdateExpression: update.UpdateExpression,
    ConditionExpression: `#epoch = :seenEpoch AND #status IN (${before.map(([name]) => name).join(", ")})`,
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, "#epoch": "epoch", "#status": "status" },
    ExpressionAttributeValues: marshall(
      { ...update.values, ...Object.fromEntries(before), ":seenEpoch": epoch },
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

    beginAttempt(key, epoch, { attempts, charges, startedAt }) {
      const update = transition(table, key, epoch, "applying", {
        attempts,
        charges,
        failedAt: undefined,
        incomplete: undefined,
        // The new intent takes its place.
        undecided: undefined,
      });
      return updated({
        ...update,
        UpdateExpression: `${update.UpdateExpression}`.replace(
          "SET ",
          "SET firstAttemptAt = if_not_exists(firstAttemptAt, :startedAt), ",
        ),
        ExpressionAttributeValues: {
          ...update.ExpressionAttributeValues,
          ...marshall({ ":startedAt": startedAt }),
        },
      });
    },

    noteFailure: (key, epoch, note) =>
      updated(conditional(table, key, epoch, openStatuses, { failedAt: undefined, ...note })),

    finish: (outcome) => updated(outcomeUpdate(table, outcome)),

    async markDeadLettered(key, epoch) {
      await updated(conditional(table, key, epoch, ["failed"], { deadLettered: true }));
    },

    async reopen({ connection, requestId, epoch, ...record }, queuedAt) {
      const { status, result = {}, attempts, finishedAt = queuedAt } = record;
      // Its members become the earlier outcome, so it must be the failed record that was read.
      if (status !== "failed") return false;
      const ended = { epoch, status, result, attempts, finishedAt };
      return await updated(
        transition(table, { connection, requestId }, epoch, "queued", {
          epoch: epoch + 1,
          attempts: 0,
          charges: undefined,
          failedAt: undefined,
          failing: undefined,
          finishedAt: undefined,
          result: undefined,
          deadLettered: undefined,
          queuedAt,
          requestsKey: monthOf(queuedAt),
          submittedKey: submittedKey(queuedAt, connection, requestId),
          expiresAt: expiryOf(queuedAt),
          earlier: [...(record.earlier ?? []), ended],
        }),
      );
    },

    async keepUndecided(key, epoch, intent) {
      await updated(conditional(table, key, epoch, ["failed", "queued"], { undecided: intent }));
    },

    keepBody: (key, body, now) => keepBody(client, table, key, body, now),
    body: (key) => keptBody(client, table, key),

    list: (filter, after, limit, now) => listRequests(client, table, filter, after, limit, now),
  };
}
