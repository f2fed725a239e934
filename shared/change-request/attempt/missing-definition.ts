/**
 * The provider says that the definition is not there. A 404 alone proves little (a missing route and a wrong method
 * look the same at Retell, and with another workspace's key nothing is there), so before it is believed the key's
 * workspace is checked, and a definition that we know is looked for in its scope's list.
 */
import { isSameWorkspace } from "../../connection/workspace-guard.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { healRequestId } from "../../reconciliation/heal/heal-request.ts";
import { type Attempt, type AttemptEnd, type Decided, outcome, type Waiting } from "./attempt.ts";
import { lastContinuation } from "./continuations.ts";
import { afterFailedRead } from "./failed-call.ts";
import { listScope } from "./list-scope.ts";

/** Until somebody has put the right key back. */
const OTHER_WORKSPACE_WAIT_MS = 60_000;
const HEAL_UNDER_WAY_WAIT_MS = 5_000;

/** A definition, and the scope whose list would show it. */
export type LastSeen = Pick<Mirror, "definitionId" | "scope" | "deleted">;

/** `undefined`: nothing speaks against it. Of a definition that we never knew, the workspace alone can tell. */
export async function doubtThatItIsGone(
  attempt: Attempt,
  known: LastSeen | undefined,
): Promise<AttemptEnd | undefined> {
  try {
    const elsewhere = await otherWorkspace(attempt);
    if (elsewhere !== undefined) return elsewhere;
    if (known === undefined || known.deleted) return undefined;
    if (await isNewHere(attempt, known)) return { kind: "wait", waitMs: 1_000, reason: "stale-read" };
    return (await isListed(attempt, known))
      ? { kind: "wait", waitMs: 1_000, reason: "list-disagrees" }
      : undefined;
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    return afterFailedRead(error);
  }
}

/**
 * What speaks against believing anything that the provider does not show; `undefined`: nothing.
 * @throws {ProviderCallError} where it cannot be found out
 */
export async function otherWorkspace(attempt: Attempt): Promise<Waiting | undefined> {
  return (await isSameWorkspace(attempt))
    ? undefined
    : { kind: "wait", waitMs: OTHER_WORKSPACE_WAIT_MS, reason: "other-workspace" };
}

/** Made within the settle time: a lagging copy and a lagging list do not know it yet. */
async function isNewHere(
  { clock, connection, history }: Attempt,
  { definitionId }: LastSeen,
): Promise<boolean> {
  const first = await history.version({ connection: connection.id, definitionId }, 1);
  if (first === undefined || first.record.changeType === "baseline") return false;
  return clock.now() - first.record.recordedAt <= connection.settleSeconds * 1_000;
}

async function isListed(attempt: Attempt, known: LastSeen): Promise<boolean> {
  try {
    const { definitions } = await listScope(attempt, known.scope);
    return definitions.some(({ definitionId, deleted }) => definitionId === known.definitionId && !deleted);
  } catch (error) {
    // A scope that cannot be listed, or is gone itself, does not contradict the 404.
    if (error instanceof ProviderCallError && !error.retryable) return false;
    throw error;
  }
}

/** The request's end. The deletion itself is recorded by reconciliation, when a second look has confirmed it. */
export async function endOnMissing(
  { request, clock, mirrors, requests }: Attempt,
  known: Mirror | undefined,
): Promise<Decided | Waiting> {
  const foundMissing = known !== undefined && !known.deleted ? { foundMissingAt: clock.now() } : {};
  const continued = known && (await lastContinuation(mirrors, known));
  if (request.operation === "delete" && known !== undefined && continued === undefined) {
    const { connection } = known;
    const heal = { connection, requestId: healRequestId(known, known.version) };
    // It may be making it anew right now: then that is what there is to delete.
    if (known.deleted && (await requests.read(heal))?.status === "applying") {
      return { kind: "wait", waitMs: HEAL_UNDER_WAY_WAIT_MS, reason: "heal-under-way" };
    }
    const result = { version: known.version, definitionId: known.definitionId };
    const wanted = known.deleted ? { wantedVersion: known.version } : { deletionWanted: true as const };
    return { ...outcome("unchanged", result), ...foundMissing, ...wanted };
  }
  const rejected = outcome("rejected", {
    reason: continued === undefined ? "not-found" : "continues-elsewhere",
    ...(continued && { definitionId: continued.definitionId }),
  });
  return { ...rejected, ...foundMissing };
}
