/** Was something saved after the deletion that is recorded, or does a lagging copy show what was there before? Pure. */
import type { Look, ObservedState } from "../history/version.ts";
import type { Mirror } from "./mirror.ts";

/** `head` is a deletion. Where the provider tells no times, nothing shows that it is newer. */
export function isNewerThanDeletion(
  head: Pick<Mirror, "recordedAt">,
  { modified }: Pick<ObservedState, "modified">,
  { clockAheadMs = 0 }: Pick<Look, "clockAheadMs">,
): boolean {
  return modified !== undefined && modified.at - clockAheadMs > head.recordedAt;
}
