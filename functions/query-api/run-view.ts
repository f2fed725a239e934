/** A reconciliation's run as the API shows it, with the state of each of its scopes. */
import { instantText } from "../../shared/platform/table-keys.ts";
import type { Counts, Run, ScopeRun } from "../../shared/reconciliation/run/run.ts";
import { optionalInstant } from "./optional-instant.ts";

export function runView(run: Run, scopes: readonly ScopeRun[]): object {
  return {
    runId: run.runId,
    connection: run.connection,
    status: run.status,
    trigger: run.trigger,
    // The only one that was to be reconciled.
    scope: run.scope,
    startedAt: instantText(run.startedAt),
    finishedAt: optionalInstant(run.finishedAt),
    reason: run.reason,
    // What the key belonged to, and for which other one the run was halted.
    workspace: run.workspace,
    otherWorkspace: run.otherWorkspace,
    counts: countsView(run.counts),
    scopes: scopes.map(scopeRunView),
  };
}

/** In the order in which a reader wants them; the table has none. */
export function countsView(counts: Counts): object {
  const { listed, baselines, created, changed, moved, missing, deleted, left } = counts;
  return { listed, baselines, created, changed, moved, missing, deleted, left };
}

function scopeRunView({ scope, status, reason, counts, finishedAt, halted, decided }: ScopeRun): object {
  return {
    scope,
    status,
    reason,
    counts: countsView(counts),
    finishedAt: optionalInstant(finishedAt),
    halted,
    decided,
  };
}
