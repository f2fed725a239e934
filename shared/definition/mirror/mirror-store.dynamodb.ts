/** Mirrors and claims in the state table: one item per definition, one per scope for the claim of its creates. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { createClaimKey, type ItemKey, mirrorKey } from "../../platform/table-keys.ts";
import { updateOf } from "../../platform/update-expression.ts";
import type { Claim, ClaimAnswer, ClaimTarget } from "./claim.ts";
import { intentItem, intentOf } from "./intent-item.ts";
import { claimAttributes, mirrorOf, supersededAttribute, supersededOf } from "./mirror-item.ts";
import type { FoundOptions, MirrorStore } from "./mirror-store.ts";

/** An item that only ever carried a claim goes away by itself after a day, when its superseded intents have had theirs. */
const CLAIM_ONLY_ITEM_TTL_SECONDS = 86_400;

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
              "SET claimRequestId = :request, claimEpoch = :epoch, claimToken = :token, claimLeaseUntil = :lease REMOVE expiresAt",
            ConditionExpression:
              "attribute_not_exists(claimToken) OR claimToken = :token OR claimLeaseUntil < :now",
            ExpressionAttributeValues: marshall({
              ":request": claim.requestId,
              ":epoch": claim.epoch,
              ":token": claim.token,
              ":lease": claim.leaseUntil,
              ":now": now,
            }),
            ReturnValues: "ALL_OLD",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return { taken: true, ...claimedItem(target, claim, unmarshall(Attributes ?? {})) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const held = error.Item === undefined ? {} : unmarshall(error.Item);
        return { taken: false, heldUntil: Number(held["claimLeaseUntil"] ?? now) };
      }
    },

    writeIntent: (target, token, intent, superseded) =>
      underClaim(target, token, {
        claimIntent: intentItem(intent),
        ...(superseded && supersededAttribute(superseded)),
      }),

    clearIntent: (target, token) => underClaim(target, token, { claimIntent: undefined }),

    noteFound: (target, token, found) => underClaim(target, token, foundAttributes(found)),

    async releaseClaim(target, token, { withoutHistoryAt, superseded, ...found } = {}) {
      const { claimIntent, ...holder } = claimAttributes;
      const released = {
        ...(superseded === undefined ? holder : { ...claimAttributes, ...supersededAttribute(superseded) }),
        ...foundAttributes(found),
      };
      if (withoutHistoryAt !== undefined) {
        const expiresAt = Math.ceil(withoutHistoryAt / 1_000) + CLAIM_ONLY_ITEM_TTL_SECONDS;
        // Never on an item with a history: that must not expire. An open intent must not either.
        const mayExpire = ` AND attribute_not_exists(version)${superseded === undefined ? " AND attribute_not_exists(claimIntent)" : ""}`;
        if (await underClaim(target, token, { ...released, expiresAt }, mayExpire)) return;
      }
      await underClaim(target, token, released);
    },

    async intents(target) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: table,
          Key: marshall(claimItemKey(target)),
          ProjectionExpression: "claimIntent, supersededIntents",
          ConsistentRead: true,
        }),
      );
      const item = unmarshall(Item ?? {});
      const open = intentOf(item["claimIntent"]);
      return { ...(open && { open }), superseded: supersededOf(item) };
    },
  };
}

function foundAttributes({ isFound, ...noted }: FoundOptions): Readonly<Record<string, unknown>> {
  return { ...noted, ...(isFound && { missingSince: undefined, deletionWanted: undefined }) };
}

/** What the item held before the claim was taken. */
function claimedItem(
  target: ClaimTarget,
  claim: Claim,
  item: Readonly<Record<string, unknown>>,
): Omit<Extract<ClaimAnswer, { taken: true }>, "taken"> {
  const mirror = target.kind === "definition" ? mirrorOf(item) : undefined;
  const openIntent = intentOf(item["claimIntent"]);
  const token = item["claimToken"] as string | undefined;
  const isAbandoned = token !== undefined && token !== claim.token;
  return {
    ...(mirror && { mirror }),
    ...(openIntent && { openIntent }),
    ...(isAbandoned && {
      abandoned: { requestId: String(item["claimRequestId"]), epoch: Number(item["claimEpoch"]), token },
    }),
    superseded: supersededOf(item),
  };
}

function claimItemKey(target: ClaimTarget): ItemKey {
  return target.kind === "definition"
    ? mirrorKey(target.connection, target.definitionId)
    : createClaimKey(target.connection, target.scope);
}
