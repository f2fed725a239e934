/** What is to be done about a definition that was changed outside. Pure. */
import type { Connection } from "../../platform/config.ts";

export type Policy = Connection["reconcile"]["policy"];

/** The definition's own policy, else its scope's, else the connection's. `scope`: where the definition belongs. */
export function policyOf(
  { reconcile }: Pick<Connection, "reconcile">,
  { definitionId, scope }: { readonly definitionId: string; readonly scope: string },
): Policy {
  const { exceptions, policy } = reconcile;
  const ofDefinition = exceptions.find((one) => "definitionId" in one && one.definitionId === definitionId);
  const ofScope = exceptions.find((one) => "scope" in one && one.scope === scope);
  return (ofDefinition ?? ofScope)?.policy ?? policy;
}
