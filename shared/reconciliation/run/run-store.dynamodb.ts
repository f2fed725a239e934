/** Runs in the state table: a record each, and one item per connection that says which one is going on. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
  type UpdateItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import { queryPages } from "../../platform/query-pages.dynamodb.ts";
import { currentRunKey, runKey } from "../../platform/table-keys.ts";
import { transact } from "../../platform/transaction.dynamodb.ts";
import type { Run, RunKey } from "./run.ts";
import type { Current, RunStore } from "./run-store.ts";
import {
  endUpdate,
  freeCurrent,
  IS_RUNNING,
  newRunUpdate,
  runUpdate,
  takeCurrent,
} from "./run-updates.dynamodb.ts";

type Update = NonNullable<TransactWriteItem["Update"]>;

export function createRunStore(client: DynamoDBClient, stateTable: string): RunStore {
  /** `undefined` where the condition does not hold; `old`: what was there then. */
  const conditionally = async (
    update: Update,
    returned: "ALL_NEW" | "NONE" = "NONE",
  ): Promise<UpdateItemCommandOutput | { readonly old: Record<string, unknown> }> => {
    try {
      return await client.send(
        new UpdateItemCommand({
          ...update,
          ReturnValues: returned,
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { old: error.Item === undefined ? {} : unmarshall(error.Item) };
    }
  };
  const isDone = (answer: object) => !("old" in answer);
  const update = (
    key: RunKey,
    attributes: Readonly<Record<string, unknown>>,
    condition: string,
    values: Readonly<Record<string, unknown>> = {},
  ): Update => runUpdate(stateTable, key, attributes, condition, values);

  return {
    async current(connection) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: stateTable,
          Key: marshall(currentRunKey(connection)),
          ConsistentRead: true,
        }),
      );
      const { pk, sk, ...current } = unmarshall(Item ?? {});
      return current as Current;
    },

    async read({ connection, runId }) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: stateTable,
          Key: marshall(runKey(connection, runId)),
          ConsistentRead: true,
        }),
      );
      return Item === undefined ? undefined : runOf(unmarshall(Item));
    },

    async list(connection, before, limit) {
      const { pk, sk: prefix } = runKey(connection, "");
      const runs: Run[] = [];
      const pages = queryPages(
        client,
        {
          TableName: stateTable,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: marshall({ ":pk": pk, ":prefix": prefix }),
          ScanIndexForward: false,
          ConsistentRead: true,
          ...(before !== undefined && { ExclusiveStartKey: marshall(runKey(connection, before)) }),
        },
        limit,
      );
      for await (const items of pages) runs.push(...items.map((item) => runOf(unmarshall(item))));
      return runs;
    },

    async begin(run, after) {
      const parts: TransactWriteItem[] = [
        { Update: takeCurrent(stateTable, run, after) },
        { Update: newRunUpdate(stateTable, run) },
      ];
      if (after !== undefined) {
        const ended = {
          status: "unfinished",
          reason: "stood-still",
          finishedAt: run.startedAt,
          leaseToken: undefined,
          leaseUntil: undefined,
        };
        parts.push({ Update: update(after, ended, IS_RUNNING, { ":running": "running" }) });
      }
      return (await transact(client, parts, tokenOf("begin", run.runId, after?.runId ?? ""))).done;
    },

    async takeDiscovery(key, { token, until }, now) {
      const answer = await conditionally(
        update(
          key,
          { leaseToken: token, leaseUntil: until, progressAt: now },
          `${IS_RUNNING} AND (attribute_not_exists(#leaseToken) OR #leaseToken = :leaseToken OR #leaseUntil < :now)`,
          { ":running": "running", ":now": now },
        ),
        "ALL_NEW",
      );
      if ("old" in answer) {
        if (answer.old["status"] !== "running") return { kind: "over" };
        return { kind: "held", until: Number(answer.old["leaseUntil"]) };
      }
      const item = unmarshall(answer.Attributes ?? {});
      const cursor = item["discoveryCursor"] as string | undefined;
      return { kind: "taken", run: runOf(item), ...(cursor !== undefined && { cursor }) };
    },

    async giveDiscoveryBack(key, token, cursor) {
      const given = { leaseToken: undefined, leaseUntil: undefined, discoveryCursor: cursor };
      await conditionally(update(key, given, "#leaseToken = :token", { ":token": token }));
    },

    async endDiscovery(key, token, { scopes, ...found }, now) {
      const attributes = {
        ...found,
        tally: { total: scopes, open: scopes, halted: 0, unfinished: 0 },
        progressAt: now,
        leaseToken: undefined,
        leaseUntil: undefined,
        discoveryCursor: undefined,
      };
      const condition = `${IS_RUNNING} AND #leaseToken = :token AND attribute_not_exists(#tally)`;
      return isDone(
        await conditionally(update(key, attributes, condition, { ":running": "running", ":token": token })),
      );
    },

    async noteProgress(key, now) {
      await conditionally(update(key, { progressAt: now }, IS_RUNNING, { ":running": "running" }));
    },

    async end(run, end) {
      const parts: TransactWriteItem[] = [
        { Update: endUpdate(stateTable, run, end) },
        { Update: freeCurrent(stateTable, run, end) },
      ];
      const token = tokenOf("end", run.runId, end.status, end.reason ?? "", String(end.finishedAt));
      return (await transact(client, parts, token)).done;
    },

    async takeDecision(key, { token, until }, now) {
      const lease = { leaseToken: token, leaseUntil: until };
      const condition = "#status = :halted AND (attribute_not_exists(#leaseToken) OR #leaseUntil < :now)";
      return isDone(await conditionally(update(key, lease, condition, { ":halted": "halted", ":now": now })));
    },

    async giveDecisionBack(key, token) {
      const given = { leaseToken: undefined, leaseUntil: undefined };
      await conditionally(update(key, given, "#leaseToken = :token", { ":token": token }));
    },

    async endHalt(key, reason) {
      const ended = { status: "unfinished", reason };
      return isDone(await conditionally(update(key, ended, "#status = :halted", { ":halted": "halted" })));
    },
  };
}

function runOf(item: Readonly<Record<string, unknown>>): Run {
  const { pk, sk, expiresAt, leaseToken, leaseUntil, discoveryCursor, ...run } = item;
  return run as unknown as Run;
}

function tokenOf(...parts: readonly string[]): string {
  return sha256Hex(parts.join("\n")).slice(0, 36);
}
