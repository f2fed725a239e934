/** Reads the definition as the provider has it now. */
import type { DefinitionKey, Mirror } from "../definition/mirror.ts";
import { stateOf } from "../definition/observed-state.ts";
import type { Look, ObservedState } from "../definition/version.ts";
import type { JsonObject } from "../platform/json.ts";
import type { Answer, ObservedDefinition } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
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
  if (isStale(attempt, known, live)) return { kind: "wait", waitMs: 1_000, reason: "stale-read" };
  return {
    kind: "live",
    live: { ...live, content: live.content, document: read.answer.body.value },
    look: read.look,
  };
}

/**
 * Does the read show a state from before the one that we know, as a provider does that answers from a lagging copy?
 * To apply an edit to it would undo what came between. After the settle time an older timestamp is believed.
 */
function isStale({ clock, connection }: Attempt, known: Mirror | undefined, live: ObservedState): boolean {
  if (known?.modified === undefined || live.modified === undefined || known.deleted) return false;
  const isSettled = clock.now() - known.recordedAt > connection.settleSeconds * 1_000;
  return live.modified.at < known.modified.at && !isSettled;
}
