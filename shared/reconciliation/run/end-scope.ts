/** Writes down how a scope ended in a run; whoever ends the last scope ends the run. */

import { isTooMuch } from "../heal/heal-rule.ts";
import { afterPass } from "../scan/pass.ts";
import type { ScanEnd } from "../scan/scan-end.ts";
import type { ScanDisposition, ScopeScan } from "../scan/scope-scan.ts";
import { endRunIfOver } from "./end-run.ts";
import type { KnownScope } from "./known-scope.ts";

type ScopeEnds = Extract<ScanEnd, { kind: "scope-ends" }>;

const MAX_TRIES = 20;
/** Between tries of a transaction that met another one. */
const CONTENTION_WAIT_MS = 50;
const CONTENDED: ScanDisposition = { kind: "wait", waitMs: 1_000, reason: "contention" };

export async function endScope(scan: ScopeScan, end: ScopeEnds): Promise<ScanDisposition> {
  const { deps, lease, pass, run, scope } = scan;
  const { clock, knownScopes, random, scopeRuns } = deps;
  const key = { connection: run.connection, runId: run.runId, scope };
  let known = scan.known;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const after = knownAfter(scan, known, end);
    const answer = await scopeRuns.end(key, lease.token, {
      status: end.status,
      ...(end.reason !== undefined && { reason: end.reason }),
      ...(end.halted && { halted: end.halted }),
      counts: pass.counts,
      finishedAt: clock.now(),
      ...(after && { known: after }),
    });
    if (answer === "ended") tell(scan, end);
    if (answer === "ended" || answer === "lost") {
      await endRunIfOver(deps, key);
      return { kind: "done" };
    }
    // An operator has decided about what was missing.
    if (answer === "known-changed") known = await knownScopes.read(key);
    else await clock.sleep(CONTENTION_WAIT_MS * (1 + random.fraction()));
  }
  return CONTENDED;
}

/** `undefined`: what was known before stays. */
function knownAfter(scan: ScopeScan, known: KnownScope, { status }: ScopeEnds): KnownScope | undefined {
  const { runId } = scan.run;
  if (status === "unfinished") return undefined;
  if (status === "halted") return { ...known, haltedRunId: runId };
  return afterPass(known, scan.pass, { runId, isChangedWidely: isTooMuch(scan) });
}

function tell({ deps, pass, run, scope }: ScopeScan, { status, reason, halted }: ScopeEnds): void {
  const fields = { connection: run.connection, runId: run.runId, scope, status, reason };
  if (status === "halted") {
    deps.metrics.count("ScopeHalted", run.connection);
    deps.log.error("scope-halted", { ...fields, missing: halted?.length });
  } else if (status === "unfinished") deps.log.warn("scope-unfinished", fields);
  else deps.log.info("scope-reconciled", { ...fields, ...pass.counts });
}
