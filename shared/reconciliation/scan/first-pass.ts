/**
 * The first pass over a scope: what was never seen is taken from the list itself, one version each, so that thousands
 * of definitions are adopted without a call for each. A list may show less of a definition than a GET. So rows are
 * believed only after several were compared with their GETs, among them one of each outline, and one more of each
 * page is; once a row has shown less, all are read by their ids. What was believed before is marked as a row of a list,
 * so that what its GET shows more is no outside change.
 */

import { canonicalHash, canonicallyEqual } from "../../definition/document/canonical-form.ts";
import { LIST_ROW } from "../../definition/history/list-row.ts";
import type { Look } from "../../definition/history/version.ts";
import type { Intents } from "../../definition/mirror/mirror-store.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { IdSet } from "./id-set.ts";
import { lookAt } from "./look-at.ts";
import { questionOf, type Row } from "./plan.ts";
import { positionOf } from "./question.ts";
import { recordFinding } from "./record-finding.ts";
import { isViewOf } from "./row-shape.ts";
import { waitWithoutFault } from "./scan-end.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** So many rows of a scope have to be equal to their GETs before another one is believed. */
const SAMPLES = 5;

/**
 * Records the rows as baselines. It answers those that have to be asked about, or `undefined` where the time has run
 * out: what is recorded by then is quiet when the page is read again.
 * @throws {ProviderCallError}
 */
export async function recordBaselines(
  scan: ScopeScan,
  rows: readonly Row[],
  look: Look,
): Promise<readonly Row[] | undefined> {
  if (rows.length === 0) return [];
  const { deps, run, scope } = scan;
  const intents = await deps.mirrors.intents({ kind: "create", connection: run.connection, scope });
  const spotCheck = spotCheckOf(rows);
  const toBeAsked: Row[] = [];
  let looked = 0;
  let isTurnAwaited = false;
  for (const row of rows) {
    if (scan.isTimeShort) return undefined;
    if (row !== spotCheck && isBelieved(scan, row)) {
      await recordRow(scan, row, look, intents);
      continue;
    }
    const { definitionId } = row.observed;
    if (isTurnAwaited || scan.pass.unsettled.has(definitionId)) {
      toBeAsked.push(row);
      continue;
    }
    try {
      await readRow(scan, row, intents);
      looked += 1;
    } catch (error) {
      if (!(error instanceof ProviderCallError) || error.code === "key-refused") throw error;
      if (waitWithoutFault(error) !== undefined) {
        // Turns may be so rare that there is one for the page and none for its rows, however often it is read.
        if (looked > 0) throw error;
        isTurnAwaited = true;
      } else if (error.retryable) {
        // One that always fails shall not keep the others from being taken: it is not read here a second time.
        const { unsettled } = scan.pass;
        scan.pass = { ...scan.pass, unsettled: unsettled.with(IdSet.of([definitionId])) };
        throw error;
      }
      toBeAsked.push(row);
    }
  }
  return toBeAsked;
}

/** Whichever it is, it does not depend on the order of the list. */
function spotCheckOf(rows: readonly Row[]): Row | undefined {
  const positions = rows.map((row) => ({ row, position: positionOf(row.observed.definitionId) }));
  return positions.sort((a, b) => (a.position < b.position ? -1 : 1))[0]?.row;
}

function isBelieved({ listShowsLess, pass }: ScopeScan, row: Row): boolean {
  return !listShowsLess && pass.equalRows >= SAMPLES && pass.wholeRows.has(outlineOf(row));
}

/** Records what a GET shows, and remembers whether the row has shown the same. */
async function readRow(scan: ScopeScan, row: Row, intents: Intents): Promise<void> {
  const { definitionId, modified } = row.observed;
  const seen = await lookAt(scan, definitionId);
  // The list was behind.
  if (seen.kind === "gone") return;
  const { document, live, look } = seen;
  if (canonicallyEqual(row.state.content, live.content)) {
    scan.pass.wholeRows.add(outlineOf(row));
    scan.pass = { ...scan.pass, equalRows: scan.pass.equalRows + 1 };
  } else if (modified?.raw === live.modified?.raw || modified === undefined) {
    scan.pass = { ...scan.pass, listShowsLess: true };
  }
  const { row: shown } = questionOf(row, "new");
  const isOfThisScope = live.scope === scan.scope;
  scan.pass = await recordFinding(scan, {
    key: { connection: scan.run.connection, definitionId },
    head: undefined,
    previousContent: undefined,
    live,
    look,
    changeType: "baseline",
    ...(shown && isViewOf(shown, document) && { listRowHash: shown.rowHash }),
    ...(isOfThisScope && { intents }),
  });
}

async function recordRow(scan: ScopeScan, row: Row, look: Look, intents: Intents): Promise<void> {
  // A list may be behind: what it shows was there then.
  const lagMs = scan.deps.connection.settleSeconds * 1_000;
  scan.pass = await recordFinding(scan, {
    key: { connection: scan.run.connection, definitionId: row.observed.definitionId },
    head: undefined,
    previousContent: undefined,
    live: row.state,
    look: { ...look, startedAt: look.startedAt - lagMs },
    changeType: "baseline",
    reason: LIST_ROW,
    intents,
  });
}

/** Which members a row has: what a list leaves out, it leaves out of all rows of a kind. */
function outlineOf({ observed }: Row): string {
  return canonicalHash(Object.keys(observed.value).sort());
}
