/**
 * At rest: nothing is claimed or left open, and the mirror is what the provider holds wherever the last change was ours,
 * or everything was looked at in the end.
 */
import { targetId } from "../stores/memory-tables.ts";
import { isSilenced } from "./check-reconciliation.ts";
import { CONNECTION_ID, type Evidence, GONE, mayBeTaken } from "./evidence.ts";

export function checkRest(evidence: Evidence): string[] {
  const { run, statesOf, tooLate } = evidence;
  if (!run.isDecided) return [];
  const violations: string[] = [];
  for (const [id, { claim, intent }] of run.tables.targets) {
    // Of a process that ended between the outcome and the release: whoever comes next takes both over.
    const isAbandoned = claim !== undefined && claim.leaseUntil <= run.endedAt;
    if (claim !== undefined && !isAbandoned) {
      violations.push(`rest: ${id} is still claimed by ${claim.requestId}`);
    }
    // A release that failed leaves what the request has given up; whoever comes next ends it.
    const isGivenUp =
      intent !== undefined &&
      run.facts.invocations.some(({ requestId, failed }) => failed && requestId === intent.requestId) &&
      evidence.epochs.some(({ requestId, status }) => status === "failed" && requestId === intent.requestId);
    // So does a request that expires while its connection lets nobody through.
    const isExpired = evidence.epochs.some(
      ({ requestId, result }) => requestId === intent?.requestId && result.reason === "expired",
    );
    if (intent !== undefined && !isAbandoned && !isGivenUp && !isExpired) {
      violations.push(`rest: ${id} has an open intent of ${intent.requestId}`);
    }
  }
  for (const [definitionId, states] of statesOf) {
    const id = targetId({ kind: "definition", connection: CONNECTION_ID, definitionId });
    const mirror = run.tables.targets.get(id)?.mirror;
    const last = states.at(-1);
    const live = last?.after ?? GONE;
    const maker = last?.call;
    const isKnown =
      maker !== undefined &&
      !tooLate.has(maker.requestId) &&
      !isHiddenByTwin(evidence, definitionId) &&
      evidence.epochs.some(
        ({ requestId, epoch, status }) =>
          requestId === maker.requestId && epoch === maker.epoch && status === "applied",
      );
    const isReconciled = run.scenario.scans !== undefined && !isSilenced(evidence, definitionId);
    if (!isKnown && !run.scenario.looksAtTheEnd && !isReconciled) continue;
    if (live === GONE) {
      const isMissing = mirror?.missingSince !== undefined && !isReconciled;
      const isTold = mirror === undefined || mirror.deleted || isMissing;
      if (!isTold) violations.push(`rest: ${definitionId} is gone, and the mirror does not say so`);
    } else if (mirror === undefined || mirror.deleted || mirror.contentHash !== live) {
      violations.push(`rest: ${definitionId} is not what the mirror says`);
    }
  }
  return violations;
}

/**
 * Made by a create that was decided with somebody's equal definition, because the list did not show this one yet:
 * nobody has looked at it since. Reconciliation will.
 */
function isHiddenByTwin(evidence: Evidence, definitionId: string): boolean {
  const makerOf = (id: string) => evidence.statesOf.get(id)?.[0]?.call?.requestId;
  const maker = makerOf(definitionId);
  return evidence.epochs.some(
    ({ requestId, operation, result }) =>
      operation === "create" &&
      requestId === maker &&
      result.definitionId !== undefined &&
      result.definitionId !== definitionId &&
      mayBeTaken(evidence, result.definitionId),
  );
}
