/**
 * How far a scope has been reconciled in a run. A large scope takes several invocations, so all of it is written down
 * between them and each goes on where the one before stopped. Pure.
 */
import type { ChangeType } from "../../definition/history/version.ts";
import type { KnownScope } from "../run/known-scope.ts";
import { type Counts, noCounts } from "../run/run.ts";
import { IdSet } from "./id-set.ts";
import { firstInTurn, positionOf, type Question } from "./question.ts";

export type Pass = {
  /** Epoch ms: everything that it looks at is looked at later. */
  readonly startedAt: number;
  /** Is the list at its end, and are the questions settled that will be asked? */
  readonly isListed: boolean;
  /** The list's next page; absent: the first one. */
  readonly cursor?: string;
  /** What the list has given out as cursors: one that comes again leads in a circle. */
  readonly cursors: IdSet;
  /** Definitions that the list has shown. */
  readonly seen: IdSet;
  /** Still to be asked. */
  readonly questions: readonly Question[];
  /** Definitions of which it is not established what they are. */
  readonly unsettled: IdSet;
  /** There was more to ask than one pass asks: the rest is the next ones'. */
  readonly isCutOff?: true;
  /** Rows that show another state than the recorded one. */
  readonly differing: number;
  /** Some of what was missing when the scope was halted is missing still, and nobody has decided about it. */
  readonly isHaltGoingOn?: true;
  /** The provider cannot list such a scope at all: its gaps say nothing. */
  readonly isUnlistable?: true;
  /** In a first pass: outlines of rows that were equal to what a GET shows, and how many rows were. */
  readonly wholeRows: IdSet;
  readonly equalRows: number;
  /** A row has shown less than the GET of the same state. */
  readonly listShowsLess?: true;
  /** Answers that are believed if the next run gets them again; `null`: not doubtful any more. */
  readonly doubtful: Readonly<Record<string, string | null>>;
  /** The position of the last question that was answered. */
  readonly askedUpTo?: string;
  readonly counts: Counts;
  /** Epoch ms at which it was written down last. */
  readonly savedAt?: number;
  /**
   * Times in which workers have worked on it that died: what they recorded then is in the history, and in no count.
   * Epoch ms.
   */
  readonly uncounted: readonly (readonly [from: number, to: number])[];
  /** Epoch ms at which the key was found to be the account's; and whether that has to be asked before anything else. */
  readonly guardedAt?: number;
  readonly isGuardDue?: true;
  /** Calls in it that ended in a fault of the provider. */
  readonly faults: number;
};

export function newPass(startedAt: number): Pass {
  return {
    startedAt,
    isListed: false,
    cursors: IdSet.of(),
    seen: IdSet.of(),
    questions: [],
    unsettled: IdSet.of(),
    differing: 0,
    wholeRows: IdSet.of(),
    equalRows: 0,
    doubtful: {},
    counts: noCounts,
    uncounted: [],
    faults: 0,
  };
}

/** With further questions; those that are not asked in this pass are left to the next ones. */
export function withQuestions(
  pass: Pass,
  more: readonly Question[],
  { askedUpTo }: Pick<KnownScope, "askedUpTo">,
): Pass {
  const all = [...pass.questions, ...more];
  const questions = firstInTurn(all, askedUpTo);
  const dropped = all.filter((question) => !questions.includes(question));
  return leaving(
    { ...pass, questions, ...(dropped.length > 0 && { isCutOff: true }) },
    dropped.map(({ definitionId }) => definitionId),
  );
}

/** These definitions are left to the next pass. */
export function leaving(pass: Pass, ids: readonly string[]): Pass {
  const { counts } = pass;
  return {
    ...pass,
    unsettled: pass.unsettled.with(IdSet.of(ids)),
    counts: { ...counts, left: counts.left + ids.length },
  };
}

export function counted(pass: Pass, name: keyof Counts, more = 1): Pass {
  return { ...pass, counts: { ...pass.counts, [name]: pass.counts[name] + more } };
}

/** What a recorded version counts as. */
export const countOf = {
  baseline: "baselines",
  created: "created",
  updated: "changed",
  restored: "changed",
  moved: "moved",
  deleted: "deleted",
} as const satisfies Record<ChangeType, keyof Counts>;

/** The first question has been answered, whatever the answer was. */
export function answered(pass: Pass): Pass {
  const [first, ...questions] = pass.questions;
  return first === undefined ? pass : { ...pass, questions, askedUpTo: positionOf(first.definitionId) };
}

/** More answers in doubt than this are not remembered. */
const MAX_DOUBTFUL = 200;
/** So many have room in an item. */
const MAX_UNSETTLED = 10_000;

export type PassEnd = {
  readonly runId: string;
  readonly isChangedWidely: boolean;
};

/** What is known of the scope after a pass that came to its end. */
export function afterPass(known: KnownScope, pass: Pass, end: PassEnd): KnownScope {
  const { counts, isHaltGoingOn, seen, unsettled, startedAt } = pass;
  const { askedUpTo, haltedRunId, isChangedWidely: _before, quietAt: _earlier, ...rest } = known;
  const isSettled = unsettled.size <= MAX_UNSETTLED;
  // What this pass has not left was seen as it is recorded: a doubt of earlier is no look that confirms a later one.
  const before = Object.entries(known.doubtful).filter(([definitionId]) => unsettled.has(definitionId));
  const doubtful = Object.entries({ ...Object.fromEntries(before), ...pass.doubtful });
  const hadEverythingItsTurn = pass.isCutOff !== true && isSettled;
  return {
    ...rest,
    ...(haltedRunId !== undefined && isHaltGoingOn && { haltedRunId }),
    ...(counts.left > 0 && pass.askedUpTo !== undefined && { askedUpTo: pass.askedUpTo }),
    ...(!hadEverythingItsTurn && end.isChangedWidely && { isChangedWidely: true }),
    ...(pass.listShowsLess && { listShowsLess: true }),
    // What a first pass has asked about in vain is still no creation: it is among the unsettled ones.
    ...((known.firstCompletedAt !== undefined || hadEverythingItsTurn) && {
      firstCompletedAt: known.firstCompletedAt ?? startedAt,
    }),
    lastCompletedRunId: end.runId,
    lastReconciledAt: startedAt,
    counts,
    definitions: counts.listed + counts.missing,
    ...(isSettled && { quietAt: startedAt }),
    unsettled: isSettled ? unsettled : IdSet.of(),
    confirmed: known.confirmed.without(seen),
    silenced: known.silenced.without(seen),
    doubtful: Object.fromEntries(
      doubtful.filter((entry): entry is [string, string] => entry[1] !== null).slice(-MAX_DOUBTFUL),
    ),
  };
}
