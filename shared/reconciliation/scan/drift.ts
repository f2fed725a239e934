/** What of a history was made outside, and what had been there before. */

import type { HistoryStore } from "../../definition/history/history-store.ts";
import { PROVIDER_REWRITE, TO_BE_HEALED } from "../../definition/history/reasons.ts";
import type { VersionRecord } from "../../definition/history/version.ts";
import type { DefinitionKey, DefinitionState, Mirror } from "../../definition/mirror/mirror.ts";
import { isHealRequestId } from "../heal/heal-request.ts";

type History = Pick<HistoryStore, "version" | "versionsBefore">;

/** More of a history than this is not looked through. */
const MAX_VERSIONS = 100;

/** Did somebody change the definition outside, so that its policy applies? */
export function isDrift({ source, changeType, reason }: VersionRecord): boolean {
  const isOutside = source === "reconciliation" || source === "observed_before_write";
  return isOutside && changeType !== "baseline" && changeType !== "created" && reason !== PROVIDER_REWRITE;
}

/**
 * The version that a heal goes back to: the last one that is not to be undone itself. What the provider has rewritten
 * by itself holds the drift that it came upon. `undefined`: the head is not to be undone, or there is none near.
 */
export async function versionToHealTo(
  history: History,
  { connection, definitionId, version, wantedVersion = 0 }: Mirror,
): Promise<VersionRecord | undefined> {
  const key = { connection, definitionId };
  const [head] = await history.versionsBefore(key, version + 1, 1);
  // Mostly there is nothing to undo, which one record tells.
  const isUndoable = head?.record.reason === TO_BE_HEALED || head?.record.reason === PROVIDER_REWRITE;
  if (!isUndoable || version <= wantedVersion) return undefined;
  const versions = await history.versionsBefore(key, version + 1, MAX_VERSIONS);
  const isToUndo = (index: number): boolean => {
    const record = versions[index]?.record;
    if (record === undefined || record.version <= wantedVersion) return false;
    if (record.reason === PROVIDER_REWRITE) return isToUndo(index + 1);
    return isDrift(record) && record.reason === TO_BE_HEALED;
  };
  if (!isToUndo(0)) return undefined;
  return versions.find(({ record }, index) => !record.deleted && !isToUndo(index))?.record;
}

/**
 * How often this very drift was recorded, since somebody other than a heal has changed the definition.
 * A deleted one that was healed goes on under another id.
 */
export async function timesRecorded(
  history: History,
  key: DefinitionKey,
  drift: DefinitionState,
): Promise<number> {
  if (drift.deleted) return await timesDeleted(history, key);
  let times = 0;
  for (const { record } of await history.versionsBefore(key, undefined, MAX_VERSIONS)) {
    if (record.requestId !== undefined && !isHealRequestId(record.requestId)) break;
    const isSame = record.contentHash === drift.contentHash && record.scope === drift.scope;
    if (isDrift(record) && isSame && !record.deleted) times += 1;
  }
  return times;
}

/** How often a heal has changed this definition since then (epoch ms). */
export async function timesHealed(history: History, key: DefinitionKey, since: number): Promise<number> {
  const versions = await history.versionsBefore(key, undefined, MAX_VERSIONS);
  return versions.filter(
    ({ record }) => record.recordedAt >= since && isHealRequestId(record.requestId ?? ""),
  ).length;
}

/** How often what this definition continues was deleted outside and made again by a heal. */
async function timesDeleted(history: History, { connection, definitionId }: DefinitionKey): Promise<number> {
  let id: string | undefined = definitionId;
  for (let times = 0; times < MAX_VERSIONS; times += 1) {
    const first: VersionRecord | undefined = (await history.version({ connection, definitionId: id }, 1))
      ?.record;
    if (first?.continues === undefined || !isHealRequestId(first.requestId ?? "")) return times;
    id = first.continues;
  }
  return MAX_VERSIONS;
}
