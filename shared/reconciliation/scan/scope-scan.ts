/** One invocation's work on one scope of a run: what it works with, and how far it has come. */

import type { RequestStore } from "../../change-request/record/request-store.ts";
import type { ChangeQueue } from "../../change-request/submission/change-queue.ts";
import type { Admission } from "../../connection/connection-gate.ts";
import type { ConnectionHealthStore } from "../../connection/connection-health.ts";
import type { ConnectionKey } from "../../connection/connection-key.ts";
import { sha256Hex } from "../../definition/document/canonical-form.ts";
import type { HistoryStore } from "../../definition/history/history-store.ts";
import type { KnownDefinitions } from "../../definition/mirror/known-definitions.ts";
import type { MirrorStore } from "../../definition/mirror/mirror-store.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Connection } from "../../platform/config.ts";
import type { Log } from "../../platform/log.ts";
import type { Metrics } from "../../platform/metrics.ts";
import type { Random } from "../../platform/random.ts";
import type { CallOptions, Provider } from "../../providers/provider.ts";
import type { KnownScope, KnownScopeStore } from "../run/known-scope.ts";
import type { ReconciliationQueue } from "../run/reconciliation-queue.ts";
import type { Lease, Run } from "../run/run.ts";
import type { RunStore } from "../run/run-store.ts";
import type { ScopeRunStore } from "../run/scope-run-store.ts";
import type { ObservationStore } from "./observation-store.ts";
import type { Pass } from "./pass.ts";
import { patientProvider } from "./patient-provider.ts";
import { settledIntents } from "./settled-intents.ts";

/** Keeps the calls of one delivery within the rate limit; they wait for their slots by themselves. */
export type ScanPacer = {
  begin(provider: Provider, invocationEndsAt: number): { readonly provider: Provider };
};

export type ReconcileDependencies = {
  readonly connection: Connection;
  readonly provider: Provider;
  /** Of the lane `scan`. */
  readonly pacer: ScanPacer;
  readonly health: ConnectionHealthStore;
  readonly key: ConnectionKey;
  readonly runs: RunStore;
  readonly scopeRuns: ScopeRunStore;
  readonly knownScopes: KnownScopeStore;
  readonly knownDefinitions: KnownDefinitions;
  readonly mirrors: Pick<MirrorStore, "mirror" | "intents" | "takeClaim" | "releaseClaim">;
  readonly history: Pick<HistoryStore, "version" | "versionsBefore">;
  readonly observations: ObservationStore;
  readonly requests: Pick<RequestStore, "create" | "read" | "finish" | "keepUndecided">;
  /** For heals. */
  readonly changes: ChangeQueue;
  readonly messages: ReconciliationQueue;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

/** What becomes of a run's message. */
export type ScanDisposition =
  | { readonly kind: "done" }
  /** It comes back after this time. */
  | { readonly kind: "wait"; readonly waitMs: number; readonly reason: string };

export type Admitted = Extract<Admission, { kind: "go" }>;

/** What is needed after the last call: to write down what it came to, and how far the scope has come. */
const KEEP_PROGRESS_MS = 8_000;

export class ScopeScan {
  readonly deps: ReconcileDependencies;
  /** Paced. */
  readonly provider: Provider;
  readonly run: Run;
  readonly scope: string;
  /** As it was when the work began. */
  readonly known: KnownScope;
  readonly admission: Admitted;
  readonly lease: Lease;
  pass: Pass;
  /** The key is the right one, as far as this invocation is concerned: something may be recorded. */
  isGuarded = false;
  /** So many living definitions were known in the scope when the work began. */
  livingDefinitions = 0;
  #tokens = 0;

  constructor(
    parts: Pick<ScopeScan, "deps" | "provider" | "run" | "scope" | "known" | "admission" | "lease" | "pass">,
  ) {
    this.deps = parts.deps;
    this.provider = parts.provider;
    this.run = parts.run;
    this.scope = parts.scope;
    this.known = parts.known;
    this.admission = parts.admission;
    this.lease = parts.lease;
    this.pass = parts.pass;
  }

  get callOptions(): CallOptions {
    return { timeoutMs: callTimeoutMs(this.deps) };
  }

  /** Is there no time left for another call? */
  get isTimeShort(): boolean {
    return isTimeShort(this.deps, this.lease.until);
  }

  /** Has this scope's list ever shown less than a GET? */
  get listShowsLess(): boolean {
    return this.known.listShowsLess === true || this.pass.listShowsLess === true;
  }

  /** For one write that may be repeated: the same to nobody else. */
  newIdempotencyToken(): string {
    this.#tokens += 1;
    return sha256Hex(`${this.lease.token}#${this.#tokens}`).slice(0, 36);
  }
}

export function callTimeoutMs({ connection }: Pick<ReconcileDependencies, "connection">): number {
  return connection.callTimeoutSeconds * 1_000;
}

/** Epoch ms by which the last call of an invocation must have begun. */
function lastCallBy(deps: Pick<ReconcileDependencies, "connection">, invocationEndsAt: number): number {
  return invocationEndsAt - callTimeoutMs(deps) - KEEP_PROGRESS_MS;
}

export function isTimeShort(
  deps: Pick<ReconcileDependencies, "connection" | "clock">,
  invocationEndsAt: number,
): boolean {
  return deps.clock.now() > lastCallBy(deps, invocationEndsAt);
}

/** The dependencies of one invocation: its calls keep within the rate limit, and given up writes do not hold it up. */
export function pacedDependencies(
  deps: ReconcileDependencies,
  invocationEndsAt: number,
): ReconcileDependencies {
  const { provider } = deps.pacer.begin(deps.provider, invocationEndsAt);
  const patient = patientProvider(provider, deps.clock, lastCallBy(deps, invocationEndsAt));
  const intents: MirrorStore["intents"] = (target) => settledIntents(deps, target, invocationEndsAt);
  return { ...deps, provider: patient, mirrors: { ...deps.mirrors, intents } };
}
