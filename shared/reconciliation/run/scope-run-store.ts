/** The states of scopes in runs. Every write demands the state it comes from; an answer says whether it was made. */

import type { Pass } from "../scan/pass.ts";
import type { KnownScope } from "./known-scope.ts";
import type { Counts, HaltDecision, Lease, RunKey, ScopeEndStatus, ScopeRun } from "./run.ts";

export type ScopeRunKey = RunKey & { readonly scope: string };

export type ScopeTaken =
  | {
      readonly kind: "taken";
      /** How far an earlier invocation has come. */
      readonly pass?: Pass;
      /** The one before has crashed: it never gave its right back. */
      readonly abandoned?: true;
    }
  | { readonly kind: "held"; readonly until: number }
  /** It has ended, or the run has no such scope. */
  | { readonly kind: "over" };

export type ScopeEnd = {
  readonly status: ScopeEndStatus;
  readonly reason?: string;
  readonly counts: Counts;
  /** With `halted`: what is missing. */
  readonly halted?: readonly string[];
  /** Epoch ms. */
  readonly finishedAt: number;
  /** What is known of the scope from now on; absent: what was known before. */
  readonly known?: KnownScope;
};

export type ScopeEndAnswer =
  | "ended"
  /** Another has the lease by now, or the run has ended. */
  | "lost"
  /** What is known of the scope has changed meanwhile. */
  | "known-changed"
  /** Throttled, or another transaction on the same items: the same end may be tried again. */
  | "contention";

export type HaltDecided = {
  readonly decision: HaltDecision;
  /** What stays halted: nobody has decided about it. */
  readonly remaining: readonly string[];
  /** Epoch seconds at which the run may go, once nothing of it is halted any more. */
  readonly expiresAt: number;
  /** What is known of the scope from now on. */
  readonly known: KnownScope;
};

export interface ScopeRunStore {
  /** Adds scopes to a run as `pending`; those that it has stay as they are. `startedAt`: the run's, epoch ms. */
  add(run: RunKey, scopes: readonly string[], startedAt: number): Promise<void>;
  /** The scopes of a run in the order of their names. Strongly consistent. */
  list(run: RunKey): Promise<readonly ScopeRun[]>;
  /** Strongly consistent. */
  read(key: ScopeRunKey): Promise<ScopeRun | undefined>;
  /** Takes the right to work on a scope that has not ended, if nobody has it at `now` (epoch ms). */
  take(key: ScopeRunKey, lease: Lease, now: number): Promise<ScopeTaken>;
  /** Gives it back; `pass`: how far the scope has come. Nothing happens where it is another's. */
  giveBack(key: ScopeRunKey, token: string, pass?: Pass): Promise<void>;
  /** Ends the scope, counts it in its run and writes what is known of it: all or none. */
  end(key: ScopeRunKey, token: string, end: ScopeEnd): Promise<ScopeEndAnswer>;
  /**
   * Writes down what was decided about a halted scope, and what is known of it from now on: both or none. `false`: it
   * was not halted with these definitions any more, or what is known has changed.
   */
  decide(key: ScopeRunKey, before: readonly string[], decided: HaltDecided): Promise<boolean>;
}
