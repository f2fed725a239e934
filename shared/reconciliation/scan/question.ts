/**
 * A list only raises questions; each is answered by a GET. A pass over a scope asks a limited number of them, and the
 * next pass goes on where it stopped, so that all get their turn. Pure.
 */
import { sha256Hex } from "../../definition/document/canonical-form.ts";

export type QuestionKind =
  /** Listed, and never recorded. */
  | "new"
  /** Listed with another content. */
  | "changed"
  /** Recorded in another scope. */
  | "moved"
  /** Listed, and recorded as deleted. */
  | "returned"
  /** Listed as recorded, and missed by an earlier look. */
  | "reappeared"
  /** Listed as recorded, but that was taken from the list itself, which is known to show less than a GET. */
  | "unproven"
  /** Recorded in this scope, and not listed, or listed as deleted. */
  | "missing";

export type Question = {
  readonly definitionId: string;
  readonly kind: QuestionKind;
  /** The row that raised it: its hash, and which members it shows; absent for what is missing. */
  readonly row?: { readonly rowHash: string; readonly shape?: string };
};

/** How many questions a pass over a scope asks. */
export const MAX_QUESTIONS = 50;

/** Where a definition's turn comes. Hashes spread what was made one after the other. */
export function positionOf(definitionId: string): string {
  return sha256Hex(definitionId).slice(0, 16);
}

/**
 * Of old and new questions those whose turn comes first when all before `askedUpTo` have had theirs, in their order.
 * Which ones are dropped does not depend on the order in which they were found.
 */
export function firstInTurn(
  questions: readonly Question[],
  askedUpTo: string | undefined,
): readonly Question[] {
  const turn = ({ definitionId }: Question) => {
    const position = positionOf(definitionId);
    return `${askedUpTo !== undefined && position <= askedUpTo ? 1 : 0}${position}`;
  };
  return questions
    .map((question) => ({ question, turn: turn(question) }))
    .sort((a, b) => (a.turn < b.turn ? -1 : a.turn > b.turn ? 1 : 0))
    .slice(0, MAX_QUESTIONS)
    .map(({ question }) => question);
}
