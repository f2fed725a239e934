/** Which definition a deleted one lives on as: a restore makes it anew, and what it made may have been restored itself. */
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { MirrorStore } from "../../definition/mirror/mirror-store.ts";

/** Only histories that were altered by hand lead in a circle, or further. */
const MAX_CONTINUATIONS = 100;

/** The last one of the chain, living or not; `undefined` where nothing continues this one. */
export async function lastContinuation(
  mirrors: Pick<MirrorStore, "mirror">,
  { connection, continuesAs }: Mirror,
): Promise<Mirror | undefined> {
  let last: Mirror | undefined;
  let next = continuesAs;
  for (let steps = 0; next !== undefined && steps < MAX_CONTINUATIONS; steps += 1) {
    last = (await mirrors.mirror({ connection, definitionId: next })) ?? last;
    next = last?.definitionId === next ? last.continuesAs : undefined;
  }
  return last;
}
