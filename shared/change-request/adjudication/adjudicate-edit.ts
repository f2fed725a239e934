/** Finds out what has become of an unanswered edit, and ends the request or lets it go on. The rules: `adjudication.ts`. */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import { compareWithSent } from "../../definition/document/covered.ts";
import { memberOf, touchedMembers } from "../../definition/document/touched-members.ts";
import type { Intent } from "../../definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import { goneState } from "../../definition/mirror/observed-state.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../platform/json.ts";
import { type AttemptEnd, type EditAttempt, outcome } from "../attempt/attempt.ts";
import { chosenVersion } from "../attempt/chosen-version.ts";
import { doubtThatItIsGone } from "../attempt/missing-definition.ts";
import type { LiveRead, LiveState } from "../attempt/read-live.ts";
import { recordObserved } from "../attempt/record-observed.ts";
import { changeTypes, commitOutcome, contentOfVersion } from "../attempt/record-version.ts";
import { wantedContent } from "../attempt/wanted.ts";
import { adjudicateDelete, adjudicateEdit } from "./adjudication.ts";

/** `undefined`: it did not happen, or an operator wants the request evaluated anew; it goes on from this read. */
export async function adjudicateOpenEdit(
  attempt: EditAttempt,
  key: DefinitionKey,
  known: Mirror,
  read: LiveRead,
  intent: Intent,
): Promise<AttemptEnd | undefined> {
  if (read.kind === "gone") {
    const doubt = await doubtThatItIsGone(attempt, known);
    if (doubt !== undefined) return doubt;
  }
  const plan = await planOf(attempt, key, known, intent);
  const verdict =
    intent.operation === "delete"
      ? adjudicateDelete(read.kind === "gone")
      : adjudicateEdit({
          intent,
          touched: plan.touched,
          baseModified: plan.baseModified,
          live:
            read.kind === "gone" ? undefined : { content: read.live.content, modified: read.live.modified },
          rewriteSet: attempt.provider.dialect.rewriteSet,
        });
  if (verdict === "happened" && (read.kind === "live" || intent.operation === "delete")) {
    attempt.metrics.count("WriteAdopted", key.connection);
    return await adopt(attempt, key, known, read, intent, plan);
  }
  if (verdict === "did-not-happen" || intent.epoch < attempt.record.epoch) {
    attempt.claim.supersede(intent);
    return undefined;
  }
  return await giveUp(attempt, key, known, read, intent);
}

/** What the write was to change: the same evaluation of the same request on the same base. */
type Plan = {
  readonly base?: JsonObject;
  readonly wanted?: JsonObject;
  readonly touched: ReadonlyMap<string, JsonValue | undefined>;
  readonly baseModified: LiveState["modified"];
};

async function planOf(
  attempt: EditAttempt,
  key: DefinitionKey,
  known: Mirror,
  intent: Intent,
): Promise<Plan> {
  const { history, provider, request } = attempt;
  const nothing: Plan = { touched: new Map(), baseModified: undefined };
  if (request.operation === "delete" || intent.baseVersion === undefined) return nothing;
  const baseRecord = (await history.version(key, intent.baseVersion))?.record;
  const { providerModifiedAt: at, providerModifiedRaw: raw } = baseRecord ?? {};
  const hashesOnly = {
    ...nothing,
    baseModified: at !== undefined && raw !== undefined ? { at, raw } : undefined,
  };
  const base = await contentOfVersion(attempt, key, intent.baseVersion);
  const chosen = request.operation === "restore" ? await chosenVersion(attempt, request, known) : undefined;
  if (!isJsonObject(base) || chosen?.kind === "outcome") return hashesOnly;
  const wanted = wantedContent(request, base, provider.dialect, chosen?.content);
  // Something counts differently today than when the intent was written: its hashes alone must do.
  if (!("content" in wanted) || canonicalHash(wanted.content) !== intent.wantedHash) return hashesOnly;
  const touched = touchedMembers(base, wanted.content).map(
    (name) => [name, memberOf(wanted.content, name)] as const,
  );
  return { ...hashesOnly, base, wanted: wanted.content, touched: new Map(touched) };
}

async function adopt(
  attempt: EditAttempt,
  key: DefinitionKey,
  known: Mirror,
  read: LiveRead,
  intent: Intent,
  { base, wanted }: Plan,
): Promise<AttemptEnd> {
  const state = read.kind === "live" ? read.live : goneState(known);
  const differences =
    read.kind === "live" && base !== undefined && wanted !== undefined
      ? compareWithSent(
          { operation: "update", body: wanted, base, wanted },
          read.live.content,
          attempt.provider.dialect.rewriteSet,
        ).differences
      : [];
  return await commitOutcome(attempt, {
    key,
    head: known,
    previousContent: await contentOfVersion(attempt, key, known.version),
    state,
    look: read.look,
    changeType: changeTypes[attempt.request.operation],
    source: "adopted",
    differences,
    ...(intent.confirmed && { receipt: intent.confirmed }),
  });
}

/** Undecided: what is there is recorded, nothing is sent, and a person decides. */
async function giveUp(
  attempt: EditAttempt,
  key: DefinitionKey,
  known: Mirror,
  read: LiveRead,
  { baseVersion, baseHash, wantedHash }: Intent,
): Promise<AttemptEnd> {
  let head = known;
  if (read.kind === "live") {
    const observed = await recordObserved(attempt, key, known, read.live, read.look, true);
    if (observed.kind !== "recorded") return observed;
    head = observed.head;
  }
  const failed = outcome("failed", {
    reason: "outcome-unknown",
    definitionId: key.definitionId,
    version: head.version,
    unknown: {
      ...(baseVersion !== undefined && { baseVersion }),
      ...(baseHash !== undefined && { baseHash }),
      ...(wantedHash !== undefined && { wantedHash }),
    },
  });
  return read.kind === "gone" ? { ...failed, foundMissingAt: attempt.clock.now() } : failed;
}
