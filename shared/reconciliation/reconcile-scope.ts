/**
 * One scope of a run, from its message to its end:
 *
 * lease → list all pages (quiet rows cost nothing) → what is missing, unless it is too much to be true → ask about each
 * difference by its id and record what the answer shows → submit heals → write down the scope's end.
 *
 * A large scope, or one that has to wait for its turn in the rate limit, takes several deliveries of its message; how
 * far it has come is written down between them.
 */
import { admit, reportSuccess } from "../connection/connection-gate.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { submitHeals } from "./heal/heal.ts";
import { endRunIfOver, endWholeRun } from "./run/end-run.ts";
import { endScope } from "./run/end-scope.ts";
import { guarded } from "./run/guard.ts";
import type { ScopeMessage } from "./run/reconciliation-message.ts";
import type { Run } from "./run/run.ts";
import type { ScopeTaken } from "./run/scope-run-store.ts";
import { afterUnexpectedFailure } from "./run/unexpected-failure.ts";
import { askAll } from "./scan/ask.ts";
import { findGaps } from "./scan/find-gaps.ts";
import { newPass, type Pass } from "./scan/pass.ts";
import { readList } from "./scan/read-list.ts";
import { afterFailedCall, type ScanEnd } from "./scan/scan-end.ts";
import {
  type Admitted,
  pacedDependencies,
  type ReconcileDependencies,
  type ScanDisposition,
  ScopeScan,
} from "./scan/scope-scan.ts";

type Taken = Extract<ScopeTaken, { kind: "taken" }>;

const DONE: ScanDisposition = { kind: "done" };

/** `invocationEndsAt`: epoch ms at which the platform ends this invocation. */
export async function reconcileScope(
  deps: ReconcileDependencies,
  { connection, runId, scope }: ScopeMessage,
  invocationEndsAt: number,
): Promise<ScanDisposition> {
  const key = { connection, runId, scope };
  const run = await deps.runs.read(key);
  if (run?.status !== "running") return DONE;
  const paced = pacedDependencies(deps, invocationEndsAt);
  const admission = await admit(paced);
  if (admission.kind === "wait") return admission;

  const lease = { token: deps.random.token(), until: invocationEndsAt };
  const taken = await deps.scopeRuns.take(key, lease, deps.clock.now());
  if (taken.kind === "over") {
    await endRunIfOver(deps, key);
    return DONE;
  }
  if (taken.kind === "held") {
    const waitMs = Math.max(1_000, taken.until - deps.clock.now());
    return { kind: "wait", waitMs, reason: "another-delivery" };
  }
  try {
    const known = await deps.knownScopes.read(key);
    const pass = passOf(taken, run, deps.clock.now());
    const scan = new ScopeScan({
      deps: paced,
      provider: paced.provider,
      run,
      scope,
      known,
      admission,
      lease,
      pass,
    });
    return await concluded(scan, await scanned(scan));
  } catch (error) {
    return await afterUnexpectedFailure(deps, key, error, () => deps.scopeRuns.giveBack(key, lease.token));
  }
}

/** Where the worker before has died, some of its work is done and not written down in the pass. */
function passOf({ pass, abandoned }: Taken, { startedAt }: Run, now: number): Pass {
  const kept = pass ?? newPass(now);
  if (!abandoned) return kept;
  return { ...kept, uncounted: [...kept.uncounted, [pass?.savedAt ?? startedAt, now]] };
}

async function scanned(scan: ScopeScan): Promise<ScanEnd> {
  try {
    const end = await compared(scan);
    await reportAnswered(scan, scan.admission);
    return end;
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    const end = await afterFailedCall(scan, error);
    // Drift that is recorded does not wait for the answer to a question that nobody gets.
    if (end.kind === "scope-ends" && scan.isGuarded) await submitHeals(scan);
    return end;
  }
}

async function compared(scan: ScopeScan): Promise<ScanEnd> {
  const { deps, run, scope } = scan;
  if (scan.pass.isGuardDue) {
    const refused = await guarded(scan);
    if (refused !== undefined) return refused;
  }
  // Before the list, so that what is made meanwhile is not missed in it.
  const recorded = await deps.knownDefinitions.inScope(run.connection, scope);
  scan.livingDefinitions = recorded.filter(({ deleted }) => !deleted).length;
  if (!scan.pass.isListed) {
    const byId = new Map(recorded.map((known) => [known.definitionId, known]));
    const cut = (await readList(scan, byId)) ?? (await findGaps(scan, recorded));
    if (cut !== undefined) return cut;
  }
  const cut = await askAll(scan);
  if (cut !== undefined) return cut;
  await submitHeals(scan);
  return { kind: "scope-ends", status: "completed" };
}

/** The provider has answered: that ends what its faults have begun. */
async function reportAnswered({ deps, run }: ScopeScan, admission: Admitted): Promise<void> {
  await reportSuccess(deps, admission, run.runId, { wrote: false });
}

async function concluded(scan: ScopeScan, end: ScanEnd): Promise<ScanDisposition> {
  const { deps, lease, run, scope } = scan;
  const key = { connection: run.connection, runId: run.runId, scope };
  switch (end.kind) {
    case "scope-ends":
      return await endScope(scan, end);
    case "wait":
      await deps.scopeRuns.giveBack(key, lease.token, { ...scan.pass, savedAt: deps.clock.now() });
      await deps.runs.noteProgress(key, deps.clock.now());
      return end;
    case "run-ends":
      await endWholeRun(deps, run, end);
      return DONE;
  }
}
