/**
 * Is what is there now the effect of a write that was given up, or believed not to have happened? Then it is no
 * outside change, and its request's name belongs to it.
 */
import { canonicalHash } from "../definition/canonical-form.ts";
import { SUPERSEDED_LIFETIME_MS, type SupersededIntent } from "../definition/claim.ts";
import type { Mirror } from "../definition/mirror.ts";
import type { Intents, MirrorStore } from "../definition/mirror-store.ts";
import type { Attribution, Look, ObservedState } from "../definition/version.ts";
import type { Clock } from "../platform/clock.ts";
import { notBeforeOnProviderClock } from "./adjudication.ts";
import { attributionOf } from "./attempt.ts";
import type { RequestRecord } from "./request-record.ts";
import { isTerminal } from "./request-state.ts";
import type { RequestStore } from "./request-store.ts";

/** What was found, and where an effect of it may have come from. */
export type Finding = {
  readonly connection: string;
  /** Absent where the definition is met for the first time: then it may be what a create left behind. */
  readonly head: Mirror | undefined;
  readonly live: ObservedState;
  readonly look: Look;
  /** The intents at the definition, or at its scope's creates where it is met for the first time. */
  readonly intents: Intents;
};

export type LateEffect = {
  readonly intent: SupersededIntent;
  /** The request is still open: it has to find its effect by itself, or it would take effect twice. */
  readonly isOpen: boolean;
  /** The intent is one of the definition itself, and is not looked for any more. */
  readonly isOfThisTarget: boolean;
  readonly attribution: Attribution;
};

export async function lateEffectOf(
  { clock, requests }: { readonly clock: Pick<Clock, "now">; readonly requests: Pick<RequestStore, "read"> },
  { connection, head, live, look, intents }: Finding,
  /** The request that asks, if one does; it is never read. */
  own?: RequestRecord,
): Promise<LateEffect | undefined> {
  const isNew = head === undefined;
  // It may as well be what a create has made that is still to be judged: that one will look for it.
  if (isNew && intents.open !== undefined && intents.open.wantedHash === canonicalHash(live.content)) {
    return undefined;
  }
  const intent = intents.superseded.find(
    (one) =>
      isEffectOf(one, live, clock.now()) &&
      // What was there before a create was begun is not its effect.
      !(isNew && isOlder(live, notBeforeOnProviderClock(one.startedAt, look))),
  );
  if (intent === undefined) return undefined;
  const isOwn = intent.requestId === own?.requestId;
  const owner = isOwn ? own : await requests.read({ connection, requestId: intent.requestId });
  return {
    intent,
    isOpen: !isOwn && owner !== undefined && !isTerminal(owner.status),
    isOfThisTarget: !isNew,
    attribution:
      owner === undefined
        ? { requestId: intent.requestId, epoch: intent.epoch }
        : attributionOf(owner, intent.epoch),
  };
}

/** Where an effect on the definition may have come from. Strongly consistent. */
export async function intentsBehind(
  mirrors: Pick<MirrorStore, "intents">,
  { connection, definitionId }: { readonly connection: string; readonly definitionId: string },
  head: Mirror | undefined,
  { scope }: Pick<ObservedState, "scope">,
): Promise<Intents> {
  return await mirrors.intents(
    head === undefined
      ? { kind: "create", connection, scope }
      : { kind: "definition", connection, definitionId },
  );
}

function isEffectOf(
  { operation, wantedHash, startedAt }: SupersededIntent,
  live: ObservedState,
  now: number,
): boolean {
  if (startedAt <= now - SUPERSEDED_LIFETIME_MS) return false;
  return live.deleted ? operation === "delete" : wantedHash === canonicalHash(live.content);
}

function isOlder({ created }: ObservedState, notBefore: number): boolean {
  return created !== undefined && created.at < notBefore;
}
