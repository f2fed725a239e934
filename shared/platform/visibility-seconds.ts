/** How long SQS keeps a message away that has to wait for so many milliseconds: whole seconds, from 1 to its most, 12 h. */
export function visibilitySeconds(waitMs: number): number {
  return Math.min(MAX_VISIBILITY_SECONDS, Math.max(1, Math.ceil(waitMs / 1_000)));
}

const MAX_VISIBILITY_SECONDS = 43_200;
