/**
 * P4: what a write of ours has replaced is in the history, unless it came to be after the read that the write was
 * decided on: between that read's answer and the write's effect nobody can see it.
 */
import type { ArrivedCall } from "../world/facts.ts";
import { type Evidence, GONE, lastReadBefore, type State, stateOfVersion } from "./evidence.ts";

export function checkPreImages(evidence: Evidence): string[] {
  return evidence.states.flatMap((state) => {
    if (state.call === undefined || state.before === GONE || state.effect.kind === "unchanged") return [];
    return checkOverwritten(evidence, state, state.call);
  });
}

function checkOverwritten(evidence: Evidence, state: State, call: ArrivedCall): string[] {
  const { statesOf, versionsOf } = evidence;
  const { definitionId, at } = state.effect;
  const what = `${call.requestId}/${call.epoch} has overwritten ${definitionId}`;
  const read = lastReadBefore(evidence, call, definitionId);
  if (read === undefined) return [`P4: ${what} without having read it`];
  const overwritten = (statesOf.get(definitionId) ?? []).findLast(({ index }) => index < state.index);
  if (overwritten !== undefined && overwritten.index >= read.effectsBefore) return [];
  const isRecorded = (versionsOf.get(definitionId) ?? []).some(
    (version) => stateOfVersion(version) === state.before && version.recordedAt <= at + CLOCK_STEP_MS,
  );
  return isRecorded ? [] : [`P4: ${what} although what was there is not in the history`];
}

/** A worker's clock may be off by so much; two versions of the same millisecond are recorded one after the other. */
const CLOCK_STEP_MS = 1_500;
