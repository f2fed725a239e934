/** A scope as the API shows it: what reconciliation knows of it. */
import type { KnownScope } from "../../shared/reconciliation/run/known-scope.ts";
import { optionalInstant } from "./optional-instant.ts";
import { countsView } from "./run-view.ts";

export function scopeView(known: KnownScope): object {
  const { connection, scope, definitions, counts, lastCompletedRunId, lastReconciledAt, haltedRunId } = known;
  return {
    connection,
    scope,
    // Living ones, as of the last run that completed the scope; `counts` is what that run has found.
    definitions,
    counts: counts && countsView(counts),
    lastCompletedRunId,
    lastReconciledAt: optionalInstant(lastReconciledAt),
    // A run in which so much of it was missing that an operator has to decide.
    haltedRunId,
    // Missing definitions that an operator has decided not to be asked about until a list shows them.
    silenced: known.silenced.size,
  };
}
