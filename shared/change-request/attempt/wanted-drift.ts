/** Outside changes that a heal would undo, and that a request wants. */
import { touchedMembers } from "../../definition/document/touched-members.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { isJsonObject, type JsonObject } from "../../platform/json.ts";
import { isHealRequestId } from "../../reconciliation/heal/heal-request.ts";
import { policyOf } from "../../reconciliation/heal/policy.ts";
import { versionToHealTo } from "../../reconciliation/scan/drift.ts";
import type { EditAttempt } from "./attempt.ts";
import { contentOfVersion } from "./record-version.ts";
import { wantedContent } from "./wanted.ts";

/**
 * The live definition is as the request wants it. Would it still be, if the drift were undone? `restored`: the content
 * of the version that a restore brings back.
 */
export async function asksForDrift(
  attempt: EditAttempt,
  head: Mirror,
  restored: JsonObject | undefined,
): Promise<boolean> {
  const { connection, history, provider, request } = attempt;
  const isUnderHealing = policyOf(connection, head) === "heal" || head.healPending !== undefined;
  if (!isUnderHealing || request.operation === "delete" || isHealRequestId(request.requestId)) return false;
  const target = await versionToHealTo(history, head);
  const before = target && (await contentOfVersion(attempt, head, target.version));
  if (!isJsonObject(before)) return false;
  const wanted = wantedContent(request, before, provider.dialect, restored);
  return "content" in wanted && touchedMembers(before, wanted.content).length > 0;
}
