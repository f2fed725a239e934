/** Is an outside change to be undone? */

import { contentOfVersion } from "../../change-request/attempt/record-version.ts";
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import { isRewritten } from "../../definition/history/provider-rewrite.ts";
import type { ObservedState, VersionRecord } from "../../definition/history/version.ts";
import {
  type DefinitionKey,
  type DefinitionState,
  type Mirror,
  sameState,
} from "../../definition/mirror/mirror.ts";
import { isChangedWidely } from "../scan/breaker.ts";
import { timesHealed, timesRecorded, versionToHealTo } from "../scan/drift.ts";
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

/** `stopped`: it would be healed, if nothing spoke against it; {@link tellStopped} is for when it is recorded. */
export type HealDecision = "heals" | "leaves" | "stopped";

type HealDependencies = Pick<ReconcileDependencies, "clock" | "connection" | "history" | "provider">;

/** `isTooMuch`: so much has changed that it is hardly an accident. */
export async function decideHeal(
  deps: HealDependencies,
  { key, head, live }: FoundDrift,
  isTooMuch: boolean,
): Promise<HealDecision> {
  // What is new, or has come back, is not deleted.
  if (head === undefined || head.deleted) return "leaves";
  if (live.deleted && head.deletionWanted) return "leaves";
  const drift = { deleted: live.deleted, scope: live.scope, contentHash: canonicalHash(live.content) };
  // What comes on top of a drift belongs where that one came from.
  const target = head.healPending === undefined ? undefined : await versionToHealTo(deps.history, head);
  if (head.healPending !== undefined && target !== undefined && (await isTakenBack(deps, target, live))) {
    return "leaves";
  }
  if (!isPolicyToHeal(deps, target ?? head, live.deleted)) return "leaves";
  if (isTooMuch) return target === undefined ? "leaves" : "stopped";
  return (await isComingBack(deps, key, drift)) ? "stopped" : "heals";
}

/** Is it again as a heal would make it, but for what the provider has rewritten meanwhile? */
async function isTakenBack(
  deps: HealDependencies,
  target: VersionRecord,
  live: ObservedState,
): Promise<boolean> {
  const state = { deleted: live.deleted, scope: live.scope, contentHash: canonicalHash(live.content) };
  if (sameState(target, state)) return true;
  const previousContent = await contentOfVersion(deps, target, target.version);
  return isRewritten({ head: target, previousContent, live }, deps.provider.dialect.rewriteSet);
}

/** `scope`: where the definition belongs. */
export function isPolicyToHeal(
  { connection }: Pick<ReconcileDependencies, "connection">,
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

/** Was this very drift there too often already, or the definition healed too often? */
async function isComingBack(
  { clock, history }: Pick<ReconcileDependencies, "clock" | "history">,
  key: DefinitionKey,
  drift: DefinitionState,
): Promise<boolean> {
  if (1 + (await timesRecorded(history, key, drift)) >= STOPS_AT_TIMES) return true;
  return (await timesHealed(history, key, clock.now() - DAY_MS)) >= HEALS_PER_DAY;
}

/** Once for each drift that is not healed any more. `runId`: of the run that has recorded it, where it was one. */
export function tellStopped(
  { metrics, log }: Pick<ReconcileDependencies, "metrics" | "log">,
  { connection, definitionId }: DefinitionKey,
  version: number,
  runId: string | undefined,
): void {
  metrics.count("HealStopped", connection);
  log.error("heal-stopped", { connection, definitionId, version, runId });
}
