/**
 * Reconciliation: what it records did happen, outside, and in the time that it names; it never writes where a request is
 * at work; every run ends, one at a time; and when nothing goes wrong any more it finds everything and then nothing.
 */
import { PROVIDER_REWRITE } from "../../../shared/definition/history/reasons.ts";
import type { VersionRecord } from "../../../shared/definition/history/version.ts";
import { QUIET_RUNS } from "../world/simulation.ts";
import { type Evidence, mayBeTaken, type State, stateOfVersion } from "./evidence.ts";

export function checkReconciliation(evidence: Evidence): string[] {
  const { scenario } = evidence.run;
  if (scenario.scans === undefined) return [];
  const versions = evidence.versions.filter(({ source }) => source === "reconciliation");
  return [
    ...checkRuns(evidence),
    ...checkGuards(evidence),
    ...versions.flatMap((version) => checkVersion(evidence, version)),
  ];
}

function checkRuns({ run }: Evidence): string[] {
  const { facts, tables } = run;
  const { mostRuns, quietRuns, lastObservations } = facts.scans;
  const violations: string[] = [];
  if (mostRuns > 1) violations.push(`runs: ${mostRuns} at the same time`);
  for (const { runId } of tables.currents.values()) {
    if (runId !== undefined) violations.push(`runs: ${runId} is still the one that is going on`);
  }
  for (const { run: one } of tables.runs.values()) {
    if (one.status === "running") violations.push(`runs: ${one.runId} never ends`);
  }
  if (quietRuns <= QUIET_RUNS) violations.push(`runs: only ${quietRuns} are completed in a row at the end`);
  else if (lastObservations > 0)
    violations.push(`runs: the last one has recorded ${lastObservations} changes`);
  return violations;
}

/** Clocks of two processes: one wrote the lease, the other compared it. */
function checkGuards({ run }: Evidence): string[] {
  const { facts, scenario } = run;
  return facts.scans.observations.flatMap(({ definitionId, version, at, claimedUntil = 0, openIntent }) => {
    const what = `runs: ${definitionId} version ${version} was recorded`;
    if (openIntent !== undefined) return [`${what} over an open intent of ${openIntent}`];
    return claimedUntil > at + 2 * scenario.clocksOffMs ? [`${what} over a claim`] : [];
  });
}

function checkVersion(evidence: Evidence, version: VersionRecord): string[] {
  const { statesOf, versionsOf } = evidence;
  const { definitionId, version: number } = version;
  const what = `runs: ${definitionId} version ${number}`;
  const state = stateOfVersion(version);
  const before = versionsOf.get(definitionId)?.[number - 2];
  if (before !== undefined && stateOfVersion(before) === state) return [`${what} is as the one before`];
  const makers = (statesOf.get(definitionId) ?? []).filter(
    (one) => one.after === state && one.effect.kind !== "unchanged",
  );
  return [
    ...checkTime(evidence, version, makers, what),
    ...checkMigration(version, before, makers, what),
    ...(before === undefined ? checkNew(evidence, version, what) : []),
  ];
}

function checkTime(
  { run }: Evidence,
  { definitionId, occurredBetween, recordedAt, deleted, source }: VersionRecord,
  makers: readonly State[],
  what: string,
): string[] {
  // Reading and recording are done by processes whose clocks differ from the true time by so much.
  const offMs = run.scenario.clocksOffMs;
  if (makers.every(({ effect }) => effect.at > recordedAt + offMs)) {
    return [`${what} was recorded before it happened`];
  }
  if (occurredBetween === undefined || source !== "reconciliation") return [];
  const [from, to] = occurredBetween;
  // What the provider has hidden before it was deleted cannot be told from what was deleted then.
  const until = deleted && run.facts.scans.hidden.has(definitionId) ? Number.POSITIVE_INFINITY : to;
  const isIn = makers.some(({ effect: { at } }) => at >= from - offMs && at <= until + offMs);
  const instants = makers.map(({ effect: { at } }) => new Date(at).toISOString());
  const interval = occurredBetween.map((at) => new Date(at).toISOString()).join(" and ");
  return isIn ? [] : [`${what} happened at ${instants}, not between ${interval}`];
}

/** What the provider has replaced by itself is called so: nobody is to undo it. */
function checkMigration(
  { reason }: VersionRecord,
  before: VersionRecord | undefined,
  makers: readonly State[],
  what: string,
): string[] {
  const isMigrated =
    before !== undefined &&
    makers.length > 0 &&
    makers.every(({ before: from, effect: { cause } }) => {
      return cause.by === "migration" && from === stateOfVersion(before);
    });
  return isMigrated && reason !== PROVIDER_REWRITE
    ? [`${what} is a migration and has the reason ${reason}`]
    : [];
}

/** What a create of ours has made is its own, unless nobody could know. */
function checkNew(evidence: Evidence, { definitionId }: VersionRecord, what: string): string[] {
  const [birth] = evidence.statesOf.get(definitionId) ?? [];
  const maker = birth?.call;
  // What was changed outside before its create was judged is not known as the create's any more.
  if (maker === undefined || mayBeTaken(evidence, definitionId)) return [];
  const { requestId, epoch } = maker;
  const end = evidence.epochs.find((one) => one.requestId === requestId && one.epoch === epoch);
  const other = end?.result.definitionId;
  const isTwin = other !== undefined && other !== definitionId && mayBeTaken(evidence, other);
  if (end?.status === "failed" || isTwin) return [];
  return [`${what} is told to be made outside and was made by ${requestId}/${epoch}`];
}

/** What nobody looks for any more, because an operator has said so. */
export function isSilenced({ run }: Evidence, definitionId: string): boolean {
  return [...run.tables.knownScopes.values()].some(({ silenced }) => silenced.has(definitionId));
}
