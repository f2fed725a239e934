/** What a provider changes by its own choice (a retired model's name): nobody's edit, and nothing to be undone. Pure. */

import { isJsonObject, type JsonValue } from "../../platform/json.ts";
import { canonicallyEqual } from "../document/canonical-form.ts";
import type { DefinitionState } from "../mirror/mirror.ts";
import type { ObservedState } from "./version.ts";

export type Rewritten = {
  readonly head: DefinitionState | undefined;
  readonly previousContent: JsonValue | undefined;
  readonly live: ObservedState;
};

/** Does all that differs belong to the members that the provider rewrites? */
export function isRewritten(
  { head, previousContent, live }: Rewritten,
  rewriteSet: readonly string[],
): boolean {
  if (head === undefined || head.deleted || live.deleted || head.scope !== live.scope) return false;
  const { content } = live;
  if (!isJsonObject(previousContent) || content === null) return false;
  const names = new Set([...Object.keys(previousContent), ...Object.keys(content)]);
  return [...names]
    .filter((name) => {
      const [before, after] = [previousContent, content].map((one) =>
        Object.hasOwn(one, name) ? one[name] : undefined,
      );
      return !canonicallyEqual(before, after);
    })
    .every((name) => rewriteSet.includes(name));
}
