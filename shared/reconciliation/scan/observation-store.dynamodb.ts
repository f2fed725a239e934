/** Observations in the history and state tables. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { putChunks, versionPut } from "../../definition/history/history-store.dynamodb.ts";
import { createsUntouched, mirrorUpdate } from "../../definition/mirror/mirror-update.dynamodb.ts";
import { mirrorKey } from "../../platform/table-keys.ts";
import { transact } from "../../platform/transaction.dynamodb.ts";
import { healNote } from "../heal/heal-note.dynamodb.ts";
import { scopeNote } from "../run/scope-note.dynamodb.ts";
import type { Head, Observation, ObservationAnswer, ObservationStore } from "./observation-store.ts";

const NOBODY_AT_WORK =
  "(attribute_not_exists(claimToken) OR claimLeaseUntil < :now) AND attribute_not_exists(claimIntent)";

export function createObservationStore(
  client: DynamoDBClient,
  tables: { readonly state: string; readonly history: string },
): ObservationStore {
  /** `false` where the head has moved or somebody is at work. */
  const onHead = async (
    { connection, definitionId, version }: Head,
    update: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<boolean> => {
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: tables.state,
          Key: marshall(mirrorKey(connection, definitionId)),
          UpdateExpression: update,
          ConditionExpression: `version = :head AND ${condition}`,
          ExpressionAttributeValues: marshall({ ...values, ":head": version }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async record(observation) {
      await putChunks(client, tables.history, observation.version);
      const parts = partsOf(observation, tables);
      const answer = await transact(
        client,
        parts.map(({ item }) => item),
        observation.idempotencyToken,
      );
      if (answer.done) return { recorded: true };
      const failed = answer.failed.map((index) => parts[index]?.role);
      return { recorded: false, reason: reasonOf(failed) };
    },

    noteSame(head, listRowHash, now) {
      const row = listRowHash === undefined ? "" : "SET listRowHash = :row ";
      return onHead(head, `${row}REMOVE missingSince, deletionWanted`, NOBODY_AT_WORK, {
        ":now": now,
        ...(listRowHash !== undefined && { ":row": listRowHash }),
      });
    },

    noteMissing(head, at, lookedAt) {
      return onHead(
        head,
        "SET missingSince = :at, lookedAt = :looked",
        `${head.missingSince === undefined ? "attribute_not_exists(missingSince)" : "missingSince = :before"} AND ${NOBODY_AT_WORK}`,
        {
          ":at": at,
          ":looked": lookedAt,
          ":now": at,
          ...(head.missingSince !== undefined && { ":before": head.missingSince }),
        },
      );
    },
  };
}

type Role = "version" | "mirror" | "creates" | "heal" | "scope";

function partsOf(
  { version, mirror, headVersion, superseded, supersededAfter, healIn, movedTo }: Observation,
  tables: { readonly state: string; readonly history: string },
): readonly { readonly role: Role; readonly item: TransactWriteItem }[] {
  const { connection, definitionId, scope, recordedAt } = mirror;
  const isNew = headVersion === 0;
  return [
    { role: "version", item: versionPut(tables.history, version) },
    {
      role: "mirror",
      item: mirrorUpdate(tables.state, {
        mirror,
        headVersion,
        releases: false,
        // A definition without a history has no intents of its own; those of its scope's creates count.
        untouched: isNew ? [] : superseded,
        ...(supersededAfter && { superseded: supersededAfter }),
      }),
    },
    ...(isNew
      ? [
          {
            role: "creates" as const,
            item: createsUntouched(tables.state, { connection, scope }, superseded, recordedAt),
          },
        ]
      : []),
    ...(healIn === undefined
      ? []
      : [
          {
            role: "heal" as const,
            item: {
              Update: healNote(tables.state, { connection, scope: healIn }, definitionId, mirror.version),
            },
          },
        ]),
    ...(movedTo === undefined
      ? []
      : [{ role: "scope" as const, item: scopeNote(tables.state, { connection, scope: movedTo }) }]),
  ];
}

/** What a moved head says is more than what a claim says: the claim may have come after it. */
function reasonOf(
  failed: readonly (Role | undefined)[],
): Extract<ObservationAnswer, { recorded: false }>["reason"] {
  if (failed.includes("version")) return "head-moved";
  return failed.includes("mirror") || failed.includes("creates") ? "claimed" : "contention";
}
