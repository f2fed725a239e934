/**
 * Baselines that were taken from a list's row. A list may show less of a definition than its GET; what the GET shows more
 * of the same state then completes the baseline, and is nobody's edit.
 */

import { isJsonArray, isJsonObject, type JsonValue } from "../../platform/json.ts";
import { canonicallyEqual } from "../document/canonical-form.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { HistoryStore } from "./history-store.ts";
import type { ObservedState, VersionRecord } from "./version.ts";

/** The reason of versions whose document is a row of a list. */
export const LIST_ROW = "list-row";

/** The reason of versions that complete such a one. */
export const LIST_ROW_COMPLETED = "list-row-completed";

export function isListRow({ changeType, reason }: Pick<VersionRecord, "changeType" | "reason">): boolean {
  return changeType === "baseline" && reason === LIST_ROW;
}

/** Is the head a row of a list, and does `live` only show more of the same state? `recorded`: the head's content. */
export async function completesListRow(
  history: Pick<HistoryStore, "version">,
  head: Mirror,
  recorded: JsonValue | undefined,
  live: ObservedState,
): Promise<boolean> {
  // Whatever follows a baseline was read by the definition's id.
  if (head.version !== 1 || recorded === undefined || !isMoreOf(head, recorded, live)) return false;
  const record = (await history.version(head, head.version))?.record;
  return record !== undefined && isListRow(record);
}

/** Every member that is recorded is there unchanged, and the provider does not say that anything was saved since. */
function isMoreOf(head: Mirror, recorded: JsonValue, live: ObservedState): boolean {
  if (head.deleted || live.deleted || head.scope !== live.scope || live.content === null) return false;
  const [before, now] = [head.modified?.raw, live.modified?.raw];
  if (before !== undefined && now !== undefined && before !== now) return false;
  return isPartOf(recorded, live.content);
}

function isPartOf(part: JsonValue, whole: JsonValue): boolean {
  if (isJsonArray(part) && isJsonArray(whole)) {
    return part.length === whole.length && part.every((item, index) => isPartOf(item, whole[index] ?? null));
  }
  if (!isJsonObject(part) || !isJsonObject(whole)) return canonicallyEqual(part, whole);
  return Object.entries(part).every(([name, member]) => {
    const other = Object.hasOwn(whole, name) ? whole[name] : undefined;
    return other !== undefined && isPartOf(member, other);
  });
}
