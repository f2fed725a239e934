/** Reads the definition as the provider has it now. */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import { differsFromHead, type Look, type ObservedState } from "../../definition/history/version.ts";
import { type DefinitionKey, type Mirror, sameState } from "../../definition/mirror/mirror.ts";
import { isNewerThanDeletion } from "../../definition/mirror/newer-than-deletion.ts";
import { stateOf } from "../../definition/mirror/observed-state.ts";
import type { JsonObject } from "../../platform/json.ts";
import type { Answer, ObservedDefinition } from "../../providers/provider.ts";
import { ProviderCallError } from "../../providers/provider-call-error.ts";
import { type Attempt, type AttemptEnd, readOptions } from "./attempt.ts";
import { afterFailedRead } from "./failed-call.ts";
import { timed } from "./write-intent.ts";

/** The live definition: what is compared, and the whole document as the provider has it. */
export type LiveState = ObservedState & { readonly content: JsonObject; readonly document: JsonObject };

export type LiveRead =
  | { readonly kind: "live"; readonly live: LiveState; readonly look: Look }
  /** 404, 410, or marked as deleted; one such answer alone proves little. */
  | { readonly kind: "gone"; readonly look: Look };

export async function readLive(
  attempt: Attempt,
  { definitionId }: DefinitionKey,
  known: Mirror | undefined,
): Promise<LiveRead | AttemptEnd> {
  const { provider, clock } = attempt;
  let read: { answer: Answer<ObservedDefinition>; look: Look };
  const startedAt = clock.now();
  try {
    read = await timed(attempt, () => provider.get(definitionId, readOptions(attempt)));
  } catch (error) {
    if (!(error instanceof ProviderCallError)) throw error;
    if (error.code !== "not-found") return afterFailedRead(error);
    return { kind: "gone", look: { startedAt, endedAt: clock.now() } };
  }
  const live = stateOf(read.answer.body, provider.dialect);
  if (live.deleted || live.content === null) return { kind: "gone", look: read.look };
  const state = { ...live, content: live.content };
  if (await isStale(attempt, known, state, read.look))
    return { kind: "wait", waitMs: 1_000, reason: "stale-read" };
  attempt.claim.noteAlive(definitionId);
  return { kind: "live", live: { ...state, document: read.answer.body.value }, look: read.look };
}

/**
 * Does the read show a state from before the one that we know, as a provider does that answers from a lagging copy?
 * To apply an edit to it would undo what came between. After the settle time it is believed whatever it shows.
 */
async function isStale(
  attempt: Attempt,
  known: Mirror | undefined,
  live: ObservedState & { readonly content: JsonObject },
  look: Look,
): Promise<boolean> {
  if (known === undefined) return false;
  const laggingSince = attempt.clock.now() - attempt.connection.settleSeconds * 1_000;
  if (known.recordedAt < laggingSince) return false;
  if (known.deleted) return !isNewerThanDeletion(known, live, look);
  if (known.modified !== undefined && live.modified !== undefined) {
    if (live.modified.at !== known.modified.at) return live.modified.at < known.modified.at;
  }
  // The timestamps do not tell: they may be as coarse as a second.
  return differsFromHead(known, live) && (await wasThereBefore(attempt, known, live, laggingSince));
}

/** Is it what one of the versions before shows, down to the one that was the head at `since` (epoch ms)? */
async function wasThereBefore(
  { history }: Attempt,
  known: Mirror,
  { scope, content }: { readonly scope: string; readonly content: JsonObject },
  since: number,
): Promise<boolean> {
  const contentHash = canonicalHash(content);
  for (let version = known.version - 1; version > 0; version -= 1) {
    const record = (await history.version(known, version))?.record;
    if (record === undefined) return false;
    if (sameState(record, { deleted: false, scope, contentHash })) return true;
    if (record.recordedAt < since) return false;
  }
  return false;
}
