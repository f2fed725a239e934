/** What the API's routes have in common: what they work with, and how one is described. */
import type { Context } from "hono";
import type { Caller } from "../../shared/access/api-tokens.ts";
import type { Role } from "../../shared/access/role.ts";
import type { DryRun } from "../../shared/change-request/dry-run.ts";
import type { RequestStore } from "../../shared/change-request/record/request-store.ts";
import type { ChangeQueue } from "../../shared/change-request/submission/change-queue.ts";
import type { ParsedRequest } from "../../shared/change-request/submission/parse-change-request.ts";
import type { ConnectionHealthStore } from "../../shared/connection/connection-health.ts";
import type { HistoryStore } from "../../shared/definition/history/history-store.ts";
import type { VersionFeed } from "../../shared/definition/history/version-feed.ts";
import type { MirrorLists } from "../../shared/definition/mirror/mirror-lists.ts";
import type { MirrorStore } from "../../shared/definition/mirror/mirror-store.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { Connection } from "../../shared/platform/config.ts";
import type { Log } from "../../shared/platform/log.ts";
import type { Metrics } from "../../shared/platform/metrics.ts";
import type { Random } from "../../shared/platform/random.ts";
import type { LimiterStore } from "../../shared/rate-limit/limiter-store.ts";
import type { KnownScopeStore } from "../../shared/reconciliation/run/known-scope.ts";
import type { ReconciliationQueue } from "../../shared/reconciliation/run/reconciliation-queue.ts";
import type { RunStore } from "../../shared/reconciliation/run/run-store.ts";
import type { ScopeRunStore } from "../../shared/reconciliation/run/scope-run-store.ts";

export type ApiDependencies = {
  readonly connections: readonly Connection[];
  readonly requests: Pick<RequestStore, "create" | "read" | "list" | "body" | "reopen" | "finish">;
  readonly queue: ChangeQueue;
  /** What a request would come to against the live definition. `endsAt`: epoch ms by which an answer is needed. */
  readonly dryRun: (request: Extract<ParsedRequest, { valid: true }>, endsAt: number) => Promise<DryRun>;
  readonly mirrors: Pick<MirrorStore, "mirror">;
  readonly mirrorLists: MirrorLists;
  readonly history: HistoryStore;
  readonly feed: VersionFeed;
  readonly health: ConnectionHealthStore;
  readonly rateLimits: Pick<LimiterStore, "read">;
  readonly runs: RunStore;
  readonly scopeRuns: ScopeRunStore;
  readonly knownScopes: KnownScopeStore;
  /** The queues of the messages of runs, by connection. */
  readonly runQueues: ReadonlyMap<string, ReconciliationQueue>;
  readonly clock: Clock;
  readonly random: Pick<Random, "token">;
  readonly metrics: Metrics;
  readonly log: Log;
};

/** What comes with a request beside HTTP. */
export type RequestFacts = {
  /** Who calls, as the authorizer found; absent without a valid token. */
  readonly caller?: Caller;
  /** The gateway's id of the request. */
  readonly requestId: string;
};

export type ApiContext = Context<{ Bindings: RequestFacts; Variables: { route: string } }>;

export type Route = {
  readonly method: "GET" | "POST";
  /** In hono's notation; parameters are read by {@link pathParameter}. */
  readonly path: string;
  /** `open`: anybody, without a token. */
  readonly role: Role | "open";
  readonly answer: (context: ApiContext) => Promise<Response> | Response;
};
