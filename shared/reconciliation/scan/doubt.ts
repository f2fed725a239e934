/** Answers that may be older than what is recorded, or only a part: they are believed if the next run gets them again. Pure. */
import { isCutShort } from "../../change-request/attempt/incomplete-read.ts";
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import type { Look, ObservedState } from "../../definition/history/version.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { isNewerThanDeletion } from "../../definition/mirror/newer-than-deletion.ts";
import type { JsonValue } from "../../platform/json.ts";
import type { Dialect } from "../../providers/provider.ts";

export type Doubt = {
  readonly head: Mirror;
  readonly previousContent: JsonValue | undefined;
  readonly live: ObservedState;
  readonly look: Look;
  readonly settleMs: number;
};

/** `live` differs from the head. Could it be what the provider held before that? */
export function isDoubtful(doubt: Doubt, dialect: Dialect): boolean {
  const { head, previousContent, live } = doubt;
  if (head.deleted) return !isNewerThanDeletion(head, live, doubt.look);
  const [before, now] = [head.modified?.at, live.modified?.at];
  const isTimed = before !== undefined && now !== undefined;
  if (isTimed && now < before) return true;
  const isLater = isTimed && now > before;
  if (!isLater && isYoung(doubt)) return true;
  return isCutShort(dialect, previousContent, head, live);
}

/** Equal answers have equal ones. */
export function fingerprintOf({ content, scope, modified }: ObservedState): string {
  return canonicalHash([content, scope, modified?.raw ?? null]);
}

/**
 * Timestamps of a provider may have whole seconds: two states of one second look equally old, and so do all where it
 * tells no times.
 */
function isYoung({ head, look, settleMs }: Doubt): boolean {
  return look.startedAt - head.recordedAt <= settleMs;
}
