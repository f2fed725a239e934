/** The runs of connections. Every write demands the state it comes from; an answer says whether it was made. */
import type { Lease, Run, RunKey, RunStatus, RunTrigger } from "./run.ts";

/** What is known of a connection's runs besides their records. */
export type Current = {
  /** The run that is going on. */
  readonly runId?: string;
  /** Epoch ms at which the first run of all was begun, and the last one over all scopes that was completed. */
  readonly firstStartedAt?: number;
  readonly lastCompletedAt?: number;
};

export type NewRun = RunKey & {
  readonly trigger: RunTrigger;
  readonly startedAt: number;
  readonly scope?: string;
};

/** Everything that is known when the discovery of scopes has come to its end. */
export type Discovered = {
  readonly scopes: number;
  readonly workspace?: string;
  readonly keyVersion: string;
};

export type RunEnd = {
  readonly status: Exclude<RunStatus, "running">;
  readonly reason?: string;
  /** Epoch ms. */
  readonly finishedAt: number;
  /** The workspace for which it was halted. */
  readonly otherWorkspace?: string;
  /** The secret's version with which it was halted. */
  readonly keyVersion?: string;
  /** Scopes of it are halted: it is kept until somebody has decided about them. */
  readonly waitsForDecision?: boolean;
};

export type DiscoveryTaken =
  | {
      readonly kind: "taken";
      readonly run: Run;
      /** How far an earlier invocation has come, as it was given back; absent: nowhere. */
      readonly cursor?: string;
    }
  | { readonly kind: "held"; readonly until: number }
  /** The run has ended, or there is none. */
  | { readonly kind: "over" };

export interface RunStore {
  /** Strongly consistent. */
  current(connection: string): Promise<Current>;
  /** Strongly consistent. */
  read(key: RunKey): Promise<Run | undefined>;
  /** Newest first, from `before` on. */
  list(connection: string, before: string | undefined, limit: number): Promise<readonly Run[]>;
  /**
   * Begins a run where none is going on. `after`: a run that is going on and stands still; it ends as `unfinished`.
   * `false`: another run is going on (still, or since).
   */
  begin(run: NewRun, after?: RunKey): Promise<boolean>;
  /** Takes the right to discover the run's scopes, if nobody has it at `now` (epoch ms). */
  takeDiscovery(key: RunKey, lease: Lease, now: number): Promise<DiscoveryTaken>;
  /** Gives it back. `cursor`: how far it has come; opaque. Nothing happens where it is another's. */
  giveDiscoveryBack(key: RunKey, token: string, cursor: string | undefined): Promise<void>;
  /** All scopes of the run are known. `false`: the right is another's by now, or the run has ended. */
  endDiscovery(key: RunKey, token: string, discovered: Discovered, now: number): Promise<boolean>;
  /** A sign of life. */
  noteProgress(key: RunKey, now: number): Promise<void>;
  /** Ends a run, and makes room for the next one. `false`: it has ended already. */
  end(run: Pick<Run, "connection" | "runId" | "scope" | "startedAt">, end: RunEnd): Promise<boolean>;
  /**
   * Takes the right to decide about a halted run, if nobody has it at `now` (epoch ms). `false`: somebody has, or the run
   * is not halted (any more).
   */
  takeDecision(key: RunKey, lease: Lease, now: number): Promise<boolean>;
  /** Gives it back. Nothing happens where it is another's. */
  giveDecisionBack(key: RunKey, token: string): Promise<void>;
  /** What an operator has decided about a run that was halted as a whole. `false`: it is not halted (any more). */
  endHalt(key: RunKey, reason: string): Promise<boolean>;
}
