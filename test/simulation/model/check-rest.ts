/** At rest: the mirror is what the provider holds, and nothing is claimed or left open. */
import { targetId } from "../stores/memory-tables.ts";
import { CONNECTION_ID, type Evidence, GONE } from "./evidence.ts";

export function checkRest({ run, statesOf }: Evidence): string[] {
  if (!run.isDecided) return [];
  const violations: string[] = [];
  for (const [id, { claim, intent }] of run.tables.targets) {
    // Of a process that ended between the outcome and the release: whoever comes next takes it over.
    if (claim !== undefined && claim.leaseUntil > run.endedAt) {
      violations.push(`rest: ${id} is still claimed by ${claim.requestId}`);
    }
    if (intent !== undefined) violations.push(`rest: ${id} has an open intent of ${intent.requestId}`);
  }
  for (const [definitionId, states] of statesOf) {
    const id = targetId({ kind: "definition", connection: CONNECTION_ID, definitionId });
    const mirror = run.tables.targets.get(id)?.mirror;
    const live = states.at(-1)?.after ?? GONE;
    if (live === GONE) {
      const isTold = mirror === undefined || mirror.deleted || mirror.missingSince !== undefined;
      if (!isTold) violations.push(`rest: ${definitionId} is gone, and the mirror does not say so`);
    } else if (mirror === undefined || mirror.deleted || mirror.contentHash !== live) {
      violations.push(`rest: ${definitionId} is not what the mirror says`);
    }
  }
  return violations;
}
