/** Outside changes that a heal would undo, and that a request wants. */
import { touchedMembers } from "../../definition/document/touched-members.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { isJsonArray, isJsonObject, type JsonObject } from "../../platform/json.ts";
import { isHealRequestId } from "../../reconciliation/heal/heal-request.ts";
import { tellStopped } from "../../reconciliation/heal/heal-rule.ts";
import { policyOf } from "../../reconciliation/heal/policy.ts";
import { versionToHealTo } from "../../reconciliation/scan/drift.ts";
import type { Decided, EditAttempt } from "./attempt.ts";
import { contentOfVersion } from "./record-version.ts";
import { type EditRequest, wantedContent } from "./wanted.ts";

/**
 * The live definition is as the request wants it. Would it still be, if the drift were undone? Where not, the head is
 * kept, whole: what of it the request does not speak of is left to a person. `restored`: the content of the version that
 * a restore brings back.
 */
export async function wantedDrift(
  attempt: EditAttempt,
  head: Mirror,
  live: JsonObject,
  restored: JsonObject | undefined,
): Promise<Pick<Decided, "wantedVersion">> {
  const { connection, history, provider } = attempt;
  const request = withoutTests(attempt.request);
  const isUnderHealing = policyOf(connection, head) === "heal" || head.healPending !== undefined;
  if (!isUnderHealing || request.operation === "delete" || isHealRequestId(request.requestId)) return {};
  const target = await versionToHealTo(history, head);
  const before = target && (await contentOfVersion(attempt, head, target.version));
  if (!isJsonObject(before)) return {};
  const drifted = touchedMembers(before, live);
  const wanted = wantedContent(request, before, provider.dialect, restored);
  // A patch that does not fit what was there before needs the drift.
  const asked = new Set("content" in wanted ? touchedMembers(before, wanted.content) : drifted);
  const kept = drifted.filter((name) => asked.has(name));
  if (kept.length === 0) return {};
  if (kept.length < drifted.length) tellStopped(attempt, head, head.version, undefined);
  return { wantedVersion: head.version };
}

/** To test a value is not to ask for it. */
function withoutTests(request: EditRequest): EditRequest {
  if (request.operation !== "update" || !isJsonArray(request.patch)) return request;
  return { ...request, patch: request.patch.filter((one) => !isJsonObject(one) || one["op"] !== "test") };
}
