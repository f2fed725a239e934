/**
 * A list of the scope shows no trace of an unanswered create. With another workspace's key, or from a list that is
 * stale or cut short, that says nothing: before it is believed, the list must show what we know to live there.
 */
import type { Intent } from "../../definition/mirror/claim.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import type { Attempt, AttemptEnd } from "../attempt/attempt.ts";
import { afterFailedRead } from "../attempt/failed-call.ts";
import { otherWorkspace } from "../attempt/missing-definition.ts";
import { readLive } from "../attempt/read-live.ts";
import { adjudicationStartsAt } from "./adjudication.ts";
import { type Candidates, unknownOutcome } from "./create-candidates.ts";

/** A list that does not show more of them than this lacks most of what is there. */
const MAX_KNOWN = 1_000;
/** A stale list lacks the newest. */
const ASKED_FOR = 3;
/** From then on a person has to look: the create holds up all others of its scope. */
const GIVEN_UP_AFTER_MS = 3_600_000;

/** `undefined`: nothing speaks against it. */
export async function doubtThatItIsAbsent(
  attempt: Attempt,
  intent: Intent,
  { scope, shown }: Pick<Candidates, "scope" | "shown">,
): Promise<AttemptEnd | undefined> {
  try {
    const elsewhere = await otherWorkspace(attempt);
    if (elsewhere !== undefined) return elsewhere;
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    return afterFailedRead(error);
  }
  const { clock, connection, mirrorLists, record } = attempt;
  const known = await mirrorLists.list({ connection: connection.id, scope }, {}, undefined, MAX_KNOWN);
  // What was found missing before is looked after by reconciliation.
  const lacking = known.mirrors.filter(
    ({ definitionId, missingSince }) => !shown.has(definitionId) && missingSince === undefined,
  );
  for (const mirror of lacking.slice(-ASKED_FOR)) {
    const read = await readLive(attempt, mirror, undefined);
    if (read.kind === "gone") continue;
    if (read.kind !== "live") return read;
    if (read.live.scope !== scope) continue;
    const begunAt = Math.max(adjudicationStartsAt(intent, connection.settleSeconds * 1_000), record.queuedAt);
    if (clock.now() - begunAt > GIVEN_UP_AFTER_MS) return unknownOutcome(intent);
    return { kind: "wait", waitMs: 1_000, reason: "list-lacks-known" };
  }
  return undefined;
}
