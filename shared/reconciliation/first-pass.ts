/**
 * The first pass over a scope: what was never seen is taken from the list itself, one version each, so that thousands
 * of definitions are adopted without a call for each. A list may show less of a definition than a GET, so of each
 * outline of rows one is read by its id before the others are believed.
 */
import { canonicalHash, canonicallyEqual } from "../definition/canonical-form.ts";
import type { Intents } from "../definition/mirror-store.ts";
import type { Look } from "../definition/version.ts";
import { lookAt } from "./look-at.ts";
import type { Row } from "./plan.ts";
import { recordFinding } from "./record-finding.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** Further outlines on one page are asked about like anything else that differs. */
const MAX_SAMPLES_PER_PAGE = 3;

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
  const toBeAsked: Row[] = [];
  let samples = 0;
  for (const row of rows) {
    if (scan.isTimeShort) return undefined;
    const outline = outlineOf(row);
    const isKnown = scan.pass.wholeRows.has(outline) || scan.pass.partialRows.has(outline);
    if (!isKnown && samples < MAX_SAMPLES_PER_PAGE) {
      samples += 1;
      await sample(scan, row, outline, intents);
    } else if (scan.pass.wholeRows.has(outline)) await recordRow(scan, row, look, intents);
    else toBeAsked.push(row);
  }
  return toBeAsked;
}

/** Records what a GET shows, and remembers whether the row has shown the same. */
async function sample(scan: ScopeScan, row: Row, outline: string, intents: Intents): Promise<void> {
  const { definitionId, modified } = row.observed;
  const seen = await lookAt(scan, definitionId);
  // The list was behind.
  if (seen.kind === "gone") return;
  const { live, look } = seen;
  const { pass } = scan;
  if (canonicallyEqual(row.state.content, live.content)) {
    pass.wholeRows.add(outline);
  } else if (modified?.raw === live.modified?.raw || modified === undefined) {
    pass.partialRows.add(outline);
  }
  const isOfThisScope = live.scope === scan.scope;
  scan.pass = await recordFinding(scan, {
    key: { connection: scan.run.connection, definitionId },
    head: undefined,
    previousContent: undefined,
    live,
    look,
    changeType: "baseline",
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
    intents,
  });
}

/** Which members a row has: what a list leaves out, it leaves out of all rows of a kind. */
function outlineOf({ observed }: Row): string {
  return canonicalHash(Object.keys(observed.value).sort());
}
