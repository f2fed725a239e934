/** The update that notes at a scope which drift is to be healed from there; also a transaction's part. */
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
): NonNullable<TransactWriteItem["Update"]> {
  return {
    TableName: stateTable,
    Key: marshall(knownScopeKey(connection, scope)),
    // Beside those of earlier drifts, whose requests are still to be withdrawn.
    UpdateExpression: "ADD #heal :version SET #scope = :scope",
    ExpressionAttributeNames: { "#heal": healAttribute(definitionId), "#scope": "scope" },
    ExpressionAttributeValues: marshall({ ":version": new Set([version]), ":scope": scope }),
  };
}
