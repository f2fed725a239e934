/**
 * From a read of the live definition to what would be sent, or to an outcome without a write: the way that a dry run
 * shares with the real thing, up to the intent.
 */

import type { Look } from "../definition/history/version.ts";
import type { DefinitionKey, Mirror } from "../definition/mirror/mirror.ts";
import type { JsonObject, JsonValue } from "../platform/json.ts";
import { isHealRequestId } from "../reconciliation/heal/heal-request.ts";
import { adjudicateOpenEdit } from "./adjudication/adjudicate-edit.ts";
import { type AttemptEnd, type EditAttempt, outcome } from "./attempt/attempt.ts";
import { chosenVersion } from "./attempt/chosen-version.ts";
import { doubtThatItIsGone, endOnMissing } from "./attempt/missing-definition.ts";
import { type LiveRead, type LiveState, readLive } from "./attempt/read-live.ts";
import { recordLateDelete, recordObserved } from "./attempt/record-observed.ts";
import { contentOfVersion } from "./attempt/record-version.ts";
import { evaluate } from "./attempt/wanted.ts";
import { wantedDrift } from "./attempt/wanted-drift.ts";
import { recordedFaults } from "./record/request-record.ts";

export type PreparedEdit =
  | ({
      readonly kind: "send";
      readonly wanted: JsonObject;
      /** The content of the version that a restore brings back. */
      readonly restored?: JsonObject;
    } & Prepared)
  | ({ readonly kind: "delete" } & Prepared);

/** The head of the history, which is the live state now, and the read that showed it. */
type Prepared = { readonly head: Mirror; readonly live: LiveState; readonly read: Look };

export async function prepareEdit(attempt: EditAttempt): Promise<PreparedEdit | AttemptEnd> {
  const { claim, record, request } = attempt;
  const key = { connection: request.connection, definitionId: request.definitionId };
  const known = claim.mirror;
  const read = await readLive(attempt, key, known);
  if (read.kind !== "live" && read.kind !== "gone") return read;
  const open = claim.openIntent ?? record.undecided;
  if (open !== undefined && known !== undefined) {
    const decided = await adjudicateOpenEdit(attempt, key, known, read, open);
    if (decided !== undefined) return decided;
  }
  if (read.kind === "gone") {
    const doubt = await doubtThatItIsGone(attempt, known);
    if (doubt !== undefined) return doubt;
    const late = known && (await recordLateDelete(attempt, known, read.look));
    if (late !== undefined && late.kind !== "recorded") return late;
    return await endOnMissing(attempt, late?.head ?? known);
  }
  return await evaluated(attempt, key, known, read);
}

async function evaluated(
  attempt: EditAttempt,
  key: DefinitionKey,
  known: Mirror | undefined,
  { live, look }: Extract<LiveRead, { kind: "live" }>,
): Promise<PreparedEdit | AttemptEnd> {
  const { request, provider } = attempt;
  const observed = await recordObserved(attempt, key, known, live, look);
  if (observed.kind !== "recorded") return observed;
  const { head } = observed;
  const withdrawn = wantedSince(attempt, known, head);
  if (withdrawn !== undefined) return withdrawn;
  const chosen = request.operation === "restore" ? await chosenVersion(attempt, request, head) : undefined;
  if (chosen?.kind === "outcome") return chosen;
  const evaluation = evaluate(
    request,
    {
      version: head.version,
      contentHash: head.contentHash,
      content: live.content,
      ...(live.modified && { modified: live.modified }),
    },
    provider.dialect,
    { expectedContent: await expectedContent(attempt, head), restored: chosen?.content },
  );
  switch (evaluation.kind) {
    case "unchanged": {
      const unchanged = outcome("unchanged", { version: head.version, definitionId: head.definitionId });
      return { ...unchanged, ...(await wantedDrift(attempt, head, live.content, chosen?.content)) };
    }
    case "conflict":
      return outcome("conflict", {
        reason: evaluation.reason,
        definitionId: head.definitionId,
        conflict: { version: head.version, pointers: evaluation.pointers },
      });
    case "rejected":
      return outcome("rejected", {
        reason: evaluation.reason,
        ...(evaluation.errors !== undefined && { errors: recordedFaults(evaluation.errors) }),
      });
    case "delete":
      return { kind: "delete", head, live, read: look };
    case "send":
      return {
        kind: "send",
        head,
        live,
        read: look,
        wanted: evaluation.wanted,
        ...(chosen && { restored: chosen.content }),
      };
  }
}

/** What a heal would undo may be what a request has found to be as it wants it, since the heal was submitted. */
function wantedSince(
  { request }: EditAttempt,
  known: Mirror | undefined,
  head: Mirror,
): AttemptEnd | undefined {
  const drift = request.expect?.version;
  const { wantedVersion = 0 } = known ?? {};
  if (drift === undefined || drift > wantedVersion || !isHealRequestId(request.requestId)) return undefined;
  return outcome("conflict", {
    reason: "wanted-since",
    definitionId: head.definitionId,
    conflict: { version: head.version, pointers: [] },
  });
}

/** What the request believes to be there, where it is not the head. */
async function expectedContent(attempt: EditAttempt, head: Mirror): Promise<JsonValue | undefined> {
  const version = attempt.request.expect?.version;
  if (version === undefined || version < 1 || version === head.version) return undefined;
  return await contentOfVersion(attempt, head, version);
}
