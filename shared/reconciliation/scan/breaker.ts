/**
 * When a list shows so little that it is more likely to be wrong than true: a key of another workspace, an engine that
 * was deleted, a list that is broken. Then nothing is concluded from what is missing before somebody has decided. Pure.
 */

export type Absence = {
  /** Living definitions that are known in the scope. */
  readonly known: number;
  /** Of these, the ones that the list does not show and that nobody has decided about. */
  readonly missing: number;
  /** Rows of the list. */
  readonly listed: number;
};

const ALWAYS_ALLOWED = 3;
const ALLOWED_SHARE = 0.2;

/** More than three and more than a fifth of the scope, or an empty list where more than three were. */
export function isTooMuchMissing({ known, missing, listed }: Absence): boolean {
  if (listed === 0) return missing > ALWAYS_ALLOWED;
  return missing > Math.max(ALWAYS_ALLOWED, ALLOWED_SHARE * known);
}

const ALWAYS_HEALED = 10;
const HEALED_SHARE = 0.5;

/** Is so much changed that it is hardly an accident that heal should undo? It is recorded nevertheless. */
export function isChangedWidely({
  known,
  changed,
}: {
  readonly known: number;
  readonly changed: number;
}): boolean {
  return changed > Math.max(ALWAYS_HEALED, HEALED_SHARE * known);
}
