/** One measurement: some workers of one policy, with an endless backlog, against one simulated provider. */
import type { RateLimit } from "../../../infra/local/simulators/rate-limiter.ts";
import { LATENESS_US } from "../../../shared/rate-limit/limits.ts";

export type PolicyName = "ours" | "retell-sdk" | "rate-limiter-flexible" | "bottleneck";

/** What a worker repeats: a read, or a read and the write that follows from it. */
export type WorkForm = "single" | "pair";

export type Cell = {
  /** Unique; also the connection's id, so that cells of one wave do not share a limiter. */
  readonly id: string;
  readonly policy: PolicyName;
  readonly form: WorkForm;
  /** How the provider counts. */
  readonly counting: RateLimit["kind"];
  /** Calls per second that the provider accepts. */
  readonly limit: number;
  readonly workers: number;
  /** Calls per second that the policy is told: the limit, or a ceiling far above one that nobody knows. */
  readonly ceiling: number;
  /** Of the whole run. */
  readonly seconds: number;
  /**
   * Of those, the first ones, told apart from the rest: connections are opened, everybody comes at once, and a limiter
   * that has never met the provider begins slowly.
   */
  readonly warmUpSeconds: number;
  /** Between worker and provider. `far`: a lognormal delay each way; `near`: none. */
  readonly network: "far" | "near";
  /** What happens in the middle. */
  readonly event?: "limit-halved" | "workers-killed";
};

/** A provider that is asked after a quiet time lets this many calls through at once; a token bucket's size. */
export function burstOf(limit: number): number {
  return Math.ceil(limit);
}

export function rateLimitOf(counting: RateLimit["kind"], limit: number): RateLimit {
  if (counting === "token-bucket") return { kind: counting, perSecond: limit, burst: burstOf(limit) };
  return { kind: counting, limit, windowMs: 1_000 };
}

/** The limit and the burst of one, which counts as what comes in the time that a process may be late. */
export function mostAllowedInASecond({ limit }: Pick<Cell, "limit">): number {
  return limit + Math.max(1, Math.ceil((LATENESS_US / 1_000_000) * limit));
}

export function isLimitKnown({ ceiling, limit }: Pick<Cell, "ceiling" | "limit">): boolean {
  return ceiling === limit;
}

/** How many of its workers are killed in the middle, with `kill -9`. */
export function killedWorkers({ event, workers }: Cell): number {
  return event === "workers-killed" ? Math.ceil(workers / 3) : 0;
}
