/** The commit's parts on the items of mirrors and claims; each has its own condition. */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import {
  connectionKey,
  createClaimKey,
  firstSeenKey,
  mirrorKey,
  scopeKey,
} from "../../platform/table-keys.ts";
import { updateOf } from "../../platform/update-expression.ts";
import type { ClaimTarget, SupersededIntent } from "./claim.ts";
import type { Continuation, Mirror } from "./mirror.ts";
import { claimAttributes, supersededAttribute } from "./mirror-item.ts";

/** What a new head may be without. */
const optionalMembers = {
  modified: undefined,
  created: undefined,
  missingSince: undefined,
  deletionWanted: undefined,
  continues: undefined,
  listRowHash: undefined,
  healPending: undefined,
};

export type MirrorWrite = {
  readonly mirror: Mirror;
  /** Version of the head that it replaces; 0 where there is no history yet. */
  readonly headVersion: number;
  /** The claim under which it is written; absent: there must be no claim. */
  readonly claimToken?: string;
  /** Ends the claim with this write. */
  readonly releases: boolean;
  /**
   * Without a claim: there must be no open intent either, and these must be the superseded ones, so that no request has
   * been at work since they were read.
   */
  readonly untouched?: readonly SupersededIntent[];
  /** Replaces the list of superseded intents. */
  readonly superseded?: readonly SupersededIntent[];
};

/** Whose lease has passed has crashed, and may never come back to give its claim away. */
const NO_LIVE_CLAIM = "(attribute_not_exists(claimToken) OR claimLeaseUntil < :now)";

function intentsUntouched(superseded: readonly SupersededIntent[]): {
  readonly conditions: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
} {
  const isNone = superseded.length === 0;
  return {
    conditions: [
      "attribute_not_exists(claimIntent)",
      isNone ? "attribute_not_exists(supersededIntents)" : "supersededIntents = :untouched",
    ],
    values: isNone ? {} : { ":untouched": superseded },
  };
}

/** The transaction's part that moves the mirror to a new head. */
export function mirrorUpdate(
  table: string,
  { mirror, headVersion, claimToken, releases, untouched, superseded }: MirrorWrite,
): TransactWriteItem {
  // Where the definition lives on is written by a continuation only, and what is wanted with the end of a claim: both
  // leave the head as it is, and stay.
  const { continuesAs, wantedVersion, ...head } = mirror;
  const { connection, definitionId } = head;
  const update = updateOf({
    ...optionalMembers,
    ...head,
    providerModifiedAt: mirror.modified?.at,
    scopeKey: scopeKey(connection, mirror.scope),
    connectionKey: connectionKey(connection),
    firstSeenKey: firstSeenKey(mirror.firstSeenAt, definitionId),
    expiresAt: undefined,
    ...(releases && claimAttributes),
    ...(superseded && supersededAttribute(superseded)),
  });
  const headHolds = headVersion === 0 ? "attribute_not_exists(#version)" : "#version = :head";
  const claimHolds = claimToken === undefined ? NO_LIVE_CLAIM : "claimToken = :token";
  const intents = untouched && intentsUntouched(untouched);
  return {
    Update: {
      TableName: table,
      Key: marshall(mirrorKey(connection, definitionId)),
      UpdateExpression: update.UpdateExpression,
      ConditionExpression: [headHolds, claimHolds, ...(intents?.conditions ?? [])].join(" AND "),
      ExpressionAttributeNames: update.ExpressionAttributeNames,
      ExpressionAttributeValues: marshall({
        ...update.values,
        ...intents?.values,
        ...(headVersion === 0 ? {} : { ":head": headVersion }),
        ...(claimToken === undefined ? { ":now": mirror.recordedAt } : { ":token": claimToken }),
      }),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  };
}

/** The transaction's part that links a deleted definition to the one that it lives on as. */
export function continuationUpdate(
  table: string,
  { from, headVersion, formerly }: Continuation,
  continuesAs: string,
): TransactWriteItem {
  const wasOpen = formerly === undefined ? "attribute_not_exists(continuesAs)" : "continuesAs = :formerly";
  return {
    Update: {
      TableName: table,
      Key: marshall(mirrorKey(from.connection, from.definitionId)),
      UpdateExpression: "SET continuesAs = :continuesAs",
      ConditionExpression: `version = :head AND ${wasOpen}`,
      ExpressionAttributeValues: marshall(
        { ":continuesAs": continuesAs, ":head": headVersion, ":formerly": formerly },
        { removeUndefinedValues: true },
      ),
    },
  };
}

/** The transaction's part that demands a scope's create claim, and gives it back where it `releases`. */
export function createClaimUpdate(
  table: string,
  { connection, scope }: Extract<ClaimTarget, { kind: "create" }>,
  token: string,
  releases: boolean,
): TransactWriteItem {
  return {
    Update: {
      TableName: table,
      Key: marshall(createClaimKey(connection, scope)),
      UpdateExpression: releases
        ? `REMOVE ${Object.keys(claimAttributes).join(", ")}`
        : "SET claimToken = :token",
      ConditionExpression: "claimToken = :token",
      ExpressionAttributeValues: marshall({ ":token": token }),
    },
  };
}

/** The transaction's part that demands that no create of a scope is under way, and none was since they were read. */
export function createsUntouched(
  table: string,
  { connection, scope }: { readonly connection: string; readonly scope: string },
  superseded: readonly SupersededIntent[],
  now: number,
): TransactWriteItem {
  const { conditions, values } = intentsUntouched(superseded);
  return {
    ConditionCheck: {
      TableName: table,
      Key: marshall(createClaimKey(connection, scope)),
      ConditionExpression: [NO_LIVE_CLAIM, ...conditions].join(" AND "),
      ExpressionAttributeValues: marshall({ ...values, ":now": now }),
    },
  };
}
