/**
 * Undoes outside changes where the policy is to heal: each is a restore that is submitted like anybody's request, and
 * applied only while the drift is the head. A drift stays noted at its scope until it is undone, so that one whose
 * request met a further outside change is not forgotten.
 */

import { isTerminal, type RequestStatus } from "../../change-request/record/request-state.ts";
import { parseChangeRequest } from "../../change-request/submission/parse-change-request.ts";
import { submitChangeRequest } from "../../change-request/submission/submit-change-request.ts";
import { isListRow } from "../../definition/history/list-row.ts";
import { PROVIDER_REWRITE } from "../../definition/history/provider-rewrite.ts";
import type { VersionRecord } from "../../definition/history/version.ts";
import { type DefinitionKey, type Mirror, sameState } from "../../definition/mirror/mirror.ts";
import type { ScopeKey } from "../run/known-scope.ts";
import { versionBeforeDrift } from "../scan/drift.ts";
import type { ScopeScan } from "../scan/scope-scan.ts";
import { healRequest, healRequestId } from "./heal-request.ts";
import { isComingBack, isPolicyToHeal, tellStopped } from "./heal-rule.ts";
import { withdrawHeal } from "./withdraw-heal.ts";

/** Whom the history names as having asked. */
const ACTOR = "reconciliation";

/** Submits the heals of all drift that is noted at the scope. */
export async function submitHeals(scan: ScopeScan): Promise<void> {
  const { deps, run, scope } = scan;
  const place = { connection: run.connection, scope };
  const { heals } = await deps.knownScopes.read(place);
  for (const [definitionId, drift] of Object.entries(heals)) {
    await heal(scan, place, { connection: run.connection, definitionId }, drift);
  }
}

async function heal(scan: ScopeScan, place: ScopeKey, key: DefinitionKey, drift: number): Promise<void> {
  const { history, knownScopes, mirrors } = scan.deps;
  const end = async (version: number, next?: number) => {
    await withdrawHeal(scan.deps, key, version);
    await knownScopes.endHeal(place, key.definitionId, version, next);
  };
  const head = await mirrors.mirror(key);
  const target = await versionBeforeDrift(history, key, drift);
  if (head === undefined || target === undefined) return await end(drift);
  const record = (await history.version(key, target))?.record;
  if (record === undefined || !(await isStillToUndo(scan, head, record))) return await end(drift);
  const isToUndo = await isDecided(scan, head, drift);
  if (head.version !== drift) await end(drift, isToUndo ? head.version : undefined);
  const isOpen = isToUndo && (await submitted(scan, key, head.version, target));
  if (!isOpen) await end(head.version);
}

async function isStillToUndo(scan: ScopeScan, head: Mirror, target: VersionRecord): Promise<boolean> {
  // To restore a row that shows less would take away what it does not show.
  if (isListRow(target) && scan.listShowsLess) return false;
  // It goes on as another one already, or is again as it was.
  if (head.continuesAs !== undefined || sameState(head, target)) return false;
  // The policy is that of the scope in which it belongs.
  if (!isPolicyToHeal(scan, target, head.deleted)) return false;
  const record = (await scan.deps.history.version(head, head.version))?.record;
  // A request has changed it since: that is what somebody wants.
  return record !== undefined && record.source !== "change_request" && record.source !== "adopted";
}

/** Is the head, which is no request's, the drift that was noted, or to be undone like it? */
async function isDecided(scan: ScopeScan, head: Mirror, drift: number): Promise<boolean> {
  const { history, requests } = scan.deps;
  const { connection, definitionId, version } = head;
  const record = (await history.version(head, version))?.record;
  if (record === undefined) return false;
  if (record.source !== "observed_before_write") {
    // A drift that is to be healed is noted in the place of the earlier one; a rewritten one takes it with it.
    return version === drift || record.reason === PROVIDER_REWRITE;
  }
  // What was seen before a request's write, nobody has decided about yet, unless its heal has been asked for.
  const key = { connection, definitionId };
  const requestId = healRequestId(key, version);
  if ((await requests.read({ connection, requestId })) !== undefined) return true;
  if (!(await isComingBack(scan, key, head, version))) return true;
  tellStopped(scan, key, version);
  return false;
}

/** Ends of a heal's request after which nobody but a person can undo the drift. */
const givenUp: ReadonlySet<RequestStatus> = new Set(["rejected", "failed", "cancelled"]);

/** `false`: it cannot be healed. */
async function submitted(
  scan: ScopeScan,
  key: DefinitionKey,
  drift: number,
  target: number,
): Promise<boolean> {
  const { deps, run } = scan;
  const { changes, clock, log, metrics, provider, requests } = deps;
  const fields = { ...key, runId: run.runId, version: drift };
  const known = await requests.read({ connection: key.connection, requestId: healRequestId(key, drift) });
  const parsed = parseChangeRequest(JSON.stringify(healRequest(key, drift, target)), {
    connection: key.connection,
    otherConnection: "wrong-queue",
    dialectOf: () => provider.dialect,
  });
  if (!parsed.valid || (known !== undefined && givenUp.has(known.status))) {
    tellStopped(scan, key, drift);
    return false;
  }
  // What it came to is seen when the head has moved.
  if (known !== undefined && isTerminal(known.status)) return true;
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
