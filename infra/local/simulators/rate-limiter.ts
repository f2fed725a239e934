/**
 * The request limit of a simulated provider, in the three ways in which servers count. Retell publishes neither
 * the limit nor the way, so a client has to keep within each of them.
 */
import * as z from "zod/mini";

const positive = z.number().check(z.gt(0));

export const rateLimitSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("token-bucket"), perSecond: positive, burst: z.int().check(z.gte(1)) }),
  /** At most `limit` admitted requests in any window of this length. */
  z.strictObject({ kind: z.literal("sliding-log"), limit: z.int().check(z.gte(1)), windowMs: positive }),
  /** At most `limit` requests per window; windows start at multiples of their length since the epoch. */
  z.strictObject({ kind: z.literal("fixed-window"), limit: z.int().check(z.gte(1)), windowMs: positive }),
]);

export type RateLimit = z.infer<typeof rateLimitSchema>;

export type Admission =
  | { readonly admitted: true }
  /** After so many milliseconds one request is admitted again, if none comes before. */
  | { readonly admitted: false; readonly retryAfterMs: number };

export type RateLimiter = (now: number) => Admission;

/** Requests that are not admitted do not count. */
export function createRateLimiter(limit: RateLimit): RateLimiter {
  switch (limit.kind) {
    case "token-bucket":
      return tokenBucket(limit);
    case "sliding-log":
      return slidingLog(limit);
    case "fixed-window":
      return fixedWindow(limit);
  }
}

function tokenBucket({ perSecond, burst }: { perSecond: number; burst: number }): RateLimiter {
  let tokens = burst;
  let filledAt: number | undefined;
  return (now) => {
    const elapsedMs = Math.max(0, now - (filledAt ?? now));
    tokens = Math.min(burst, tokens + (elapsedMs * perSecond) / 1_000);
    filledAt = now;
    // A refill computed in floating point may miss a whole token by a rounding error.
    if (tokens < 1 - 1e-9) return { admitted: false, retryAfterMs: ((1 - tokens) * 1_000) / perSecond };
    tokens -= 1;
    return { admitted: true };
  };
}

function slidingLog({ limit, windowMs }: { limit: number; windowMs: number }): RateLimiter {
  let admittedAt: number[] = [];
  return (now) => {
    admittedAt = admittedAt.filter((at) => at > now - windowMs);
    const oldest = admittedAt[0];
    if (oldest !== undefined && admittedAt.length >= limit) {
      return { admitted: false, retryAfterMs: oldest + windowMs - now };
    }
    admittedAt.push(now);
    return { admitted: true };
  };
}

function fixedWindow({ limit, windowMs }: { limit: number; windowMs: number }): RateLimiter {
  let window = Number.NEGATIVE_INFINITY;
  let admitted = 0;
  return (now) => {
    const current = Math.floor(now / windowMs);
    if (current !== window) {
      window = current;
      admitted = 0;
    }
    if (admitted >= limit) return { admitted: false, retryAfterMs: (current + 1) * windowMs - now };
    admitted += 1;
    return { admitted: true };
  };
}
