/** What requests have left behind at a target, as reconciliation sees it. */
import { type EndDependencies, endGivenUpWrite } from "../../change-request/adjudication/given-up-write.ts";
import type { ClaimTarget } from "../../definition/mirror/claim.ts";
import type { Intents, MirrorStore } from "../../definition/mirror/mirror-store.ts";

/**
 * A write that was given up is not waited for any longer than it takes to settle: there may never be another request
 * that ends it, and until then nothing of its definition (of a create: nothing new in its scope) could be recorded.
 */
export async function settledIntents(
  deps: EndDependencies & { readonly mirrors: Pick<MirrorStore, "intents"> },
  target: ClaimTarget,
  invocationEndsAt: number,
): Promise<Intents> {
  const intents = await deps.mirrors.intents(target);
  if (intents.open === undefined) return intents;
  const isEnded = await endGivenUpWrite(deps, target, intents.open, invocationEndsAt);
  return isEnded ? await deps.mirrors.intents(target) : intents;
}
