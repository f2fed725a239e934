/**
 * The definition that a create's answer names, whole or cut short. An answer may be another's (repeated by a cache or a
 * proxy), so only what the create can have made is believed to be made by it.
 */
import type { Intent } from "../../definition/mirror/claim.ts";
import type { DefinitionKey, Mirror } from "../../definition/mirror/mirror.ts";
import type { JsonObject } from "../../platform/json.ts";
import type { Attempt, AttemptEnd } from "../attempt/attempt.ts";
import type { CreatePlan } from "../attempt/create-plan.ts";
import { doubtThatItIsGone, type LastSeen } from "../attempt/missing-definition.ts";
import { type LiveRead, readLive } from "../attempt/read-live.ts";
import { type Listed, likenessOf, notBeforeOnProviderClock } from "./adjudication.ts";
import { firstRecorded } from "./create-candidates.ts";

/** A definition, and the head of its history from before it was read. */
export type Seen<Read = LiveRead> = {
  readonly key: DefinitionKey;
  readonly head: Mirror | undefined;
  readonly read: Read;
};

/** The head first: whoever changes the definition while it is read moves the head, and this read is recorded nowhere. */
export async function lookAt(attempt: Attempt, key: DefinitionKey): Promise<Seen<LiveRead | AttemptEnd>> {
  const head = await attempt.mirrors.mirror(key);
  return { key, head, read: await readLive(attempt, key, undefined) };
}

/** Does the definition's history say that this create has not made it: another has, or it began before this one? */
export async function isKnownAsAnothers(attempt: Attempt, key: DefinitionKey): Promise<boolean> {
  return (await firstRecorded(attempt, key)).isAnothers;
}

export type Named =
  /** It is what was made. If it is gone, somebody has deleted it since; to make it again would undo that. */
  | { readonly kind: "own"; readonly seen: Seen }
  /** Of the create's age and nobody's, but not like what was sent. */
  | { readonly kind: "suspect"; readonly suspect: Listed };

/** `undefined`: the answer named none, or none that the create can have made. */
export async function namedByTheAnswer(
  attempt: Attempt,
  plan: CreatePlan,
  sent: JsonObject,
  intent: Intent,
): Promise<Named | AttemptEnd | undefined> {
  if (intent.answeredId === undefined) return undefined;
  const key = { connection: attempt.request.connection, definitionId: intent.answeredId };
  const isConfirmed = intent.confirmed !== undefined;
  if (!isConfirmed && (await isKnownAsAnothers(attempt, key))) return undefined;
  const { head, read } = await lookAt(attempt, key);
  if (read.kind !== "live" && read.kind !== "gone") return read;
  const own = { kind: "own", seen: { key, head, read } } as const;
  if (read.kind === "gone") {
    return (await doubtThatItIsGone(attempt, head ?? lastSeen(attempt, plan, key))) ?? own;
  }
  // The answer was whole, and was looked at when it came.
  if (isConfirmed) return own;
  const { content, created } = read.live;
  const notBefore = notBeforeOnProviderClock(attempt.record.firstAttemptAt ?? intent.startedAt, read.look);
  if (created !== undefined && created.at < notBefore) return undefined;
  const first = await firstRecorded(attempt, key);
  const listed: Listed = {
    definitionId: key.definitionId,
    content,
    created,
    ...(first.content && { firstContent: first.content }),
  };
  const isLike = likenessOf(listed, sent, attempt.provider.dialect, notBefore) !== "other";
  return isLike ? own : { kind: "suspect", suspect: listed };
}

/** A definition that we have never seen is where it was made. */
function lastSeen({ provider }: Attempt, { body }: CreatePlan, key: DefinitionKey): LastSeen {
  return { ...key, scope: provider.dialect.scopeOf(body), deleted: false };
}
