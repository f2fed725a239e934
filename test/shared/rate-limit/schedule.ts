/** Random schedules: what several processes do with one limit, in any order, with any delay, and with lost answers. */
import * as fc from "fast-check";
import type { Limiter, LimitNews, ReserveOptions, Slot } from "../../../shared/rate-limit/limiter.ts";
import { LATENESS_US, type RateLimitConfig } from "../../../shared/rate-limit/limits.ts";
import { type LimiterWorld, limiterWorld, worldStart } from "./limiter-world.ts";

export type Step =
  | { readonly kind: "pass"; readonly ms: number }
  | {
      readonly kind: "reserve";
      readonly process: number;
      readonly options: ReserveOptions;
      /** When in its slot's time the call is sent: 0 at its beginning, 1 at its end. */
      readonly late: readonly [number, number];
      /** The process dies: what it has reserved is never used. */
      readonly dies: boolean;
      /** The write happens, and its answer is lost. */
      readonly isAnswerLost: boolean;
    }
  | { readonly kind: "learn"; readonly process: number; readonly news: LimitNews };

export const PROCESSES = 4;
const process = fc.nat({ max: PROCESSES - 1 });
/** The ends of a slot's time as often as all between. */
const late = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));

export function steps({
  slots,
  longestPassMs,
}: {
  readonly slots: readonly (1 | 2)[];
  readonly longestPassMs: number;
}): fc.Arbitrary<readonly Step[]> {
  const pass = fc.record({
    kind: fc.constant("pass" as const),
    ms: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 400 }), fc.nat({ max: longestPassMs })),
  });
  const reserve = fc.record({
    kind: fc.constant("reserve" as const),
    process,
    options: fc.record(
      {
        lane: fc.constantFrom("change" as const, "change" as const, "scan" as const),
        slots: fc.constantFrom(...slots),
        maxWaitMs: fc.constantFrom(0, 50, 1_000, 10_000),
      },
      { requiredKeys: ["lane", "slots"] },
    ),
    late: fc.tuple(late, late),
    dies: fc.boolean(),
    isAnswerLost: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
  });
  const learn = fc.record({
    kind: fc.constant("learn" as const),
    process,
    news: fc.oneof(
      fc.constant({ rejected: false }),
      fc.constant({ rejected: true }),
      fc.record({ rejected: fc.constant(true), retryAfterMs: fc.nat({ max: 3_000 }) }),
      fc.record({
        rejected: fc.constant(false),
        remaining: fc.nat({ max: 1 }),
        resetMs: fc.nat({ max: 2_000 }),
      }),
    ),
  });
  return fc.array(
    fc.oneof(
      { weight: 5, arbitrary: reserve },
      { weight: 2, arbitrary: pass },
      { weight: 1, arbitrary: learn },
    ),
    { minLength: 40, maxLength: 200 },
  );
}

export type Played = {
  readonly world: LimiterWorld;
  /** Epoch ms of all calls that were sent, in real time. */
  readonly sentAt: readonly number[];
  /** In the order of the reservations. */
  readonly slots: readonly Slot[];
};

/** `skewsMs`: how far each process's clock is ahead. `watch` is called after each step. */
export async function play(
  rateLimit: Partial<RateLimitConfig>,
  schedule: readonly Step[],
  skewsMs: readonly number[] = [],
  watch: (world: LimiterWorld) => void = () => undefined,
): Promise<Played> {
  const world = limiterWorld(rateLimit);
  const limiters: Limiter[] = Array.from({ length: PROCESSES }, (_, index) => world.process(skewsMs[index]));
  const sentAt: number[] = [];
  const slots: Slot[] = [];
  for (const step of schedule) {
    if (step.kind === "pass") world.now += step.ms;
    else {
      const limiter = limiters[step.process];
      if (limiter === undefined) throw new Error("no such process");
      if (step.kind === "learn") await limiter.learn(step.news);
      else {
        world.isAnswerLost = step.isAnswerLost;
        const answer = await limiter.reserve(step.options);
        world.isAnswerLost = false;
        if (answer.kind === "reserved") {
          slots.push(...answer.slots);
          const aheadMs = limiter.now() - world.now;
          if (!step.dies) {
            sentAt.push(
              ...answer.slots.map(({ startsAt, expiresAt }, index) => {
                // Just before its end at the latest.
                const lastMoment = expiresAt - 0.001;
                return startsAt + (lastMoment - startsAt) * (step.late[index] ?? 0) - aheadMs;
              }),
            );
          }
        }
      }
    }
    watch(world);
  }
  return { world, sentAt, slots };
}

/** The most instants in any window of this length, its end not included. */
export function mostInAnyWindow(instants: readonly number[], windowMs: number): number {
  const sorted = instants.toSorted((a, b) => a - b);
  let [first, most] = [0, 0];
  for (const [index, at] of sorted.entries()) {
    while ((sorted[first] ?? at) <= at - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** What a window may hold: its limit and the burst; a burst shorter than what a process may be late counts as that. */
export function allowedIn(
  windowMs: number,
  { requestsPerSecond, burst }: Pick<RateLimitConfig, "requestsPerSecond" | "burst">,
): number {
  const latenessCalls = Math.ceil((LATENESS_US / 1_000_000) * requestsPerSecond);
  // A microsecond's rounding must not make a whole call.
  return Math.ceil((windowMs * requestsPerSecond) / 1_000 - 1e-9) + Math.max(burst, latenessCalls);
}

export const rateLimits = fc.record({
  requestsPerSecond: fc.constantFrom(0.3, 1, 2, 3, 7.5, 10, 20, 33, 60),
  burst: fc.constantFrom(1, 1, 2, 3, 8),
  adaptive: fc.boolean(),
});

export { worldStart };
