/**
 * An operator's decision about a halted run. `confirm`: what is missing goes through the normal rule again (a GET, and
 * another one by a later run). `discard`: it is not asked about until a list shows it. Neither records anything.
 */
import type { ConnectionHealthStore } from "../../connection/connection-health.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Connection } from "../../platform/config.ts";
import type { Log } from "../../platform/log.ts";
import type { Random } from "../../platform/random.ts";
import { IdSet } from "../scan/id-set.ts";
import { acceptAccount, OTHER_WORKSPACE } from "./guard.ts";
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
  readonly random: Pick<Random, "token">;
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
  /** Somebody else decides about this run right now. */
  | { readonly kind: "being-decided" }
  /** The run was halted as a whole: no part of it can be decided by itself; nothing is decided. */
  | { readonly kind: "whole-run" }
  /** Others were faster; the same decision may be made again. */
  | { readonly kind: "contended" };

const MAX_TRIES = 8;
/** A worker that takes longer is taken for dead. */
const LONGEST_DECISION_MS = 30_000;
/** As many at a time as one item has room for; what is left stays halted for a next decision. */
const MAX_DECIDED = 15_000;

export async function decideHalted(
  deps: DecideDependencies,
  runId: string,
  decision: HaltDecision,
  about: DecisionScope = {},
): Promise<DecisionAnswer> {
  const { clock, connection, log, random, runs } = deps;
  const key = { connection: connection.id, runId };
  const run = await runs.read(key);
  if (run === undefined) return { kind: "unknown-run" };
  if (run.status !== "halted") return { kind: "not-halted", run };
  const now = clock.now();
  const lease = { token: random.token(), until: now + LONGEST_DECISION_MS };
  // A run has many scopes: of two decisions about it, one has all of them.
  if (!(await runs.takeDecision(key, lease, now))) {
    const since = (await runs.read(key)) ?? run;
    return since.status === "halted" ? { kind: "being-decided" } : { kind: "not-halted", run: since };
  }
  try {
    const answer = await decided(deps, run, decision, about);
    if (answer.kind === "decided") log.info("halt-decided", { ...key, decision });
    return answer;
  } finally {
    await runs.giveDecisionBack(key, lease.token);
  }
}

/** Everything is checked before anything is done. */
async function decided(
  deps: DecideDependencies,
  run: Run,
  decision: HaltDecision,
  about: DecisionScope,
): Promise<DecisionAnswer> {
  const { runs, scopeRuns } = deps;
  const isOfOtherWorkspace = run.reason === OTHER_WORKSPACE;
  if (isOfOtherWorkspace && (about.scope ?? about.definitionIds) !== undefined) return { kind: "whole-run" };
  const halted = (await scopeRuns.list(run)).filter(
    ({ scope, status }) => status === "halted" && (about.scope ?? scope) === scope,
  );
  if (halted.length === 0 && !isOfOtherWorkspace) return { kind: "not-halted", run };
  const all = new Set(halted.flatMap((scopeRun) => scopeRun.halted ?? []));
  const unknown = (about.definitionIds ?? []).filter((id) => !all.has(id));
  if (unknown.length > 0) return { kind: "unknown-definitions", definitionIds: unknown };
  if (isOfOtherWorkspace) await decideWorkspace(deps, run, decision);
  for (const scopeRun of halted) {
    if (!(await decideScope(deps, run, scopeRun, decision, about))) return { kind: "contended" };
  }
  return { kind: "decided", run: (await runs.read(run)) ?? run };
}

/** `confirm`: the account is the right one, however it is called and whatever is not in it any more. */
async function decideWorkspace(deps: DecideDependencies, run: Run, decision: HaltDecision): Promise<void> {
  if (decision === "confirm") {
    await acceptAccount(deps, run, deps.clock.now());
  }
  await deps.runs.endHalt(run, `${OTHER_WORKSPACE}-${decision}ed`);
}

/** What later runs go by is written with the decision, all or none. */
async function decideScope(
  { clock, knownScopes, scopeRuns }: DecideDependencies,
  { connection, runId }: Run,
  { scope, halted = [] }: ScopeRun,
  decision: HaltDecision,
  { definitionIds }: DecisionScope,
): Promise<boolean> {
  const wanted = new Set(definitionIds ?? halted);
  const decidedIds = halted.filter((id) => wanted.has(id)).slice(0, MAX_DECIDED);
  const done = new Set(decidedIds);
  const remaining = halted.filter((id) => !done.has(id));
  if (decidedIds.length === 0) return true;
  const ids = IdSet.of(decidedIds);
  const expiresAt = Math.ceil(clock.now() / 1_000) + RUN_LIFETIME_SECONDS;
  const isConfirmed = decision === "confirm";
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const { haltedRunId, ...before } = await knownScopes.read({ connection, scope });
    const isHalted = haltedRunId !== undefined;
    const isOver = remaining.length === 0 && haltedRunId === runId;
    // Where the halt is over, a list has shown them since: what is missing now is another matter.
    const discarded = isHalted ? before.silenced.with(ids) : before.silenced;
    const known = {
      ...before,
      ...(isHalted && !isOver && { haltedRunId }),
      confirmed: isConfirmed ? before.confirmed.with(ids) : before.confirmed.without(ids),
      silenced: isConfirmed ? before.silenced.without(ids) : discarded,
    };
    const isWritten = await scopeRuns.decide({ connection, runId, scope }, halted, {
      decision,
      remaining,
      expiresAt,
      known,
    });
    if (isWritten) return true;
  }
  return false;
}
