/** An answer that shows only a part of a definition. Pure. */

import type { ObservedState } from "../../definition/history/version.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { isJsonObject, type JsonValue } from "../../platform/json.ts";
import type { Dialect } from "../../providers/provider.ts";

/**
 * Members are gone although the provider says that nothing was modified: half an answer. Written back as the complete
 * object, it would take the other half (tool mocks, say) away from the provider as well. Members that a provider may
 * drop by itself, unknown ones and those of its rewrite set, prove nothing.
 */
export function isCutShort(
  { rewriteSet, unknownMembers }: Dialect,
  previousContent: JsonValue | undefined,
  head: Mirror,
  live: ObservedState,
): boolean {
  const { content } = live;
  if (!isJsonObject(previousContent) || content === null || head.modified?.raw !== live.modified?.raw)
    return false;
  const mayGo = new Set([...rewriteSet, ...unknownMembers(previousContent)]);
  return Object.keys(previousContent).some((name) => !mayGo.has(name) && !Object.hasOwn(content, name));
}
