/** Reads the list of a scope page by page, takes what is quiet, and collects the questions that the rest raises. */

import type { Look } from "../../definition/history/version.ts";
import type { KnownDefinition } from "../../definition/mirror/known-definitions.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { ListPage } from "../../providers/provider.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { guarded } from "../run/guard.ts";
import { recounted } from "../run/recount.ts";
import { recordBaselines } from "./first-pass.ts";
import { lookSince } from "./look-at.ts";
import { counted, withQuestions } from "./pass.ts";
import { planRow, questionOf, type Row, type RowPlan, rowOf } from "./plan.ts";
import type { Question, QuestionKind } from "./question.ts";
import { type ScanEnd, scopeEnds, timeIsShort } from "./scan-end.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** A list that is still not at its end is taken for an endless one. */
const MAX_PAGES = 2_000;

export type Recorded = ReadonlyMap<string, KnownDefinition>;

/** `undefined`: the list is at its end. @throws {ProviderCallError} */
export async function readList(scan: ScopeScan, recorded: Recorded): Promise<ScanEnd | undefined> {
  for (;;) {
    if (scan.isTimeShort) return timeIsShort;
    const read = await readPage(scan);
    if (read.kind !== "page") return read;
    const { page, look } = read;
    const ended = await takePage(scan, recorded, page, look);
    if (ended !== undefined) return ended;
    const { nextCursor } = page;
    if (nextCursor === undefined) return undefined;
    const { cursors } = scan.pass;
    if (!cursors.add(nextCursor) || cursors.size > MAX_PAGES) {
      return scopeEnds("unfinished", "malformed-list");
    }
    scan.pass = { ...scan.pass, cursor: nextCursor };
  }
}

type ReadPage = { readonly kind: "page"; readonly page: ListPage; readonly look: Look };

async function readPage(scan: ScopeScan): Promise<ReadPage | ScanEnd> {
  const { deps, provider, callOptions, pass, scope } = scan;
  const startedAt = deps.clock.now();
  try {
    const { body, receipt } = await provider.list(scope, pass.cursor, callOptions);
    return { kind: "page", page: body, look: lookSince(deps, startedAt, receipt.clockAheadMs) };
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.code === "malformed-answer") return scopeEnds("unfinished", "malformed-list");
    if (error.retryable) throw error;
    // The cursor was good when it was given out.
    if (pass.cursor !== undefined) return scopeEnds("unfinished", "list-broken-off");
    if (scan.admission.health.state === "degraded") return scopeEnds("unfinished", "connection-degraded");
    // No such scope (any more): it counts as listed empty. One that cannot be named in a call was never sent.
    const isUnlistable = error.status === undefined;
    if (isUnlistable) scan.pass = { ...pass, isUnlistable };
    return { kind: "page", page: { definitions: [] }, look: lookSince(deps, startedAt, undefined) };
  }
}

/** An answer other than `undefined`: the page is not taken, and is read again. */
async function takePage(
  scan: ScopeScan,
  recorded: Recorded,
  page: ListPage,
  look: Look,
): Promise<ScanEnd | undefined> {
  const planned = await plansOf(scan, recorded, newRows(scan, page), look);
  const baselines = planned.filter(({ plan }) => plan.kind === "baseline").map(({ row }) => row);
  if (baselines.length > 0) {
    const refused = await guarded(scan);
    if (refused !== undefined) return refused;
  }
  const unproven = await recordBaselines(scan, baselines, look);
  if (unproven === undefined) return timeIsShort;
  const differing = planned.flatMap(({ row, plan }): Question[] =>
    plan.kind === "ask" ? [questionOf(row, plan.why)] : [],
  );
  const questions = [...differing, ...unproven.map((row) => questionOf(row, "new"))];
  const next = withQuestions(scan.pass, questions, scan.known);
  for (const { row } of planned) next.seen.add(row.observed.definitionId);
  const changes = differing.filter(({ kind }) => !showsNoDifference.has(kind)).length;
  scan.pass = counted({ ...next, differing: next.differing + changes }, "listed", planned.length);
  for (const { plan, mirror } of planned) {
    if (plan.kind === "quiet" && mirror !== undefined) scan.pass = await recounted(scan, scan.pass, mirror);
  }
  return undefined;
}

/** Living definitions that this pass has not seen: pages shift while they are read. */
function newRows({ deps, pass }: ScopeScan, { definitions }: ListPage): readonly Row[] {
  const ids = new Set<string>();
  return definitions
    .filter(({ definitionId, deleted }) => {
      if (deleted || ids.has(definitionId) || pass.seen.has(definitionId)) return false;
      ids.add(definitionId);
      return true;
    })
    .map((observed) => rowOf(observed, deps.provider.dialect));
}

/** What is new differs from nothing that is recorded. */
const showsNoDifference: ReadonlySet<QuestionKind> = new Set(["new", "unproven", "reappeared"]);

type PlannedRow = { readonly row: Row; readonly plan: RowPlan; readonly mirror?: Mirror };

/** The index first; what is not quiet by it is compared with the mirror itself, which the index lags behind. */
async function plansOf(
  { deps, known, pass, run, scope }: ScopeScan,
  recorded: Recorded,
  rows: readonly Row[],
  look: Look,
): Promise<readonly PlannedRow[]> {
  const context = {
    scope,
    isFirstPass: known.firstCompletedAt === undefined,
    listShowsLess: known.listShowsLess === true,
  };
  const planned = rows.map((row) => ({
    row,
    plan: planRow(row, recorded.get(row.observed.definitionId), context),
  }));
  // Only the mirror tells whether a worker that has died has recorded what is quiet now.
  const isOpen = ({ plan }: PlannedRow) => plan.kind !== "quiet" || pass.uncounted.length > 0;
  const open = planned.filter(isOpen).map(({ row }) => row.observed.definitionId);
  if (open.length === 0) return planned;
  const mirrors = await deps.knownDefinitions.mirrors(run.connection, open);
  return planned.map((one): PlannedRow => {
    if (!isOpen(one)) return one;
    const mirror = mirrors.get(one.row.observed.definitionId);
    const plan = planRow(one.row, mirror, { ...context, listedAt: look.startedAt });
    return { row: one.row, plan, ...(mirror && { mirror }) };
  });
}
