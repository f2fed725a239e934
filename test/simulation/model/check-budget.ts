/** Waiting costs nothing: attempts are writes that were begun, and crashes. */
import type { Effect } from "../../../infra/local/simulators/effects-log.ts";
import type { Epoch, Evidence } from "./evidence.ts";

const BUDGET = 8;
const CRASHES_TO_FIND_OUT = 8;
const MAX_AGE_MS = 12 * 86_400_000;

export function checkBudget(evidence: Evidence): string[] {
  const { facts } = evidence.run;
  const violations: string[] = [];
  const sentAt = ({ requestId }: Epoch) => facts.requests.get(requestId)?.messages[0]?.at ?? 0;
  for (const epoch of evidence.epochs) {
    const { requestId, attempts, status, result } = epoch;
    const begun = new Set(
      facts.attempts
        .filter((one) => one.requestId === requestId && one.epoch === epoch.epoch)
        .map((one) => one.attempts),
    ).size;
    const troubles = facts.invocations.filter(
      (one) => one.requestId === requestId && (one.failed || one.end !== "returned"),
    ).length;
    const most = begun + troubles;
    if (attempts > most) {
      violations.push(
        `budget: ${requestId}/${epoch.epoch} has ${attempts} attempts for ${begun} begun writes and ${troubles} troubles`,
      );
    }
    if (status !== "failed") continue;
    if (result.reason === "retries-exhausted" && most < BUDGET) {
      violations.push(`budget: ${requestId}/${epoch.epoch} was given up after ${most} attempts`);
    }
    // A request that crashes its worker whenever its write is asked about gets no further.
    const isPoison = troubles >= BUDGET + CRASHES_TO_FIND_OUT;
    if (result.reason === "outcome-unknown" && !isPoison && !isExplained(evidence, epoch)) {
      violations.push(`P2: ${requestId}/${epoch.epoch} is undecided although nobody interfered`);
    }
    const isExpired = result.reason === "expired" && epoch.finishedAt - sentAt(epoch) >= MAX_AGE_MS;
    const isLost = result.reason === "lost" && facts.lost.has(requestId);
    if (!isLost && !isExpired && !["retries-exhausted", "outcome-unknown"].includes(result.reason ?? "")) {
      violations.push(`budget: ${requestId}/${epoch.epoch} failed: ${result.reason}`);
    }
  }
  return violations;
}

/**
 * Somebody else has changed the definition; somebody has made one that could be a create's own, or changed one before
 * it was known whose it was; a write took effect too late; or the provider's clock is too coarse to tell.
 */
function isExplained(evidence: Evidence, { requestId, operation }: Epoch): boolean {
  const { facts, scenario } = evidence.run;
  const { definitionId } = facts.requests.get(requestId) ?? {};
  const isCoarse = (scenario.switches.timestampResolutionMs ?? 1) > 1;
  // Those of the start are no interference.
  const changes = evidence.states.filter(
    ({ call, index }) => call === undefined && index >= scenario.load.definitions,
  );
  const isMade = operation === "create" || operation === "restore";
  return (
    isCoarse ||
    evidence.tooLate.size > 0 ||
    changes.some(({ effect }) => isMade || effect.definitionId === definitionId) ||
    (isMade && evidence.states.some(({ effect, index }) => isChangeOfNew(evidence, effect, index)))
  );
}

function isChangeOfNew({ run, statesOf }: Evidence, { definitionId }: Effect, index: number): boolean {
  const made = statesOf.get(definitionId)?.[0]?.index ?? 0;
  return made >= run.scenario.load.definitions && index > made;
}
