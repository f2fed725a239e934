/**
 * An operator's decision about a halted run. `confirm`: what is missing goes through the normal rule again (a GET, and
 * another one by a later run). `discard`: it is not asked about until a list shows it. Neither records anything.
 */
import type { ConnectionHealthStore } from "../connection/connection-health.ts";
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import { acceptWorkspace, OTHER_WORKSPACE } from "./guard.ts";
import { IdSet } from "./id-set.ts";
import type { KnownScopeStore } from "./known-scope.ts";
import { type HaltDecision, RUN_LIFETIME_SECONDS, type Run, type ScopeRun } from "./run.ts";
import type { RunStore } from "./run-store.ts";
import type { ScopeRunStore } from "./scope-run-store.ts";

export type DecideDependencies = {
  readonly connection: Pick<Connection, "id">;
  readonly runs: RunStore;
  readonly scopeRuns: ScopeRunStore;
  readonly knownScopes: KnownScopeStore;
  readonly health: ConnectionHealthStore;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
};

/** What the decision is about; absent: everything that is halted. */
export type DecisionScope = { readonly scope?: string; readonly definitionIds?: readonly string[] };

export type DecisionAnswer =
  | { readonly kind: "decided"; readonly run: Run }
  | { readonly kind: "unknown-run" }
  | { readonly kind: "not-halted"; readonly run: Run }
  /** These are not among what is halted; nothing is decided. */
  | { readonly kind: "unknown-definitions"; readonly definitionIds: readonly string[] }
  /** Others were faster; the same decision may be made again. */
  | { readonly kind: "contended" };

const MAX_TRIES = 8;
/** As many at a time as one item has room for; what is left stays halted for a next decision. */
const MAX_DECIDED = 15_000;

export async function decideHalted(
  deps: DecideDependencies,
  runId: string,
  decision: HaltDecision,
  about: DecisionScope = {},
): Promise<DecisionAnswer> {
  const { connection, log, runs, scopeRuns } = deps;
  const key = { connection: connection.id, runId };
  const run = await runs.read(key);
  if (run === undefined) return { kind: "unknown-run" };
  if (run.status !== "halted") return { kind: "not-halted", run };
  const halted = (await scopeRuns.list(key)).filter(
    ({ scope, status }) => status === "halted" && (about.scope ?? scope) === scope,
  );
  if (run.reason === OTHER_WORKSPACE) await decideWorkspace(deps, run, decision);
  else if (halted.length === 0) return { kind: "not-halted", run };
  const all = new Set(halted.flatMap((scopeRun) => scopeRun.halted ?? []));
  const unknown = (about.definitionIds ?? []).filter((id) => !all.has(id));
  if (unknown.length > 0) return { kind: "unknown-definitions", definitionIds: unknown };
  for (const scopeRun of halted) {
    if (!(await decideScope(deps, run, scopeRun, decision, about))) return { kind: "contended" };
  }
  log.info("halt-decided", { ...key, decision });
  return { kind: "decided", run: (await runs.read(key)) ?? run };
}

/** `confirm`: the account is the right one, however it is called and whatever is not in it any more. */
async function decideWorkspace(deps: DecideDependencies, run: Run, decision: HaltDecision): Promise<void> {
  const { otherWorkspace } = run;
  if (decision === "confirm" && otherWorkspace !== undefined) await acceptWorkspace(deps, otherWorkspace);
  await deps.runs.endHalt(run, `${OTHER_WORKSPACE}-${decision}ed`);
}

/** First what later runs go by: it is the same when it is written again. */
async function decideScope(
  { clock, knownScopes, scopeRuns }: DecideDependencies,
  { connection, runId }: Run,
  { scope, halted = [] }: ScopeRun,
  decision: HaltDecision,
  { definitionIds }: DecisionScope,
): Promise<boolean> {
  const wanted = new Set(definitionIds ?? halted);
  const decided = halted.filter((id) => wanted.has(id)).slice(0, MAX_DECIDED);
  const done = new Set(decided);
  const remaining = halted.filter((id) => !done.has(id));
  if (decided.length === 0) return true;
  const place = { connection, scope };
  const ids = IdSet.of(decided);
  for (let tries = 0; ; tries += 1) {
    if (tries === MAX_TRIES) return false;
    const { haltedRunId, ...known } = await knownScopes.read(place);
    const isOver = remaining.length === 0 && haltedRunId === runId;
    const isConfirmed = decision === "confirm";
    const written = await knownScopes.write({
      ...known,
      ...(haltedRunId !== undefined && !isOver && { haltedRunId }),
      confirmed: isConfirmed ? known.confirmed.with(ids) : known.confirmed.without(ids),
      silenced: isConfirmed ? known.silenced.without(ids) : known.silenced.with(ids),
    });
    if (written) break;
  }
  const expiresAt = Math.ceil(clock.now() / 1_000) + RUN_LIFETIME_SECONDS;
  return await scopeRuns.decide({ connection, runId, scope }, halted, { decision, remaining, expiresAt });
}
