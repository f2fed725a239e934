/** The history: whole and unbroken, nothing in it that never was, in the order in which it was, and everybody's own. */
import { recordedContentOf } from "../../../shared/definition/history/recorded-content.ts";
import { verifyDefinition } from "../../../shared/definition/history/verify-definition.ts";
import type { VersionRecord } from "../../../shared/definition/history/version.ts";
import { CONNECTION } from "../world/simulated-connection.ts";
import { CONNECTION_ID, type Evidence, effectsOf, mayBeTaken, stateOfVersion } from "./evidence.ts";

export async function checkHistory(evidence: Evidence): Promise<string[]> {
  const violations: string[] = [];
  for (const [definitionId, versions] of evidence.versionsOf) {
    violations.push(...(await checkChain(evidence, definitionId, versions)));
    violations.push(...checkContents(evidence, definitionId, versions));
    for (const version of versions) violations.push(...checkAttribution(evidence, version));
  }
  return violations;
}

async function checkChain(
  { run }: Evidence,
  definitionId: string,
  versions: readonly VersionRecord[],
): Promise<string[]> {
  const { mirrors, history } = run.stores;
  const contentOf = recordedContentOf(CONNECTION);
  let from = 1;
  for (;;) {
    const key = { connection: CONNECTION_ID, definitionId };
    const result = await verifyDefinition({ mirrors, history, contentOf }, key, from);
    if (result === undefined)
      return [`history: ${definitionId} has ${versions.length} versions and no history`];
    if (!result.valid) return [`history: ${definitionId} is broken at ${result.brokenAt}: ${result.reason}`];
    if (result.next === undefined) return [];
    from = result.next;
  }
}

/** Each version's state was at the provider, and not before that of the version before. */
function checkContents(
  { statesOf }: Evidence,
  definitionId: string,
  versions: readonly VersionRecord[],
): string[] {
  const states = statesOf.get(definitionId) ?? [];
  let position = 0;
  for (const version of versions) {
    const state = stateOfVersion(version);
    const found = states.findIndex(({ after }, index) => index >= position && after === state);
    if (found === -1) {
      const wasEver = states.some(({ after }) => after === state);
      const fault = wasEver ? "was there at another time" : "never was at the provider";
      return [`history: ${definitionId} version ${version.version} ${fault}`];
    }
    position = found;
  }
  return [];
}

/** Whose name a version has is who made it. */
function checkAttribution(evidence: Evidence, version: VersionRecord): string[] {
  const { definitionId, requestId, source } = version;
  const what = `history: ${definitionId} version ${version.version}`;
  const makers = (evidence.statesOf.get(definitionId) ?? []).filter(
    ({ after }) => after === stateOfVersion(version),
  );
  if (requestId !== undefined) {
    const made = makers.some(({ call }) => call?.requestId === requestId);
    const hasWritten = effectsOf(evidence, requestId).some(
      ({ effect }) => effect.definitionId === definitionId,
    );
    const isAnothers = mayBeTaken(evidence, definitionId);
    // Somebody has already edited what a create has just made: its version names it and changes nothing.
    const before = evidence.versionsOf.get(definitionId)?.[version.version - 2];
    const isNamedOnly = hasWritten && before?.contentHash === version.contentHash;
    // Adopted content may have been edited on, and by accident be somebody else's; a deletion may have been anybody's.
    const mayBe = source === "adopted" || version.deleted ? hasWritten || isAnothers : isNamedOnly;
    if (!made && !mayBe) return [`${what} names ${requestId}, which did not make it`];
    const others = makers.filter(({ call }) => call !== undefined && call.requestId !== requestId);
    // An equal definition that somebody else has made meanwhile cannot be told from one of ours.
    const [birth] = evidence.statesOf.get(definitionId) ?? [];
    const isTwin = birth?.call === undefined || evidence.tooLate.has(birth.call.requestId);
    // A retry that finds what it wanted cannot tell that another request has brought back the same meanwhile.
    const isRetry = source === "adopted" && (version.epoch ?? 1) > 1;
    if (!made && !hasWritten && !isTwin && !isRetry && others.length === makers.length) {
      return [`${what} names ${requestId} and was made by ${others[0]?.call?.requestId}`];
    }
    return [];
  }
  // Seen as somebody else's change, although nobody else has ever made that content.
  const isOurs = makers.length > 0 && makers.every(({ call }) => call !== undefined);
  const [first] = makers;
  if (!isOurs || first?.call === undefined || first.effect.kind === "created") return [];
  const { requestId: maker, epoch } = first.call;
  const end = evidence.epochs.find((one) => one.requestId === maker && one.epoch === epoch);
  if (end?.status === "failed" || evidence.tooLate.has(maker)) return [];
  return [`${what} is told to be an outside change and was made by ${maker}/${epoch}`];
}
