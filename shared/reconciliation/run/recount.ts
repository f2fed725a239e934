/** Counts what a worker has recorded that died before it could write its pass down. */

import type { VersionRecord } from "../../definition/history/version.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { counted, countOf, type Pass } from "../scan/pass.ts";
import type { ScopeScan } from "../scan/scope-scan.ts";

/** The pass with the head in its counts, where a dead worker has recorded it. */
export async function recounted(
  { deps }: ScopeScan,
  pass: Pass,
  head: DefinitionKey & Pick<Mirror, "version" | "recordedAt">,
): Promise<Pass> {
  const { recordedAt, version } = head;
  if (!pass.uncounted.some(([from, to]) => recordedAt > from && recordedAt <= to)) return pass;
  const record = (await deps.history.version(head, version))?.record;
  return record !== undefined && isOfReconciliation(record)
    ? counted(pass, countOf[record.changeType])
    : pass;
}

/** Late effects of requests are found by reconciliation, too, but not only. */
function isOfReconciliation({ source }: VersionRecord): boolean {
  return source === "reconciliation";
}
