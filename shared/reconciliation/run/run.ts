/**
 * A reconciliation's run over the scopes of a connection, and the state of each scope in it. One run per connection at
 * a time; its end follows from the ends of its scopes.
 */

/** Ids are opaque to everybody but for their order: that of time. */
export type RunKey = { readonly connection: string; readonly runId: string };

export type RunTrigger = "schedule" | "operator";

/** What was found, in definitions; each is counted once, in the first of these that fits (but for `listed`). */
export type Counts = {
  /** Definitions that the list showed, each once. */
  readonly listed: number;
  /** Recorded: seen for the first time, in the first pass over a scope or long after they were made. */
  readonly baselines: number;
  readonly created: number;
  readonly changed: number;
  readonly moved: number;
  readonly deleted: number;
  /** Not recorded: found gone, which another run has to confirm. */
  readonly missing: number;
  /** Not recorded, and left to the next run. */
  readonly left: number;
};

export const noCounts: Counts = {
  listed: 0,
  baselines: 0,
  created: 0,
  changed: 0,
  moved: 0,
  deleted: 0,
  missing: 0,
  left: 0,
};

export type RunStatus = "running" | "completed" | "unfinished" | "halted";
export type ScopeStatus = "pending" | RunStatus;

/** How a scope ends in a run. */
export type ScopeEndStatus = Exclude<RunStatus, "running">;

export type Run = RunKey & {
  readonly status: RunStatus;
  readonly trigger: RunTrigger;
  /** The only scope to reconcile; absent: all. */
  readonly scope?: string;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms of the last sign of life. */
  readonly progressAt: number;
  readonly finishedAt?: number;
  /** Machine-readable; why it was halted or remained unfinished as a whole. */
  readonly reason?: string;
  /** What the key belonged to when the run began, where the provider says so, and the version of the secret. */
  readonly workspace?: string;
  readonly keyVersion?: string;
  /** The workspace for which the run was halted as a whole. */
  readonly otherWorkspace?: string;
  readonly counts: Counts;
  /** Present from the moment on at which all scopes are known. */
  readonly tally?: ScopeTally;
};

/** How many scopes a run has, how many of them have not ended, and how those ended that were not completed. */
export type ScopeTally = {
  readonly total: number;
  readonly open: number;
  readonly halted: number;
  readonly unfinished: number;
};

export type ScopeRun = RunKey & {
  readonly scope: string;
  readonly status: ScopeStatus;
  readonly reason?: string;
  readonly counts: Counts;
  /** Epoch ms. */
  readonly finishedAt?: number;
  /** With `halted`: the definitions that are missing and that nobody has decided about. */
  readonly halted?: readonly string[];
  /** What an operator has decided about the last of them. */
  readonly decided?: HaltDecision;
};

/** `confirm`: what is missing goes through the normal rule; `discard`: it is not asked about until a list shows it. */
export type HaltDecision = "confirm" | "discard";

/** The right to work on a run's discovery or on one of its scopes. */
export type Lease = {
  readonly token: string;
  /** Epoch ms at which its holder is surely gone. */
  readonly until: number;
};

/** How a run ends whose scopes have all ended. */
export function endOfRun({ halted, unfinished }: ScopeTally): ScopeEndStatus {
  if (halted > 0) return "halted";
  return unfinished > 0 ? "unfinished" : "completed";
}

const SHORTEST_STANDSTILL_MS = 3_600_000;
const INTERVALS_OF_STANDSTILL = 4;

/** Does nobody seem to work on the run any more (its messages were lost, say)? `everyMs`: the connection's interval. */
export function standsStill({ progressAt }: Pick<Run, "progressAt">, everyMs: number, now: number): boolean {
  return now - progressAt > Math.max(SHORTEST_STANDSTILL_MS, INTERVALS_OF_STANDSTILL * everyMs);
}

/** Time first, so that ids lie in its order; `token` keeps two of one millisecond apart. */
export function runIdOf(startedAt: number, token: string): string {
  return `${new Date(startedAt).toISOString().replace(/[-:]/g, "")}-${token.slice(0, 8)}`;
}

/** A run is remembered as long as this; one that somebody still has to decide about, until it is decided. */
export const RUN_LIFETIME_SECONDS = 90 * 86_400;
