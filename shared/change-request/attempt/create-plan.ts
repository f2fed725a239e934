/** What a create, or the restore of a gone definition, is to make. */

import type { ChangeType } from "../../definition/history/version.ts";
import type { Continuation, Mirror } from "../../definition/mirror/mirror.ts";
import type { JsonObject } from "../../platform/json.ts";
import type { Fault } from "../../providers/provider.ts";
import { isHealRequestId } from "../../reconciliation/heal/heal-request.ts";
import { recordedFaults } from "../record/request-record.ts";
import { type Attempt, type Decided, outcome } from "./attempt.ts";
import { chosenVersion, type RestoreRequest } from "./chosen-version.ts";
import { lastContinuation } from "./continuations.ts";

export type CreatePlan = {
  readonly kind: "plan";
  readonly body: JsonObject;
  readonly changeType: Extract<ChangeType, "created" | "restored">;
  readonly continuation?: Continuation;
  /** What speaks against making it, unless that has been done already. */
  readonly unmet?: Decided;
};

/** What is to be made, or why nothing is. */
export async function createPlanOf(attempt: Attempt): Promise<CreatePlan | Decided> {
  const { provider, request } = attempt;
  if (request.operation === "create") {
    return { kind: "plan", body: provider.dialect.createBody(request.definition), changeType: "created" };
  }
  if (request.operation !== "restore") throw new Error(`${request.operation} makes no definition`);
  return await planOfRestore(attempt, request);
}

/** The mirror is read under the scope's claim: another restore of the same definition may have been faster. */
async function planOfRestore(attempt: Attempt, request: RestoreRequest): Promise<CreatePlan | Decided> {
  const { mirrors, provider } = attempt;
  const gone = await mirrors.mirror(request);
  const chosen = await chosenVersion(attempt, request, gone);
  if (chosen.kind === "outcome") return chosen;
  const { definitionId, version, continuesAs } = gone as Mirror;
  const body = provider.dialect.recreateBody(chosen.document);
  const faults = provider.dialect.definitionFaults(body, "recreate");
  const unmet = (await whyNotAnew(attempt, request, gone as Mirror)) ?? unsendable(faults);
  const from = { connection: request.connection, definitionId };
  return {
    kind: "plan",
    body,
    changeType: "restored",
    ...(unmet === undefined
      ? {
          continuation: {
            from,
            headVersion: version,
            ...(continuesAs !== undefined && { formerly: continuesAs }),
          },
        }
      : { unmet }),
  };
}

function unsendable(faults: readonly Fault[]): Decided | undefined {
  if (faults.length === 0) return undefined;
  return outcome("rejected", { reason: "unsupported-by-provider", errors: recordedFaults(faults) });
}

/** What speaks against making a gone definition anew; `undefined`: nothing. */
async function whyNotAnew(
  { mirrors }: Pick<Attempt, "mirrors">,
  { expect, requestId }: RestoreRequest,
  gone: Mirror,
): Promise<Decided | undefined> {
  const { version } = gone;
  const conflict = (reason: string, more: { definitionId: string }) =>
    outcome("conflict", { reason, conflict: { version, pointers: [] }, ...more });
  const continued = await lastContinuation(mirrors, gone);
  if (continued !== undefined && !continued.deleted) {
    return conflict("continues-elsewhere", { definitionId: continued.definitionId });
  }
  const isWantedGone = (gone.wantedVersion ?? 0) >= version || continued !== undefined;
  if (isWantedGone && isHealRequestId(requestId)) {
    return conflict("wanted-since", { definitionId: gone.definitionId });
  }
  const isAsExpected =
    (expect?.version ?? version) === version &&
    (expect?.contentHash ?? gone.contentHash) === gone.contentHash &&
    expect?.modifiedTimestamp === undefined;
  return isAsExpected ? undefined : conflict("version-differs", { definitionId: gone.definitionId });
}
