/** Mirrors and claims in the state table: one item per definition, one per scope for the claim of its creates. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import {
  connectionKey,
  createClaimKey,
  firstSeenKey,
  type ItemKey,
  mirrorKey,
  scopeKey,
} from "../platform/table-keys.ts";
import { updateOf } from "../platform/update-expression.ts";
import type { ClaimTarget, Intent } from "./claim.ts";
import type { Mirror } from "./mirror.ts";
import type { MirrorStore } from "./mirror-store.ts";

/** Flat, so that taking a claim over keeps an intent that an earlier holder left open. */
const claimAttributes = {
  claimRequestId: undefined,
  claimToken: undefined,
  claimLeaseUntil: undefined,
  claimIntent: undefined,
};

const optionalMembers = {
  modified: undefined,
  created: undefined,
  missingSince: undefined,
  continuesAs: undefined,
  continues: undefined,
  listRowHash: undefined,
  healPending: undefined,
};

/** An item that only ever carried a claim goes away by itself after a day. */
const CLAIM_ONLY_ITEM_TTL_SECONDS = 86_400;

export type MirrorWrite = {
  readonly mirror: Mirror;
  /** Version of the head that it replaces; 0 where there is no history yet. */
  readonly headVersion: number;
  /** The claim under which it is written; absent: there must be no claim. */
  readonly claimToken?: string;
  /** Ends the claim with this write. */
  readonly releases: boolean;
};

/** The transaction's part that moves the mirror to a new head. */
export function mirrorUpdate(
  table: string,
  { mirror, headVersion, claimToken, releases }: MirrorWrite,
): TransactWriteItem {
  const { connection, definitionId } = mirror;
  const update = updateOf({
    ...optionalMembers,
    ...mirror,
    providerModifiedAt: mirror.modified?.at,
    scopeKey: scopeKey(connection, mirror.scope),
    connectionKey: connectionKey(connection),
    firstSeenKey: firstSeenKey(mirror.firstSeenAt, definitionId),
    expiresAt: undefined,
    ...(releases && claimAttributes),
  });
  const headHolds = headVersion === 0 ? "attribute_not_exists(#version)" : "#version = :head";
  const claimHolds = claimToken === undefined ? "attribute_not_exists(claimToken)" : "claimToken = :token";
  return {
    Update: {
      TableName: table,
      Key: marshall(mirrorKey(connection, definitionId)),
      UpdateExpression: update.UpdateExpression,
      ConditionExpression: `${headHolds} AND ${claimHolds}`,
      ExpressionAttributeNames: update.ExpressionAttributeNames,
      ExpressionAttributeValues: marshall({
        ...update.values,
        ...(headVersion === 0 ? {} : { ":head": headVersion }),
        ...(claimToken === undefined ? {} : { ":token": claimToken }),
      }),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** The transaction's part that gives a scope's create claim back. */
export function createClaimRelease(
  table: string,
  connection: string,
  scope: string,
  token: string,
): TransactWriteItem {
  return {
    Update: {
      TableName: table,
      Key: marshall(createClaimKey(connection, scope)),
      UpdateExpression: `REMOVE ${Object.keys(claimAttributes).join(", ")}`,
      ConditionExpression: "claimToken = :token",
      ExpressionAttributeValues: marshall({ ":token": token }),
    },
  };
}

export function createMirrorStore(client: DynamoDBClient, table: string): MirrorStore {
  /** `false` where the claim is no longer ours, or the further condition does not hold. */
  const underClaim = async (
    target: ClaimTarget,
    token: string,
    attributes: Record<string, unknown>,
    condition = "",
  ): Promise<boolean> => {
    const update = updateOf(attributes);
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall(claimItemKey(target)),
          UpdateExpression: update.UpdateExpression,
          ConditionExpression: `claimToken = :token${condition}`,
          ExpressionAttributeNames: update.ExpressionAttributeNames,
          ExpressionAttributeValues: marshall({ ...update.values, ":token": token }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return {
    async mirror({ connection, definitionId }) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: marshall(mirrorKey(connection, definitionId)),
          ConsistentRead: true,
        }),
      );
      return Item === undefined ? undefined : mirrorOf(unmarshall(Item));
    },

    async takeClaim(target, claim, now) {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: marshall(claimItemKey(target)),
            UpdateExpression:
              "SET claimRequestId = :request, claimToken = :token, claimLeaseUntil = :lease REMOVE expiresAt",
            ConditionExpression:
              "attribute_not_exists(claimToken) OR claimRequestId = :request OR claimLeaseUntil < :now",
            ExpressionAttributeValues: marshall({
              ":request": claim.requestId,
              ":token": claim.token,
              ":lease": claim.leaseUntil,
              ":now": now,
            }),
            ReturnValues: "ALL_NEW",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        const item = unmarshall(Attributes ?? {});
        const mirror = target.kind === "definition" ? mirrorOf(item) : undefined;
        const openIntent = item["claimIntent"] as Intent | undefined;
        return { taken: true, ...(mirror && { mirror }), ...(openIntent && { openIntent }) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const held = error.Item === undefined ? {} : unmarshall(error.Item);
        return { taken: false, heldUntil: Number(held["claimLeaseUntil"] ?? now) };
      }
    },

    writeIntent: (target, token, intent) => underClaim(target, token, { claimIntent: intent }),

    clearIntent: (target, token) => underClaim(target, token, { claimIntent: undefined }),

    async releaseClaim(target, token, options) {
      const { claimIntent, ...holder } = claimAttributes;
      if (options?.withoutHistoryAt !== undefined) {
        const expiresAt = Math.ceil(options.withoutHistoryAt / 1_000) + CLAIM_ONLY_ITEM_TTL_SECONDS;
        // Never on an item with a history: that must not expire. An open intent must not either.
        const isEmpty = " AND attribute_not_exists(version) AND attribute_not_exists(claimIntent)";
        if (await underClaim(target, token, { ...holder, expiresAt }, isEmpty)) return;
      }
      await underClaim(target, token, holder);
    },
  };
}

/** The mirror of an item; an item that only carries a claim has none. */
export function mirrorOf(item: Readonly<Record<string, unknown>>): Mirror | undefined {
  if (item["version"] === undefined) return undefined;
  const { pk, sk, scopeKey, connectionKey, firstSeenKey, providerModifiedAt, expiresAt, ...rest } = item;
  const { claimRequestId, claimToken, claimLeaseUntil, claimIntent, ...mirror } = rest;
  return mirror as unknown as Mirror;
}

function claimItemKey(target: ClaimTarget): ItemKey {
  return target.kind === "definition"
    ? mirrorKey(target.connection, target.definitionId)
    : createClaimKey(target.connection, target.scope);
}
