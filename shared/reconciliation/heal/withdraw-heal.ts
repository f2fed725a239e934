/** Takes back a heal that is not needed any more, or could only meet another head than the one that it is for. */
import {
  type CancelDependencies,
  cancelChangeRequest,
} from "../../change-request/submission/cancel-change-request.ts";
import type { DefinitionKey } from "../../definition/mirror/mirror.ts";
import { healRequestId } from "./heal-request.ts";

/**
 * Its message may never have been sent: nobody else would ever decide it. One that a worker has begun, or that has its
 * outcome, is not touched.
 */
export async function withdrawHeal(
  deps: CancelDependencies,
  { connection, definitionId }: DefinitionKey,
  driftVersion: number,
): Promise<void> {
  const requestId = healRequestId({ connection, definitionId }, driftVersion);
  await cancelChangeRequest(deps, { connection, requestId });
}
