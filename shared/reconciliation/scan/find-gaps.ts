/** What a scope's list has not shown: asked about like anything else, unless it is too much to be true. */
import type { KnownDefinition } from "../../definition/mirror/known-definitions.ts";
import { isTooMuch } from "../heal/heal-rule.ts";
import { recounted } from "../run/recount.ts";
import { isTooMuchMissing } from "./breaker.ts";
import { IdSet } from "./id-set.ts";
import { withQuestions } from "./pass.ts";
import { gapsOf } from "./plan.ts";
import type { ScanEnd } from "./scan-end.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** Of a write that met a decision of an operator. */
const MAX_TRIES = 3;

/** `undefined`: the questions are settled that will be asked. */
export async function findGaps(
  scan: ScopeScan,
  recorded: readonly KnownDefinition[],
): Promise<ScanEnd | undefined> {
  const { known } = scan;
  await recountDeleted(scan, recorded);
  const { pass } = scan;
  const { confirmed, silenced } = known;
  const halted = IdSet.of(await haltedBefore(scan));
  const gaps = gapsOf(recorded, pass.seen, { confirmed, silenced, halted });
  const undecided = await stillHere(scan, gaps.undecided);
  const counts = { known: scan.livingDefinitions, missing: undecided.length, listed: pass.counts.listed };
  if (pass.isUnlistable !== true && isTooMuchMissing(counts)) {
    const ids = [...undecided, ...gaps.halted];
    return { kind: "scope-ends", status: "halted", reason: "too-much-missing", halted: ids };
  }
  const asked = [...undecided, ...(await stillHere(scan, gaps.confirmed))];
  const next = withQuestions(
    pass,
    asked.map((definitionId) => ({ definitionId, kind: "missing" })),
    known,
  );
  // Nobody looks after these now, so nothing is established about them.
  const unasked = IdSet.of([...gaps.halted, ...gaps.silenced]);
  scan.pass = {
    ...next,
    unsettled: next.unsettled.with(unasked),
    isListed: true,
    ...(gaps.halted.length > 0 && { isHaltGoingOn: true }),
  };
  if (isTooMuch(scan) && known.isChangedWidely !== true) {
    await noteChangedWidely(scan);
    tellChangedWidely(scan);
  }
  return undefined;
}

/** Deletions that a worker has recorded which died then. */
async function recountDeleted(scan: ScopeScan, recorded: readonly KnownDefinition[]): Promise<void> {
  const { deps, pass, run } = scan;
  if (pass.uncounted.length === 0) return;
  const unseen = recorded.map(({ definitionId }) => definitionId).filter((id) => !pass.seen.has(id));
  const mirrors = await deps.knownDefinitions.mirrors(run.connection, unseen);
  for (const mirror of mirrors.values()) {
    if (mirror.deleted) scan.pass = await recounted(scan, scan.pass, mirror);
  }
}

/** Missing since an earlier run, and not decided about. */
async function haltedBefore({ deps, known, run, scope }: ScopeScan): Promise<readonly string[]> {
  if (known.haltedRunId === undefined) return [];
  const { connection } = run;
  const before = await deps.scopeRuns.read({ connection, runId: known.haltedRunId, scope });
  return before?.halted ?? [];
}

/** Of these the ones that are recorded as living in this scope, and were before it was listed. */
async function stillHere({ deps, pass, run, scope }: ScopeScan, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const mirrors = await deps.knownDefinitions.mirrors(run.connection, ids);
  return ids.filter((id) => {
    const mirror = mirrors.get(id);
    return (
      mirror !== undefined && !mirror.deleted && mirror.scope === scope && mirror.recordedAt < pass.startedAt
    );
  });
}

/** Before anything of it is recorded: what is left of it after an interruption would look like little. */
async function noteChangedWidely({ deps: { knownScopes }, run, scope }: ScopeScan): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const known = await knownScopes.read({ connection: run.connection, scope });
    if (known.isChangedWidely || (await knownScopes.write({ ...known, isChangedWidely: true }))) return;
  }
}

function tellChangedWidely({ deps, pass, run, scope }: ScopeScan): void {
  deps.metrics.count("ScopeChangedWidely", run.connection);
  deps.log.warn("scope-changed-widely", {
    connection: run.connection,
    runId: run.runId,
    scope,
    changed: pass.differing,
  });
}
