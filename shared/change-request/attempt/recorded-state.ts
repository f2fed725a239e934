/** What is recorded, as if a provider had shown it. */
import { contentOf } from "../../definition/document/content.ts";
import type { ObservedState } from "../../definition/history/version.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { goneState } from "../../definition/mirror/observed-state.ts";
import { isJsonObject, parseJson } from "../../platform/json.ts";
import type { Attempt } from "./attempt.ts";

/** The state that the head of a history stands for. */
export async function recordedState(
  attempt: Pick<Attempt, "history" | "provider">,
  head: Mirror,
): Promise<ObservedState> {
  const text = (await attempt.history.version(head, head.version))?.documentText;
  const document = text === undefined ? undefined : parseJson(text);
  if (head.deleted || text === undefined || !isJsonObject(document)) return goneState(head);
  return {
    deleted: false,
    name: head.name,
    scope: head.scope,
    text,
    content: contentOf(document, attempt.provider.dialect.bookkeeping),
    ...(head.modified && { modified: head.modified }),
    ...(head.created && { created: head.created }),
  };
}
