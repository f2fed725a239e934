/** P2: at the provider a request takes effect once in an epoch at most, and not at all unless its outcome says so. */
import type { Evidence, State } from "./evidence.ts";
import { effectsOf, mayBeTaken, outsideBetween } from "./evidence.ts";

export function checkEffects(evidence: Evidence): string[] {
  return [
    ...checkEpochs(evidence),
    ...checkCreated(evidence),
    ...checkApplied(evidence),
    ...checkAdopted(evidence),
  ];
}

function checkEpochs(evidence: Evidence): string[] {
  const violations: string[] = [];
  for (const { requestId, epoch, status } of evidence.epochs) {
    if (evidence.tooLate.has(requestId)) continue;
    const effects = effectsOf(evidence, requestId, epoch);
    if (effects.length > 1 && !wasHidden(evidence, effects)) {
      violations.push(`P2: ${requestId}/${epoch} took effect ${effects.length} times`);
    }
    const isWithout = ["unchanged", "conflict", "rejected", "cancelled"].includes(status);
    if (isWithout && effects.length > 0 && !wasHidden(evidence, effects)) {
      violations.push(`P2: ${requestId}/${epoch} is ${status} and took effect`);
    }
  }
  return violations;
}

/**
 * No create leaves a second definition behind, over all its epochs. Where it could not be decided whether there is one,
 * an operator's retry may make another.
 */
function checkCreated(evidence: Evidence): string[] {
  const violations: string[] = [];
  const undecided = new Set(
    evidence.epochs
      .filter(({ result }) => result.reason === "outcome-unknown")
      .map(({ requestId }) => requestId),
  );
  for (const { requestId } of evidence.run.facts.requests.values()) {
    if (evidence.tooLate.has(requestId) || undecided.has(requestId)) continue;
    const created = effectsOf(evidence, requestId).filter(({ effect }) => effect.kind === "created");
    if (created.length > 1 && !wasHidden(evidence, created)) {
      violations.push(`P2: ${requestId} has created ${created.length} definitions`);
    }
  }
  return violations;
}

/** What is told to be applied by our own write was written. */
function checkApplied(evidence: Evidence): string[] {
  const violations: string[] = [];
  for (const { requestId, epoch, status, operation } of evidence.epochs) {
    if (status !== "applied") continue;
    const own = evidence.versions.filter(
      (version) =>
        version.requestId === requestId &&
        version.epoch === epoch &&
        version.suspectedDuplicateOf === undefined,
    );
    // Somebody may make the same as a write of which no effect was seen, and later than that write.
    const atOnce = own.filter(({ late }) => late === undefined);
    if ((own.length === 0 || atOnce.length > 1) && !evidence.tooLate.has(requestId)) {
      violations.push(`history: ${requestId}/${epoch} is applied and has ${own.length} versions`);
    }
    for (const { definitionId, source, changeType } of own) {
      const wasThere = mayBeTaken(evidence, definitionId);
      const isAnothers = (changeType === "deleted" || source === "adopted") && wasThere;
      const wrote = evidence.states.some(({ call }) => call?.requestId === requestId);
      if (!wrote && !isAnothers) {
        violations.push(`P2: ${requestId}/${epoch} (${operation}) is applied and never took effect`);
      }
    }
  }
  return violations;
}

/** A create is decided with a definition that was made since its first attempt, not with an older one. */
function checkAdopted({ run, statesOf, versions }: Evidence): string[] {
  // Clocks differ, so the window begins a little early, by the worker's own clock: an equal definition that is made
  // within it is taken for the own one.
  const clockStepMs = 5_000 + run.scenario.clocksOffMs;
  return versions.flatMap(({ definitionId, requestId, source, version }) => {
    if (source !== "adopted" || version !== 1 || requestId === undefined) return [];
    const begunAt = run.facts.transitions.find(
      (one) => one.requestId === requestId && one.to === "applying",
    )?.at;
    const madeAt = statesOf.get(definitionId)?.[0]?.effect.at;
    if (begunAt === undefined || madeAt === undefined || madeAt >= begunAt - clockStepMs) return [];
    return [`P2: ${requestId} was decided with ${definitionId}, which is older than its first attempt`];
  });
}

/**
 * After the first of these effects somebody made it impossible to see: put back every byte of what was there before, or
 * changed, moved or deleted what had been created.
 */
function wasHidden(evidence: Evidence, effects: readonly State[]): boolean {
  const [first, second] = effects;
  if (first === undefined) return false;
  const { definitionId, kind, before } = first.effect;
  const changes = outsideBetween(evidence, definitionId, first.index, second?.index);
  return kind === "created" ? changes.length > 0 : changes.some(({ effect }) => effect.after === before);
}
