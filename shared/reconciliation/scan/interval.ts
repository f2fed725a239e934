/** Between which two looks an outside change happened. Pure. */

import type { Look } from "../../definition/history/version.ts";
import type { Mirror } from "../../definition/mirror/mirror.ts";
import type { ProviderTimestamp } from "../../providers/provider.ts";

export type IntervalFacts = {
  readonly head: Pick<Mirror, "lookedAt" | "effectiveAt">;
  /** Of what is gone: epoch ms of the look that found that first. */
  readonly goneSince?: number | undefined;
  /** Epoch ms at which a list was begun in which the definition was as recorded. */
  readonly quietAt: number | undefined;
  /** How far behind its own writes a provider's answers may be. */
  readonly lagMs: number;
  /** The look that showed the change, and when the provider says that it was made. */
  readonly look: Look;
  readonly modified: ProviderTimestamp | undefined;
};

export type Interval = readonly [number, number];

export function intervalOf({ head, goneSince, quietAt, lagMs, look, modified }: IntervalFacts): Interval {
  const { effectiveAt, lookedAt } = head;
  const isTrusted = effectiveAt <= lookedAt;
  const to = goneSince ?? look.endedAt;
  // A write of ours has shown its state at the moment when it took effect; a read may have been behind.
  const seenAt = isTrusted ? Math.max(effectiveAt, lookedAt - lagMs) : lookedAt - lagMs;
  const quiet = quietAt === undefined ? undefined : quietAt - lagMs;
  // A list since then has not shown it either.
  const since = quiet === undefined || quiet > to ? seenAt : Math.max(seenAt, quiet);
  if (modified === undefined) return [Math.min(to, since), to];
  // The provider knows better: what we have looked at since was behind.
  const changedAt = Math.max(earliestAt(modified, look), isTrusted ? effectiveAt : Number.NEGATIVE_INFINITY);
  return [Math.min(to, since, changedAt), to];
}

/** Of a definition that was made after the first pass over its scope: since the list that did not have it yet. */
export function creationInterval(
  { quietAt, lagMs, look }: Pick<IntervalFacts, "quietAt" | "lagMs" | "look">,
  created: ProviderTimestamp | undefined,
  firstCompletedAt: number,
): Interval {
  const since = (quietAt ?? firstCompletedAt) - lagMs;
  const from = created === undefined ? since : Math.min(since, earliestAt(created, look));
  return [Math.min(look.endedAt, from), look.endedAt];
}

/** Was it made after the first pass over its scope? What is older had only been hidden from us. */
export function isMadeSince(
  created: ProviderTimestamp | undefined,
  look: Look,
  firstCompletedAt: number,
  lagMs: number,
): boolean {
  return created === undefined || earliestAt(created, look) >= firstCompletedAt - lagMs;
}

/** On our clock; the provider's has whole seconds in its `Date`, perhaps in its timestamps, too. */
function earliestAt({ at }: ProviderTimestamp, { clockAheadMs = 0 }: Look): number {
  return at - clockAheadMs - TIMESTAMP_TOLERANCE_MS;
}

const TIMESTAMP_TOLERANCE_MS = 2_000;
