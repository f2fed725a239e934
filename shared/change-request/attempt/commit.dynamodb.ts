/** The commit as one DynamoDB transaction over the history and the state table. */
import {
  type CancellationReason,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { putChunks, versionPut } from "../../definition/history/history-store.dynamodb.ts";
import {
  continuationUpdate,
  createClaimUpdate,
  mirrorUpdate,
} from "../../definition/mirror/mirror-update.dynamodb.ts";
import { healNote } from "../../reconciliation/heal/heal-note.dynamodb.ts";
import { scopeNote } from "../../reconciliation/run/scope-note.dynamodb.ts";
import { outcomeUpdate } from "../record/request-store.dynamodb.ts";
import type { Commit, CommitAnswer, CommitStore } from "./commit.ts";

export function createCommitStore(
  client: DynamoDBClient,
  tables: { readonly state: string; readonly history: string },
): CommitStore {
  return {
    async commit(commit) {
      await putChunks(client, tables.history, commit.version);
      const parts = transactionOf(commit, tables);
      try {
        await client.send(
          new TransactWriteItemsCommand({
            TransactItems: parts.map(({ item }) => item),
            ClientRequestToken: commit.idempotencyToken,
          }),
        );
        return { committed: true };
      } catch (error) {
        if (error instanceof TransactionInProgressException)
          return { committed: false, reason: "contention" };
        if (!(error instanceof TransactionCanceledException) || isUnusable(error)) throw error;
        return { committed: false, reason: reasonOf(parts, error.CancellationReasons ?? [], commit) };
      }
    },
  };
}

/** A part that DynamoDB does not take at all: repeated, it would be refused again. */
function isUnusable({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  return CancellationReasons.some(
    ({ Code }) => Code === "ValidationError" || Code === "ItemCollectionSizeLimitExceeded",
  );
}

type Part = {
  readonly role: "version" | "mirror" | "create-claim" | "continuation" | "outcome" | "heal" | "scope";
  readonly item: TransactWriteItem;
};

function transactionOf(commit: Commit, tables: { state: string; history: string }): readonly Part[] {
  const { claim, outcome, version, mirror, headVersion, superseded, continuation, healIn, movedTo } = commit;
  const { target, token } = claim;
  const parts: Part[] = [
    { role: "version", item: versionPut(tables.history, version) },
    {
      role: "mirror",
      item: mirrorUpdate(tables.state, {
        mirror,
        headVersion,
        // A create's claim lies elsewhere; here may be another request's open intent.
        releases: outcome !== undefined && target.kind === "definition",
        ...(target.kind === "definition" && { claimToken: token }),
        ...(superseded && { superseded }),
      }),
    },
  ];
  if (target.kind === "create") {
    parts.push({
      role: "create-claim",
      item: createClaimUpdate(tables.state, target, token, outcome !== undefined),
    });
  }
  if (continuation !== undefined) {
    parts.push({
      role: "continuation",
      item: continuationUpdate(tables.state, continuation, mirror.definitionId),
    });
  }
  if (outcome !== undefined)
    parts.push({ role: "outcome", item: { Update: outcomeUpdate(tables.state, outcome) } });
  if (healIn !== undefined) {
    const place = { connection: mirror.connection, scope: healIn };
    parts.push({
      role: "heal",
      item: { Update: healNote(tables.state, place, mirror.definitionId, mirror.version) },
    });
  }
  if (movedTo !== undefined) {
    const place = { connection: mirror.connection, scope: movedTo };
    parts.push({ role: "scope", item: scopeNote(tables.state, place) });
  }
  return parts;
}

/** Which condition failed decides what is known: a settled request first, then a lost claim, then a moved head. */
function reasonOf(
  parts: readonly Part[],
  reasons: readonly CancellationReason[],
  commit: Commit,
): Extract<CommitAnswer, { committed: false }>["reason"] {
  const reasonFor = (role: Part["role"]) => reasons[parts.findIndex((part) => part.role === role)];
  const failed = (role: Part["role"]) => reasonFor(role)?.Code === "ConditionalCheckFailed";
  if (failed("outcome")) return "request-settled";
  if (failed("create-claim")) return "claim-lost";
  if (failed("continuation")) return "continued-elsewhere";
  if (failed("mirror")) {
    const old = reasonFor("mirror")?.Item;
    const { claimToken, version = 0 } = old === undefined ? {} : unmarshall(old);
    // A create holds its scope's claim; somebody else's on the new definition is only in the way for a while.
    if (commit.claim.target.kind === "create") {
      return version === commit.headVersion ? "contention" : "head-moved";
    }
    return claimToken === commit.claim.token ? "head-moved" : "claim-lost";
  }
  if (failed("version")) return "head-moved";
  return "contention";
}
