/** Puts runs of reconciliation into the stores, by the steps that the workers take. */
import { unknownScope } from "../../shared/reconciliation/run/known-scope.ts";
import {
  type Counts,
  endOfRun,
  noCounts,
  type RunKey,
  runIdOf,
} from "../../shared/reconciliation/run/run.ts";
import type { NewRun, RunEnd, RunStore } from "../../shared/reconciliation/run/run-store.ts";
import type { ScopeEnd, ScopeRunStore } from "../../shared/reconciliation/run/scope-run-store.ts";

export type RunToRecord = Partial<Pick<NewRun, "connection" | "trigger" | "scope">> & {
  /** Epoch ms. */
  readonly startedAt: number;
  readonly workspace?: string;
  /** By scope; `undefined`: it is not begun, and the run goes on. */
  readonly scopes?: Readonly<Record<string, ScopeToRecord | undefined>>;
  /** The end of the run as a whole, whatever its scopes came to. */
  readonly end?: Omit<RunEnd, "finishedAt">;
};

export type ScopeToRecord = Partial<Omit<ScopeEnd, "counts" | "finishedAt">> & {
  readonly counts?: Partial<Counts>;
};

const SECOND_MS = 1_000;
let tokens = 0;

/** Answers the run's key. Its scopes end a second after its start, and it itself a second later. */
export async function recordRun(
  { runs, scopeRuns }: { readonly runs: RunStore; readonly scopeRuns: ScopeRunStore },
  { connection = "retell", trigger = "schedule", startedAt, scope, workspace, scopes = {}, end }: RunToRecord,
): Promise<RunKey> {
  tokens += 1;
  const token = `recorded-${tokens}`;
  const key = { connection, runId: runIdOf(startedAt, String(tokens).padStart(8, "0")) };
  const run = { ...key, trigger, startedAt, ...(scope !== undefined && { scope }) };
  if (!(await runs.begin(run))) throw new Error("another run is going on");
  const names = Object.keys(scopes);
  await scopeRuns.add(key, names, startedAt);
  await runs.takeDiscovery(key, { token, until: startedAt + SECOND_MS }, startedAt);
  const found = { scopes: names.length, keyVersion: "1", ...(workspace !== undefined && { workspace }) };
  await runs.endDiscovery(key, token, found, startedAt);
  for (const [name, recorded] of Object.entries(scopes)) {
    if (recorded !== undefined)
      await endScope(scopeRuns, { ...key, scope: name }, token, startedAt, recorded);
  }
  const tally = (await runs.read(key))?.tally;
  const finishedAt = startedAt + 2 * SECOND_MS;
  if (end !== undefined) await runs.end(run, { ...end, finishedAt });
  else if (tally?.open === 0) {
    const status = endOfRun(tally);
    await runs.end(run, { status, finishedAt, ...(status === "halted" && { waitsForDecision: true }) });
  }
  return key;
}

async function endScope(
  scopeRuns: ScopeRunStore,
  key: RunKey & { readonly scope: string },
  token: string,
  startedAt: number,
  { counts, status = "completed", ...recorded }: ScopeToRecord,
): Promise<void> {
  await scopeRuns.take(key, { token, until: startedAt + SECOND_MS }, startedAt);
  const halt = { ...unknownScope(key), haltedRunId: key.runId };
  const answer = await scopeRuns.end(key, token, {
    ...recorded,
    ...(status === "halted" && { known: halt }),
    status,
    counts: { ...noCounts, ...counts },
    finishedAt: startedAt + SECOND_MS,
  });
  if (answer !== "ended") throw new Error(`the scope was not ended: ${answer}`);
}
