/** A claim that was found with its lease passed and never given back: its holder has crashed, and that counts. */
import type { ClaimAnswer } from "../../definition/mirror/claim.ts";
import type { ApplyDependencies } from "../attempt/attempt.ts";
import type { RequestRecord } from "../record/request-record.ts";
import { isTerminal } from "../record/request-state.ts";
import type { FailureNote } from "../record/request-store.ts";

/**
 * Charges the crash to the request that held the claim, this one or another. The record as it is then; `settled` where
 * this request was decided meanwhile.
 */
export async function chargeCrash(
  { requests, log }: Pick<ApplyDependencies, "requests" | "log">,
  record: RequestRecord,
  { abandoned, openIntent }: Extract<ClaimAnswer, { taken: true }>,
): Promise<RequestRecord | "settled"> {
  if (abandoned === undefined) return record;
  const { connection } = record;
  const isOwn = abandoned.requestId === record.requestId;
  const crashed = isOwn ? record : await requests.read({ connection, requestId: abandoned.requestId });
  log.warn("crash-found", { connection, requestId: abandoned.requestId });
  if (crashed === undefined || crashed.epoch !== abandoned.epoch || isTerminal(crashed.status)) return record;
  const { failing, failedAt } = crashed;
  const note: FailureNote = {
    // An attempt that came as far as its intent is counted already.
    attempts: crashed.attempts + (openIntent?.token === abandoned.token ? 0 : 1),
    charges: (crashed.charges ?? 0) + 1,
    ...(failing && { failing }),
    ...(failedAt !== undefined && { failedAt }),
  };
  const isNoted = await requests.noteFailure(crashed, crashed.epoch, note);
  if (!isOwn) return record;
  return isNoted ? { ...record, ...note } : "settled";
}
