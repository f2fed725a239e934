/** A transaction's part that makes a scope known: a definition was moved to it. Nothing else of the scope changes. */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { knownScopeKey } from "../../platform/table-keys.ts";
import type { ScopeKey } from "./known-scope.ts";

export function scopeNote(stateTable: string, { connection, scope }: ScopeKey): TransactWriteItem {
  return {
    Update: {
      TableName: stateTable,
      Key: marshall(knownScopeKey(connection, scope)),
      UpdateExpression: "SET #scope = :scope",
      ExpressionAttributeNames: { "#scope": "scope" },
      ExpressionAttributeValues: marshall({ ":scope": scope }),
    },
  };
}
