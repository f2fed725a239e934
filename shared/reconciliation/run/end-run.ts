/** Ends runs: when their last scope has ended, or as a whole. */

import type { ScanEnd } from "../scan/scan-end.ts";
import type { ReconcileDependencies } from "../scan/scope-scan.ts";
import { endOfRun, type Run, type RunKey } from "./run.ts";

type EndDependencies = Pick<ReconcileDependencies, "runs" | "clock" | "metrics" | "log">;

/** Once all of its scopes have ended: whoever ends the last one may crash before this. */
export async function endRunIfOver(
  { runs, clock, metrics, log }: EndDependencies,
  key: RunKey,
): Promise<void> {
  const run = await runs.read(key);
  if (run?.status !== "running" || run.tally === undefined || run.tally.open > 0) return;
  const status = endOfRun(run.tally);
  const ended = await runs.end(run, {
    status,
    finishedAt: clock.now(),
    ...(status === "halted" && { waitsForDecision: true }),
  });
  if (!ended) return;
  if (status === "unfinished") metrics.count("ReconciliationUnfinished", run.connection);
  log.info("reconciliation-ended", {
    connection: run.connection,
    runId: run.runId,
    status,
    scopes: run.tally.total,
    ...run.counts,
  });
}

/** Why a run over one scope ends that nobody has: not the provider, not the configuration, and not our tables. */
export const UNKNOWN_SCOPE = "unknown-scope";

/** Nothing more of it may be compared. */
export async function endWholeRun(
  { clock, log, metrics, runs }: EndDependencies,
  run: Run,
  { status, reason, workspace, keyVersion }: Extract<ScanEnd, { kind: "run-ends" }>,
): Promise<void> {
  const ended = await runs.end(run, {
    status,
    reason,
    finishedAt: clock.now(),
    ...(workspace !== undefined && { otherWorkspace: workspace }),
    ...(keyVersion !== undefined && { keyVersion }),
  });
  if (!ended) return;
  const { connection, runId } = run;
  if (reason === UNKNOWN_SCOPE) {
    // Whoever asked for it sees it; nobody has to be woken up.
    log.warn("reconciliation-unknown-scope", { connection, runId, scope: run.scope });
    return;
  }
  metrics.count(status === "halted" ? "RunHalted" : "ReconciliationUnfinished", connection);
  log.error(`reconciliation-${status}`, { connection, runId, reason });
}
