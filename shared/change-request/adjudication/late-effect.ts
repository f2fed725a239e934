/**
 * Is what is there now the effect of a write that was given up, or believed not to have happened? Then it is no
 * outside change, and its request's name belongs to it.
 */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import type { Attribution, Look, ObservedState } from "../../definition/history/version.ts";
import { SUPERSEDED_LIFETIME_MS, type SupersededIntent } from "../../definition/mirror/claim.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { Intents, MirrorStore } from "../../definition/mirror/mirror-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { JsonObject } from "../../platform/json.ts";
import { attributionOf } from "../attempt/attempt.ts";
import type { RequestRecord } from "../record/request-record.ts";
import { isTerminal } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";
import { notBeforeOnProviderClock } from "./adjudication.ts";

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
  /**
   * The request is still open in the same epoch: it has to find its effect by itself, or it would take effect twice. A
   * retried one knows of the write, and may wait in the queue behind whoever asks.
   */
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
  if (isNew && intents.open !== undefined && isWhatWasWanted(intents.open, live)) return undefined;
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
    isOpen: !isOwn && owner !== undefined && !isTerminal(owner.status) && owner.epoch === intent.epoch,
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

function isEffectOf(intent: SupersededIntent, live: ObservedState, now: number): boolean {
  if (intent.startedAt <= now - SUPERSEDED_LIFETIME_MS) return false;
  return live.deleted ? intent.operation === "delete" : isWhatWasWanted(intent, live);
}

/** Is it what was to be stored? What a create has left out, the provider may have filled in. */
function isWhatWasWanted(
  { wantedHash, members }: Pick<SupersededIntent, "wantedHash" | "members">,
  { content }: ObservedState,
): boolean {
  if (content === null || wantedHash === undefined) return false;
  if (members === undefined) return canonicalHash(content) === wantedHash;
  const sent = Object.entries(content).filter(([name]) => members.includes(name));
  return canonicalHash(Object.fromEntries(sent)) === wantedHash;
}

const MAX_NAMED_MEMBERS = 50;
const MAX_NAMED_CHARACTERS = 1_000;

/** The members by which a create's effect is told. So many that they do not fit are not named: then it is told by all. */
export function membersOf(sent: JsonObject): { readonly members?: readonly string[] } {
  const members = Object.keys(sent);
  const isTooMuch = members.length > MAX_NAMED_MEMBERS || members.join().length > MAX_NAMED_CHARACTERS;
  return isTooMuch ? {} : { members };
}

function isOlder({ created }: ObservedState, notBefore: number): boolean {
  return created !== undefined && created.at < notBefore;
}
