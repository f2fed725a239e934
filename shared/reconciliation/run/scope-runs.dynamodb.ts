/** The states of scopes in runs, in the state table: all of a run in one partition. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import { queryPages } from "../../platform/query-pages.dynamodb.ts";
import { SCOPE_PREFIX, scopeRunKey } from "../../platform/table-keys.ts";
import { transact } from "../../platform/transaction.dynamodb.ts";
import { updateOf } from "../../platform/update-expression.ts";
import { readValue, type StoredValue, storedValue } from "../scan/large-value.dynamodb.ts";
import { bytesOfPass, passOfBytes } from "../scan/pass-bytes.ts";
import { knownScopeUpdate } from "./known-scopes.dynamodb.ts";
import { noCounts, RUN_LIFETIME_SECONDS, type RunKey, type ScopeRun } from "./run.ts";
import { bytesOfIds, idsOfBytes, scopeRunOf } from "./scope-run-item.ts";
import type { ScopeRunKey, ScopeRunStore } from "./scope-run-store.ts";
import { decidedUpdate, endedUpdate, tallyOf } from "./scope-tally.dynamodb.ts";

type Item = Readonly<Record<string, unknown>>;
type Update = NonNullable<TransactWriteItem["Update"]>;

/** How many scopes are added at a time. */
const AT_A_TIME = 25;

export function createScopeRunStore(client: DynamoDBClient, stateTable: string): ScopeRunStore {
  /** The item as it was before, or `refused` with the one that was in the way. */
  const conditionally = async (update: Update): Promise<{ before: Item } | { refused: Item }> => {
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          ...update,
          ReturnValues: "ALL_OLD",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
      return { before: unmarshall(Attributes ?? {}) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { refused: error.Item === undefined ? {} : unmarshall(error.Item) };
    }
  };
  const update = (
    key: ScopeRunKey,
    attributes: Readonly<Record<string, unknown>>,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ) => scopeUpdate(stateTable, key, attributes, condition, values);
  const store = (key: RunKey, bytes: Uint8Array, expiresAt?: number) =>
    storedValue(client, stateTable, key, bytes, expiresAt);
  const scopeRun = async (run: RunKey, item: Item): Promise<ScopeRun> => {
    const { connection, runId } = run;
    const stored = item["halted"] as StoredValue | undefined;
    const bytes = stored && (await readValue(client, stateTable, run, stored));
    const key = { connection, runId, scope: String(item["scope"]) };
    return scopeRunOf(key, item, bytes && idsOfBytes(bytes));
  };

  return {
    async add(run, scopes, startedAt) {
      const attributes = {
        status: "pending",
        counts: noCounts,
        expiresAt: Math.ceil(startedAt / 1_000) + RUN_LIFETIME_SECONDS,
      };
      for (let first = 0; first < scopes.length; first += AT_A_TIME) {
        await Promise.all(
          scopes.slice(first, first + AT_A_TIME).map((scope) => {
            const key = { ...run, scope };
            return conditionally(update(key, { ...attributes, scope }, "attribute_not_exists(#status)", {}));
          }),
        );
      }
    },

    async list(run) {
      const { pk } = scopeRunKey(run.connection, run.runId, "");
      const pages = queryPages(client, {
        TableName: stateTable,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: marshall({ ":pk": pk, ":prefix": SCOPE_PREFIX }),
        ConsistentRead: true,
      });
      const found: ScopeRun[] = [];
      for await (const items of pages) {
        for (const item of items) found.push(await scopeRun(run, unmarshall(item)));
      }
      return found;
    },

    async read(key) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: stateTable,
          Key: marshall(scopeRunKey(key.connection, key.runId, key.scope)),
          ConsistentRead: true,
        }),
      );
      return Item === undefined ? undefined : await scopeRun(key, unmarshall(Item));
    },

    async take(key, { token, until }, now) {
      const answer = await conditionally(
        update(
          key,
          { status: "running", leaseToken: token, leaseUntil: until },
          "(#status = :pending OR #status = :status) AND (attribute_not_exists(#leaseToken) OR #leaseToken = :leaseToken OR #leaseUntil < :now)",
          { ":pending": "pending", ":now": now },
        ),
      );
      if ("refused" in answer) {
        const isOpen = answer.refused["status"] === "running";
        return isOpen ? { kind: "held", until: Number(answer.refused["leaseUntil"]) } : { kind: "over" };
      }
      const { leaseToken } = answer.before;
      const stored = answer.before["pass"] as StoredValue | undefined;
      const bytes = stored && (await readValue(client, stateTable, key, stored));
      // A part that is gone costs a second look at the list, no more.
      return {
        kind: "taken",
        ...(bytes && { pass: passOfBytes(bytes) }),
        ...(leaseToken !== undefined && leaseToken !== token && { abandoned: true as const }),
      };
    },

    async giveBack(key, token, pass) {
      // Parts live as long as their run.
      const expiresAt = pass && Math.ceil(pass.startedAt / 1_000) + RUN_LIFETIME_SECONDS;
      const stored = pass && (await store(key, bytesOfPass(pass), expiresAt));
      await conditionally(
        update(
          key,
          { leaseToken: undefined, leaseUntil: undefined, ...(stored && { pass: stored }) },
          "#leaseToken = :token",
          { ":token": token },
        ),
      );
    },

    async end(key, token, { known, halted, ...end }) {
      const stored = halted && (await store(key, bytesOfIds(halted)));
      const attributes = {
        ...end,
        halted: stored,
        ...(halted && { expiresAt: undefined }),
        leaseToken: undefined,
        leaseUntil: undefined,
        pass: undefined,
      };
      const parts: TransactWriteItem[] = [
        {
          Update: update(key, attributes, "#leaseToken = :token AND #status = :open", {
            ":token": token,
            ":open": "running",
          }),
        },
        { Update: endedUpdate(stateTable, key, end) },
        ...(known === undefined ? [] : [{ Update: knownScopeUpdate(stateTable, known) }]),
      ];
      const identity = `${key.runId}\n${key.scope}\n${token}\n${end.finishedAt}`;
      const answer = await transact(client, parts, sha256Hex(identity).slice(0, 36));
      if (answer.done) return "ended";
      if (answer.failed.some((part) => part < 2)) return "lost";
      return answer.failed.length > 0 ? "known-changed" : "contention";
    },

    async decide(key, before, { decision, remaining, expiresAt, known }) {
      const isOver = remaining.length === 0;
      const tally = isOver ? await tallyOf(client, stateTable, key) : undefined;
      const condition = "#status = :was AND #halted = :before";
      const values = { ":was": "halted", ":before": await store(key, bytesOfIds(before)) };
      const decided = isOver
        ? { status: "completed", decided: decision, halted: undefined, expiresAt }
        : { halted: await store(key, bytesOfIds(remaining)) };
      const parts: TransactWriteItem[] = [
        { Update: update(key, decided, condition, values) },
        { Update: knownScopeUpdate(stateTable, known) },
      ];
      if (tally !== undefined) parts.push({ Update: decidedUpdate(stateTable, key, tally, expiresAt) });
      const { length } = before;
      const text = JSON.stringify([
        key,
        decision,
        length,
        remaining.length,
        expiresAt,
        known.revision,
        tally,
      ]);
      return (await transact(client, parts, sha256Hex(text).slice(0, 36))).done;
    },
  };
}

/** `condition` names attributes as `#name`. */
function scopeUpdate(
  stateTable: string,
  { connection, runId, scope }: ScopeRunKey,
  attributes: Readonly<Record<string, unknown>>,
  condition: string,
  values: Readonly<Record<string, unknown>>,
): Update {
  const { UpdateExpression, ExpressionAttributeNames, values: set } = updateOf(attributes);
  const named = [...condition.matchAll(/#(\w+)/g)].map(([name, attribute]) => [name, attribute]);
  return {
    TableName: stateTable,
    Key: marshall(scopeRunKey(connection, runId, scope)),
    UpdateExpression,
    ConditionExpression: condition,
    ExpressionAttributeNames: { ...Object.fromEntries(named), ...ExpressionAttributeNames },
    ExpressionAttributeValues: marshall({ ...set, ...values }, { removeUndefinedValues: true }),
  };
}
