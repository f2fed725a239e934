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
import { putChunks, versionPut } from "../definition/history-store.dynamodb.ts";
import { createClaimRelease, mirrorUpdate } from "../definition/mirror-store.dynamodb.ts";
import type { Commit, CommitAnswer, CommitStore } from "./commit.ts";
import { outcomeUpdate } from "./request-store.dynamodb.ts";

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
        if (!(error instanceof TransactionCanceledException)) throw error;
        return { committed: false, reason: reasonOf(parts, error.CancellationReasons ?? [], commit) };
      }
    },
  };
}

type Part = {
  readonly role: "version" | "mirror" | "create-claim" | "outcome";
  readonly item: TransactWriteItem;
};

function transactionOf(commit: Commit, tables: { state: string; history: string }): readonly Part[] {
  const { claim, outcome, version, mirror, headVersion } = commit;
  const { target, token } = claim;
  const parts: Part[] = [
    { role: "version", item: versionPut(tables.history, version) },
    {
      role: "mirror",
      item: mirrorUpdate(tables.state, {
        mirror,
        headVersion,
        releases: outcome !== undefined,
        ...(target.kind === "definition" && { claimToken: token }),
      }),
    },
  ];
  if (target.kind === "create" && outcome !== undefined) {
    parts.push({
      role: "create-claim",
      item: createClaimRelease(tables.state, target.connection, target.scope, token),
    });
  }
  if (outcome !== undefined)
    parts.push({ role: "outcome", item: { Update: outcomeUpdate(tables.state, outcome) } });
  return parts;
}

/** Which condition failed decides what is known: a settled request first, then a lost claim, then a moved head. */
function reasonOf(
  parts: readonly Part[],
  reasons: readonly CancellationReason[],
  commit: Commit,
): Extract<CommitAnswer, { committed: false }>["reason"] {
  const failed = (role: Part["role"]) =>
    reasons[parts.findIndex((part) => part.role === role)]?.Code === "ConditionalCheckFailed";
  if (failed("outcome")) return "request-settled";
  if (failed("create-claim")) return "claim-lost";
  if (failed("mirror")) {
    const old = reasons[parts.findIndex((part) => part.role === "mirror")]?.Item;
    const token = old === undefined ? undefined : unmarshall(old)["claimToken"];
    // A create holds its scope's claim; somebody else's on the new definition is only in the way for a while.
    if (commit.claim.target.kind === "create") return token === undefined ? "head-moved" : "contention";
    return token === commit.claim.token ? "head-moved" : "claim-lost";
  }
  if (failed("version")) return "head-moved";
  return "contention";
}
