/**
 * A write that its request has left open: it was given up before the write had settled, or its worker crashed right after
 * the outcome. Nobody comes back for it, so whoever meets it ends it: it is remembered as superseded, should its effect
 * show up late.
 */
import { type ClaimTarget, type Intent, withSuperseded } from "../../definition/mirror/claim.ts";
import type { MirrorStore } from "../../definition/mirror/mirror-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Connection } from "../../platform/config.ts";
import type { Random } from "../../platform/random.ts";
import type { RequestRecord } from "../record/request-record.ts";
import { isTerminal } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";
import { adjudicationStartsAt } from "./adjudication.ts";

/** Will the request find out by itself, in the epoch in which it has written? */
export function isComingBack(
  owner: Pick<RequestRecord, "status" | "epoch"> | undefined,
  { epoch }: Pick<Intent, "epoch">,
): boolean {
  return owner !== undefined && !isTerminal(owner.status) && owner.epoch === epoch;
}

/** A retry has to know of it, although it was given up without a look at its claim (while the connection was paused, say). */
export async function rememberAsUndecided(
  requests: Pick<RequestStore, "keepUndecided">,
  owner: RequestRecord | undefined,
  intent: Intent,
): Promise<void> {
  if (owner !== undefined && owner.undecided === undefined) {
    await requests.keepUndecided(owner, owner.epoch, intent);
  }
}

export type EndDependencies = {
  readonly connection: Pick<Connection, "id" | "settleSeconds">;
  readonly mirrors: Pick<MirrorStore, "takeClaim" | "releaseClaim">;
  readonly requests: Pick<RequestStore, "read" | "keepUndecided">;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "token">;
};

/**
 * For somebody who is at work on no request of his own. `false`: it still has to be waited for. `leaseUntil`: epoch ms at
 * which the caller is surely gone.
 */
export async function endGivenUpWrite(
  { connection, mirrors, requests, clock, random }: EndDependencies,
  target: ClaimTarget,
  intent: Intent,
  leaseUntil: number,
): Promise<boolean> {
  const { requestId, epoch } = intent;
  const owner = await requests.read({ connection: connection.id, requestId });
  const now = clock.now();
  if (isComingBack(owner, intent) || now < adjudicationStartsAt(intent, connection.settleSeconds * 1_000)) {
    return false;
  }
  await rememberAsUndecided(requests, owner, intent);
  const token = random.token();
  const answer = await mirrors.takeClaim(target, { requestId, epoch, token, leaseUntil }, now);
  if (!answer.taken) return false;
  const { openIntent, superseded } = answer;
  const isSame = openIntent?.token === intent.token && openIntent.attempt === intent.attempt;
  await mirrors.releaseClaim(
    target,
    token,
    isSame ? { superseded: withSuperseded(superseded, openIntent, now) } : {},
  );
  return isSame;
}
