/** Is an outside change to be undone? */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import type { ObservedState } from "../../definition/history/version.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { isChangedWidely } from "../scan/breaker.ts";
import { timesHealed, timesRecorded } from "../scan/drift.ts";
import type { ReconcileDependencies, ScopeScan } from "../scan/scope-scan.ts";
import { policyOf } from "./policy.ts";

/** The drift that comes back this often is left to a person: somebody means it. */
const STOPS_AT_TIMES = 3;
/** A definition that was healed so often within a day is fought over, however the drift looks each time. */
const HEALS_PER_DAY = 5;
const DAY_MS = 86_400_000;

export type FoundDrift = {
  readonly key: DefinitionKey;
  /** The head that it follows. */
  readonly head: Mirror | undefined;
  readonly live: ObservedState;
};

/** `stopped`: it would be healed, if it had not been so often; {@link tellStopped} is for when it is recorded. */
export type HealDecision = "heals" | "leaves" | "stopped";

export async function decideHeal(scan: ScopeScan, { key, head, live }: FoundDrift): Promise<HealDecision> {
  // What is new, or has come back, is not deleted.
  if (head === undefined || head.deleted) return "leaves";
  if (live.deleted && head.deletionWanted) return "leaves";
  if (!isPolicyToHeal(scan, head, live.deleted) || isTooMuch(scan)) return "leaves";
  return (await isComingBack(scan.deps, key, live)) ? "stopped" : "heals";
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

/** A drift that is about to be recorded: was it there too often already, or the definition healed too often? */
export async function isComingBack(
  { clock, history }: Pick<ReconcileDependencies, "clock" | "history">,
  key: DefinitionKey,
  { deleted, scope, content }: ObservedState,
): Promise<boolean> {
  const drift = { deleted, scope, contentHash: canonicalHash(content) };
  if (1 + (await timesRecorded(history, key, drift)) >= STOPS_AT_TIMES) return true;
  return (await timesHealed(history, key, clock.now() - DAY_MS)) >= HEALS_PER_DAY;
}

/** Once for each drift that is not healed any more. `runId`: of the run that has recorded it, where it was one. */
export function tellStopped(
  { metrics, log }: Pick<ReconcileDependencies, "metrics" | "log">,
  key: DefinitionKey,
  version: number,
  runId: string | undefined,
): void {
  metrics.count("HealStopped", key.connection);
  log.error("heal-stopped", { ...key, version, runId });
}
