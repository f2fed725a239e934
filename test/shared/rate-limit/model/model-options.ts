/** What a run of the model is made of: one provider, some workers with an endless backlog, and what happens to them. */
import type { RateLimit } from "../../../../infra/local/simulators/rate-limiter.ts";
import type { RateLimitConfig } from "../../../../shared/rate-limit/limits.ts";

export type Network = {
  /** Median of one way, milliseconds. */
  readonly oneWayMs: number;
  /** Standard deviation of its logarithm. */
  readonly spread: number;
};

/** Across an ocean, and in the same building. */
export const networks = {
  far: { oneWayMs: 40, spread: 0.5 },
  near: { oneWayMs: 2, spread: 0.5 },
} as const satisfies Record<string, Network>;

export type ModelOptions = {
  readonly seed: number;
  readonly seconds: number;
  readonly counting: RateLimit["kind"];
  /** Calls per second that the provider accepts. */
  readonly limit: number;
  /** What the limiter is configured with. */
  readonly rateLimit: RateLimitConfig;
  readonly workers: number;
  readonly form: "single" | "pair";
  readonly network: Network;
  /** Does a 429 say when to come back? */
  readonly tellsRetryAfter: boolean;
  /** In the middle: the limit is halved, or a third of the workers dies. */
  readonly event?: "limit-halved" | "workers-killed";
  /** Others use the account, too: every so often it refuses everything for a moment. Milliseconds. */
  readonly usedUp?: { readonly every: number; readonly for: number };
  /** Clocks of the workers are off by up to so much, either way. */
  readonly skewMs?: number;
};

/** What the provider takes for a call that it accepts, milliseconds. */
export const SERVICE_MS = 150;
/** One way to the table and back, milliseconds. */
export const STORE_WAY_MS = 3;
/** What a delivery does besides its calls: queue, claim, commit. */
export const DELIVERY_MS = 20;
