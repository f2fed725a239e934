/** The state of a definition as a provider's answer shows it, ready to be compared and recorded. */
import type { Dialect, ObservedDefinition } from "../../providers/provider.ts";
import { contentOf } from "../document/content.ts";
import type { ObservedState } from "../history/version.ts";
import type { Mirror } from "./mirror.ts";

export function stateOf(observed: ObservedDefinition, dialect: Dialect): ObservedState {
  const content = contentOf(observed.value, dialect.bookkeeping);
  return {
    deleted: observed.deleted,
    // From the whole document: a connection may ignore members that say where a definition belongs.
    name: dialect.nameOf(observed.value),
    scope: dialect.scopeOf(observed.value),
    text: observed.text,
    content,
    ...(observed.modified && { modified: observed.modified }),
    ...(observed.created && { created: observed.created }),
  };
}

/** The state of a definition that is gone: it keeps its last name and scope, and has no content. */
export function goneState(head: Pick<Mirror, "name" | "scope" | "created">): ObservedState {
  return {
    deleted: true,
    name: head.name,
    scope: head.scope,
    text: "null",
    content: null,
    ...(head.created && { created: head.created }),
  };
}
