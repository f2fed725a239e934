import type { Mirror } from "../../../shared/definition/mirror/mirror.ts";

/** The mirror with its new head. What a commit does not write stays: a continuation's link, and what is wanted. */
export function movedMirror(
  before: Mirror | undefined,
  { continuesAs: _link, wantedVersion: _wanted, ...head }: Mirror,
): Mirror {
  const { continuesAs, wantedVersion } = before ?? {};
  return {
    ...head,
    ...(continuesAs !== undefined && { continuesAs }),
    ...(wantedVersion !== undefined && { wantedVersion }),
  };
}
