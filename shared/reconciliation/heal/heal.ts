/**
 * Undoes outside changes where the policy is to heal: each is a restore that is submitted like anybody's request, and
 * applied only while the drift is the head. A drift stays noted at its scope until it is undone, so that one whose
 * request met a further outside change is not forgotten.
 */

import { isTerminal } from "../../change-request/record/request-state.ts";
import { parseChangeRequest } from "../../change-request/submission/parse-change-request.ts";
import { submitChangeRequest } from "../../change-request/submission/submit-change-request.ts";
import { isListRow } from "../../definition/history/list-row.ts";
import type { VersionRecord } from "../../definition/history/version.ts";
import { type DefinitionKey, type Mirror, sameState } from "../../definition/mirror/mirror.ts";
import type { ScopeKey } from "../run/known-scope.ts";
import { versionToHealTo } from "../scan/drift.ts";
import type { ScopeScan } from "../scan/scope-scan.ts";
import { healRequest, healRequestId } from "./heal-request.ts";
import { isPolicyToHeal, tellStopped } from "./heal-rule.ts";
import { withdrawHeal } from "./withdraw-heal.ts";

/** Whom the history names as having asked. */
const ACTOR = "reconciliation";

/** Submits the heals of all drift that is noted at the scope. */
export async function submitHeals(scan: ScopeScan): Promise<void> {
  const { deps, run, scope } = scan;
  const place = { connection: run.connection, scope };
  const { heals } = await deps.knownScopes.read(place);
  for (const [definitionId, drifts] of Object.entries(heals)) {
    await heal(scan, place, { connection: run.connection, definitionId }, drifts);
  }
}

/** `drifts`: the versions that are noted. */
async function heal(
  scan: ScopeScan,
  place: ScopeKey,
  key: DefinitionKey,
  drifts: readonly number[],
): Promise<void> {
  const { history, knownScopes, mirrors } = scan.deps;
  const end = async (version: number) => {
    await withdrawHeal(scan.deps, key, version);
    await knownScopes.endHeal(place, key.definitionId, version);
  };
  const head = await mirrors.mirror(key);
  const target = head && (await versionToHealTo(history, head));
  if (head === undefined || target === undefined || !isToBeUndone(scan, head, target)) {
    if (target === undefined && isStillPending(head))
      tellStopped(scan.deps, key, head.version, scan.run.runId);
    for (const drift of drifts) await end(drift);
    return;
  }
  // To restore a row that shows less would take away what it does not show.
  if (isListRow(target) && scan.listShowsLess) {
    tellStopped(scan.deps, key, head.version, scan.run.runId);
    for (const drift of drifts) await end(drift);
    return;
  }
  // What the provider has rewritten takes the drift with it that it came upon.
  if (!drifts.includes(head.version)) await knownScopes.noteHeal(place, key.definitionId, head.version);
  for (const drift of drifts) if (drift !== head.version) await end(drift);
  if (!(await submitted(scan, key, head.version, target.version))) await end(head.version);
}

/** Then what it is to go back to lies too many versions behind it. */
function isStillPending(head: Mirror | undefined): head is Mirror {
  return head?.healPending !== undefined && (head.wantedVersion ?? 0) < head.version;
}

function isToBeUndone(scan: ScopeScan, head: Mirror, target: VersionRecord): boolean {
  // It goes on as another one already, or is again as it was.
  if (head.continuesAs !== undefined || sameState(head, target)) return false;
  // The policy is that of the scope in which it belongs.
  return isPolicyToHeal(scan.deps, target, head.deleted);
}

/** `false`: it cannot be healed, or its request has ended otherwise: only a person can undo the drift then. */
async function submitted(
  scan: ScopeScan,
  key: DefinitionKey,
  drift: number,
  target: number,
): Promise<boolean> {
  const { deps, run } = scan;
  const { changes, clock, log, metrics, mirrors, provider, requests } = deps;
  const fields = { ...key, runId: run.runId, version: drift };
  const known = await requests.read({ connection: key.connection, requestId: healRequestId(key, drift) });
  const parsed = parseChangeRequest(JSON.stringify(healRequest(key, drift, target)), {
    connection: key.connection,
    otherConnection: "wrong-queue",
    dialectOf: () => provider.dialect,
  });
  const isOver = known !== undefined && isTerminal(known.status);
  // Its outcome came with another head, which is looked at next time.
  if (isOver && (await mirrors.mirror(key))?.version !== drift) return true;
  if (!parsed.valid || isOver) {
    tellStopped(deps, key, drift, run.runId);
    return false;
  }
  const submission = await submitChangeRequest(
    { requests, queue: changes, clock, log },
    parsed,
    provider.dialect,
    ACTOR,
  );
  if (submission.kind === "accepted" && known === undefined) {
    metrics.count("HealSubmitted", key.connection);
    log.info("heal-submitted", fields);
  }
  return true;
}
