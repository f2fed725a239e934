/**
 * Answers a question that a list has raised: the mirror is read, then the definition by its id, and what is recorded is
 * what that read showed. It is recorded only on the head that was read, and while no request is at work.
 */

import { contentOfVersion, isRecorded } from "../../change-request/attempt/record-version.ts";
import { completesListRow, LIST_ROW_COMPLETED } from "../../definition/history/list-row.ts";
import { differsFromHead } from "../../definition/history/version.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { goneState } from "../../definition/mirror/observed-state.ts";
import { durationMs } from "../../platform/config.ts";
import type { JsonValue } from "../../platform/json.ts";
import { recounted } from "../run/recount.ts";
import { fingerprintOf, isDoubtful } from "./doubt.ts";
import { creationInterval, type Interval, intervalOf, isMadeSince } from "./interval.ts";
import { lookAt, type Seen } from "./look-at.ts";
import { counted, leaving, type Pass } from "./pass.ts";
import type { Question } from "./question.ts";
import { type Finding, recordFinding } from "./record-finding.ts";
import { isViewOf, showsMoreThan } from "./row-shape.ts";
import type { ScopeScan } from "./scope-scan.ts";

/** The pass with the answer in it. @throws {ProviderCallError} where there is no answer */
export async function answerQuestion(scan: ScopeScan, question: Question): Promise<Pass> {
  const key = { connection: scan.run.connection, definitionId: question.definitionId };
  const head = await scan.deps.mirrors.mirror(key);
  const seen = await lookAt(scan, question.definitionId);
  return seen.kind === "gone"
    ? await foundGone(scan, question, key, head, seen)
    : await foundLive(scan, question, key, head, seen);
}

async function foundLive(
  scan: ScopeScan,
  question: Question,
  key: DefinitionKey,
  head: Mirror | undefined,
  seen: Live,
): Promise<Pass> {
  const { deps, pass } = scan;
  const { live, look } = seen;
  const { definitionId } = key;
  noteWhatRowShows(scan, question, seen);
  if (head === undefined) {
    return await recordFinding(scan, { ...newFinding(scan, key, seen), ...rowShown(question, seen) });
  }
  if (!differsFromHead(head, live)) return await foundAsRecorded(scan, question, head, seen);
  const previousContent = await contentOfVersion(deps, key, head.version);
  // What differs is how we look, not what is there.
  if (isRecorded(head, previousContent, live)) return await foundAsRecorded(scan, question, head, seen);
  if (await isCompletion(scan, question, head, previousContent, seen)) {
    const finding = { key, head, previousContent, live, look, changeType: "baseline" } as const;
    const reason = LIST_ROW_COMPLETED;
    return await recordFinding(scan, { ...finding, reason, ...rowShown(question, seen) });
  }
  const doubt = { head, previousContent, live, look, settleMs: settleMs(scan) };
  if (isDoubtful(doubt, deps.provider.dialect)) {
    const fingerprint = fingerprintOf(live);
    if (scan.known.doubtful[definitionId] !== fingerprint) {
      deps.log.info("answer-in-doubt", { ...key, runId: scan.run.runId });
      return leaving({ ...pass, doubtful: { ...pass.doubtful, [definitionId]: fingerprint } }, [
        definitionId,
      ]);
    }
  }
  return await recordFinding(scan, {
    key,
    head,
    previousContent,
    live,
    look,
    changeType: head.deleted ? "restored" : "updated",
    occurredBetween: await intervalSince(scan, head, seen),
    ...rowShown(question, seen),
  });
}

type Live = Extract<Seen, { kind: "live" }>;

/** The row's hash, where it has shown the state that GET shows. */
function rowShown({ row }: Question, { document }: Live): { readonly listRowHash?: string } {
  return row !== undefined && isViewOf(row, document) ? { listRowHash: row.rowHash } : {};
}

/** A row that shows less of a state than GET does: from now on no row of this list is believed alone. */
function noteWhatRowShows(scan: ScopeScan, { row }: Question, { document, live }: Live): void {
  if (row?.shape === undefined || live.content === null || scan.listShowsLess) return;
  if (!isViewOf(row, document) || !showsMoreThan(row.shape, live.content)) return;
  scan.pass = { ...scan.pass, listShowsLess: true };
}

/** Does GET only show more of what a row has shown before? */
async function isCompletion(
  { deps }: ScopeScan,
  question: Question,
  head: Mirror,
  previousContent: JsonValue | undefined,
  seen: Live,
): Promise<boolean> {
  // Where the provider does not tell when anything was saved, what the list itself shows more was added since.
  const isTimed = seen.live.modified !== undefined;
  if (!isTimed && rowShown(question, seen).listRowHash !== undefined) return false;
  return await completesListRow(deps.history, head, previousContent, seen.live);
}

/** Nothing has happened; but it may be worth remembering how the list shows it, and that it is not missing. */
async function foundAsRecorded(scan: ScopeScan, question: Question, head: Mirror, seen: Live): Promise<Pass> {
  const { deps } = scan;
  const { definitionId } = question;
  const pass = await recounted(scan, scan.pass, head);
  const shown = rowShown(question, seen).listRowHash;
  const isNews = head.missingSince !== undefined || (shown !== undefined && shown !== head.listRowHash);
  // Where a request is faster, the next run sees.
  if (isNews) await deps.observations.noteSame(head, shown, deps.clock.now());
  return { ...pass, doubtful: { ...pass.doubtful, [definitionId]: null } };
}

function newFinding(scan: ScopeScan, key: DefinitionKey, seen: Live): Finding {
  const { known } = scan;
  const { live, look } = seen;
  const base = { key, head: undefined, previousContent: undefined, live, look } as const;
  const { firstCompletedAt } = known;
  // Without a time, what an earlier pass has asked about in vain may have been there all along.
  const mayBeOld = live.created === undefined && known.unsettled.has(key.definitionId);
  const isNew =
    firstCompletedAt !== undefined &&
    !mayBeOld &&
    isMadeSince(live.created, look, firstCompletedAt, settleMs(scan));
  if (!isNew) return { ...base, changeType: "baseline" };
  const quietAt = known.unsettled.has(key.definitionId) ? undefined : known.quietAt;
  const facts = { quietAt, lagMs: settleMs(scan), look };
  return {
    ...base,
    changeType: "created",
    occurredBetween: creationInterval(facts, live.created, firstCompletedAt),
  };
}

/**
 * Gone, or not there yet, or hidden: one look proves little. The deletion is recorded when a later run finds the same,
 * at least the confirm interval after the first look.
 */
async function foundGone(
  scan: ScopeScan,
  question: Question,
  key: DefinitionKey,
  head: Mirror | undefined,
  { look }: Extract<Seen, { kind: "gone" }>,
): Promise<Pass> {
  const { deps, run, pass } = scan;
  if (head === undefined) return pass;
  if (head.deleted) return await recounted(scan, pass, head);
  // The list shows it: one of the two is wrong. And what was recorded just now may not be shown everywhere yet.
  const isYoung = look.startedAt - head.recordedAt <= settleMs(scan);
  if (question.kind !== "missing" || isYoung) return leaving(pass, [key.definitionId]);
  const since = missedHere(scan, head);
  const confirmMs = durationMs(deps.connection.reconcile.confirmDeletionAfter);
  const seen = { kind: "gone", look } as const;
  if (since === undefined) {
    // It may be the deletion of a request that has still to find out.
    const { open } = await deps.mirrors.intents({ kind: "definition", ...key });
    if (open !== undefined) return leaving(pass, [key.definitionId]);
    const [lastSeenAt] = await intervalSince(scan, head, seen);
    const noted = await deps.observations.noteMissing(head, look.endedAt, lastSeenAt);
    return noted ? stillMissing(pass, key) : leaving(pass, [key.definitionId]);
  }
  if (since >= run.startedAt || look.startedAt - since < confirmMs) return stillMissing(pass, key);
  return await recordFinding(scan, {
    key,
    head,
    previousContent: await contentOfVersion(deps, key, head.version),
    live: goneState(head),
    look,
    changeType: "deleted",
    occurredBetween: await intervalSince(scan, head, seen),
  });
}

/** Since when it is missing in the account that the key belongs to now; epoch ms. */
function missedHere({ admission }: ScopeScan, { missingSince }: Mirror): number | undefined {
  const { accountSince = 0 } = admission.health;
  return missingSince !== undefined && missingSince >= accountSince ? missingSince : undefined;
}

function stillMissing(pass: Pass, { definitionId }: DefinitionKey): Pass {
  const { unsettled } = leaving(pass, [definitionId]);
  return { ...counted(pass, "missing"), unsettled };
}

async function intervalSince(scan: ScopeScan, head: Mirror, seen: Seen): Promise<Interval> {
  const { known, deps, scope } = scan;
  // Its last list was that of the scope in which it is recorded.
  const { quietAt, unsettled } =
    head.scope === scope ? known : await deps.knownScopes.read({ ...known, scope: head.scope });
  return intervalOf({
    head,
    goneSince: seen.kind === "gone" ? firstFoundGone(scan, head) : undefined,
    quietAt: unsettled.has(head.definitionId) ? undefined : quietAt,
    lagMs: settleMs(scan),
    look: seen.look,
    modified: seen.kind === "live" ? seen.live.modified : undefined,
  });
}

/** A request may have found it gone right after it was made, when it was not to be seen everywhere yet. */
function firstFoundGone(scan: ScopeScan, head: Mirror): number | undefined {
  const since = missedHere(scan, head);
  const isEarly = since !== undefined && since - head.recordedAt <= settleMs(scan);
  return isEarly ? undefined : since;
}

function settleMs({ deps }: ScopeScan): number {
  return deps.connection.settleSeconds * 1_000;
}
