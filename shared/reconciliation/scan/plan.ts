/**
 * What a list's rows and gaps mean, compared with what is recorded. A row that shows what is recorded is quiet and costs
 * nothing; everything else is no more than a question. Pure.
 */
import { canonicalHash } from "../../definition/document/canonical-form.ts";
import type { ObservedState } from "../../definition/history/version.ts";
import type { KnownDefinition } from "../../definition/mirror/known-definitions.ts";
import { stateOf } from "../../definition/mirror/observed-state.ts";
import type { Dialect, ObservedDefinition } from "../../providers/provider.ts";
import type { IdSet } from "./id-set.ts";
import type { Question, QuestionKind } from "./question.ts";
import { shapeOf } from "./row-shape.ts";

/** A definition as a page of the list showed it. */
export type Row = {
  readonly observed: ObservedDefinition;
  readonly state: ObservedState;
  readonly contentHash: string;
};

export function rowOf(observed: ObservedDefinition, dialect: Dialect): Row {
  const state = stateOf(observed, dialect);
  return { observed, state, contentHash: canonicalHash(state.content) };
}

export type RowPlan =
  | { readonly kind: "quiet" }
  /** The first pass over a scope takes what it has never seen from the list itself. */
  | { readonly kind: "baseline" }
  | { readonly kind: "ask"; readonly why: Exclude<QuestionKind, "missing"> };

export type RowContext = {
  /** The scope that was listed. */
  readonly scope: string;
  readonly isFirstPass: boolean;
  /** The list is known to show less than a GET. */
  readonly listShowsLess?: boolean;
  /** Epoch ms at which the page was asked for, where it is known when the definition was recorded last. */
  readonly listedAt?: number;
};

const quiet: RowPlan = { kind: "quiet" };

/**
 * Of a living row; one that the provider marks as deleted shows nothing, like a gap. `known`: what is recorded, from
 * the scope's index or from the mirror; only the mirror has `recordedAt`.
 */
export function planRow(
  { observed, state, contentHash }: Row,
  known: (KnownDefinition & { readonly recordedAt?: number }) | undefined,
  { scope, isFirstPass, listShowsLess = false, listedAt }: RowContext,
): RowPlan {
  if (known === undefined) {
    // A row of another scope's definition is too odd to be believed.
    return isFirstPass && state.scope === scope ? { kind: "baseline" } : { kind: "ask", why: "new" };
  }
  // Recorded after the page was asked for: the row is older than what we know.
  if (listedAt !== undefined && known.recordedAt !== undefined && known.recordedAt >= listedAt) return quiet;
  if (known.deleted) return { kind: "ask", why: "returned" };
  const isAsRecorded = known.contentHash === contentHash && known.scope === state.scope;
  if (isAsRecorded || known.listRowHash === canonicalHash(observed.value)) {
    // A row's hash is noted when a GET has shown the same.
    const isProven = known.version > 1 || known.listRowHash !== undefined;
    if (listShowsLess && !isProven) return { kind: "ask", why: "unproven" };
    // The row may be older than the look that missed it.
    return known.missingSince === undefined ? quiet : { kind: "ask", why: "reappeared" };
  }
  return { kind: "ask", why: known.scope === state.scope ? "changed" : "moved" };
}

export function questionOf({ observed }: Row, why: Exclude<QuestionKind, "missing">): Question {
  const shape = shapeOf(observed.value);
  return {
    definitionId: observed.definitionId,
    kind: why,
    row: { rowHash: canonicalHash(observed.value), ...(shape !== undefined && { shape }) },
  };
}

/** What an operator has decided about missing definitions, and what waits for a decision. */
export type Decisions = {
  readonly silenced: IdSet;
  readonly confirmed: IdSet;
  readonly halted: IdSet;
};

export type Gaps = {
  /** To be asked about, if there are not too many. */
  readonly undecided: readonly string[];
  /** To be asked about in any case. */
  readonly confirmed: readonly string[];
  /** Missing since the scope was halted: not asked about before somebody has decided. */
  readonly halted: readonly string[];
  /** Not asked about at all. */
  readonly silenced: readonly string[];
};

/** The living definitions of a scope that its list did not show. */
export function gapsOf(
  recorded: readonly Pick<KnownDefinition, "definitionId" | "deleted">[],
  seen: IdSet,
  { silenced, confirmed, halted }: Decisions,
): Gaps {
  const missing = recorded
    .filter(({ deleted }) => !deleted)
    .map(({ definitionId }) => definitionId)
    .filter((id) => !seen.has(id));
  const by = Map.groupBy(missing, (id): keyof Gaps => {
    if (silenced.has(id)) return "silenced";
    if (confirmed.has(id)) return "confirmed";
    return halted.has(id) ? "halted" : "undecided";
  });
  return {
    undecided: by.get("undecided") ?? [],
    confirmed: by.get("confirmed") ?? [],
    halted: by.get("halted") ?? [],
    silenced: by.get("silenced") ?? [],
  };
}
