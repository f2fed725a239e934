/** Is an outside change to be undone? */
import { canonicalHash } from "../definition/canonical-form.ts";
import type { DefinitionKey, DefinitionState, Mirror } from "../definition/mirror.ts";
import type { ObservedState } from "../definition/version.ts";
import { isChangedWidely } from "./breaker.ts";
import { timesRecorded } from "./drift.ts";
import { policyOf } from "./policy.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** The drift that comes back this often is left to a person: somebody means it. */
const STOPS_AT_TIMES = 3;

export type FoundDrift = {
  readonly key: DefinitionKey;
  /** The head that it follows. */
  readonly head: Mirror | undefined;
  readonly live: ObservedState;
};

export async function isToBeHealed(scan: ScopeScan, { key, head, live }: FoundDrift): Promise<boolean> {
  // What is new, or has come back, is not deleted.
  if (head === undefined || head.deleted) return false;
  if (!isPolicyToHeal(scan, head, live.deleted) || isTooMuch(scan)) return false;
  const state = { deleted: live.deleted, scope: live.scope, contentHash: canonicalHash(live.content) };
  return !(await isComingBack(scan, key, state, undefined));
}

/** `head`: where the definition belongs. */
export function isPolicyToHeal(
  { deps: { connection } }: ScopeScan,
  { definitionId, scope }: Pick<Mirror, "definitionId" | "scope">,
  isDeleted: boolean,
): boolean {
  if (isDeleted && !connection.reconcile.healDeletions) return false;
  return policyOf(connection, { definitionId, scope }) === "heal";
}

/** Has so much of the scope changed that it is hardly an accident? */
export function isTooMuch({ known, pass, livingDefinitions }: ScopeScan): boolean {
  return (
    known.isChangedWidely === true || isChangedWidely({ known: livingDefinitions, changed: pass.differing })
  );
}

/** `before`: the version that recorded the drift, if it is recorded. */
export async function isComingBack(
  { deps, run }: ScopeScan,
  key: DefinitionKey,
  drift: DefinitionState,
  before: number | undefined,
): Promise<boolean> {
  const times = 1 + (await timesRecorded(deps.history, key, drift, before));
  if (times < STOPS_AT_TIMES) return false;
  deps.metrics.count("HealStopped", key.connection);
  deps.log.error("heal-stopped", { ...key, runId: run.runId, times });
  return true;
}
