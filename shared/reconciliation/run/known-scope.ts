/** What is known of a scope from one run to the next. */
import { IdSet } from "../scan/id-set.ts";
import type { Counts } from "./run.ts";

export type ScopeKey = { readonly connection: string; readonly scope: string };

export type KnownScope = ScopeKey & {
  /** Counts the writes of this item (those of `heals` excepted), from 1; 0 where there is none yet. */
  readonly revision: number;
  /** Epoch ms when the first pass had been through: what is new since was created since. */
  readonly firstCompletedAt?: number;
  /** The last run that completed the scope, the epoch ms at which it began to list it, and what it found. */
  readonly lastCompletedRunId?: string;
  readonly lastReconciledAt?: number;
  readonly counts?: Counts;
  /** Living definitions that were known then. */
  readonly definitions: number;
  /**
   * Epoch ms at which the last pass began, and the definitions of which it did not establish what they are: of all
   * others it is known that what is different now has happened since. No instant where there were too many of them.
   */
  readonly quietAt?: number;
  readonly unsettled: IdSet;
  /** Of passes that left something: definitions up to this position have had their turn. */
  readonly askedUpTo?: string;
  /** Of a pass that found too much changed to be healed, and left some of it to the next ones. */
  readonly isChangedWidely?: true;
  /** The list has shown less of a definition than its GET: its rows alone are not believed. */
  readonly listShowsLess?: true;
  /** Answers that nobody should believe at once (hash by definition): believed if the next run gets them again. */
  readonly doubtful: Readonly<Record<string, string>>;
  /** Missing definitions that an operator has let through, and those that are not asked about. */
  readonly confirmed: IdSet;
  readonly silenced: IdSet;
  /** The run in which the scope was halted, while its missing definitions are still missing and undecided. */
  readonly haltedRunId?: string;
  /**
   * Drift that shall be healed and is not yet: the versions that recorded it, by definition. Only the last one can be
   * healed; a request for an earlier one may be without its message, and is withdrawn.
   */
  readonly heals: Readonly<Record<string, readonly number[]>>;
};

export interface KnownScopeStore {
  /** Strongly consistent; a scope of which nothing is known is {@link unknownScope}. */
  read(key: ScopeKey): Promise<KnownScope>;
  /** In the order of their names, from `after` on. */
  list(connection: string, after: string | undefined, limit: number): Promise<readonly KnownScope[]>;
  /** Writes what follows the revision before, but for `heals`. `false`: somebody else was faster; read again. */
  write(known: KnownScope): Promise<boolean>;
  /** The drift of `version` is to be healed. */
  noteHeal(key: ScopeKey, definitionId: string, version: number): Promise<void>;
  /** It needs no heal any more. */
  endHeal(key: ScopeKey, definitionId: string, version: number): Promise<void>;
}

export function unknownScope({ connection, scope }: ScopeKey): KnownScope {
  const none = IdSet.of();
  return {
    connection,
    scope,
    revision: 0,
    definitions: 0,
    unsettled: none,
    doubtful: {},
    confirmed: none,
    silenced: none,
    heals: {},
  };
}

const PAGE = 100;

/** All known scopes of a connection. */
export async function allKnownScopes(
  store: Pick<KnownScopeStore, "list">,
  connection: string,
): Promise<readonly KnownScope[]> {
  const all: KnownScope[] = [];
  for (;;) {
    const page = await store.list(connection, all.at(-1)?.scope, PAGE);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
