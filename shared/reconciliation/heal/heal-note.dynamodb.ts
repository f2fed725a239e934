/** The transaction's part that notes at a scope which drift is to be healed from there. */
import type { TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { knownScopeKey } from "../../platform/table-keys.ts";
import { healAttribute } from "../run/known-scope-item.ts";

/** `version`: the one that recorded the drift. */
export function healNote(
  stateTable: string,
  { connection, scope }: { readonly connection: string; readonly scope: string },
  definitionId: string,
  version: number,
): TransactWriteItem {
  return {
    Update: {
      TableName: stateTable,
      Key: marshall(knownScopeKey(connection, scope)),
      UpdateExpression: "SET #heal = :version, #scope = :scope",
      ExpressionAttributeNames: { "#heal": healAttribute(definitionId), "#scope": "scope" },
      ExpressionAttributeValues: marshall({ ":version": version, ":scope": scope }),
    },
  };
}
