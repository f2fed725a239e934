/**
 * The limiter of one connection in one process, over what all processes share. It knows the state of its last question,
 * its own last reservation, and what its calls came to since: that rides on the next write.
 */
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Random } from "../platform/random.ts";
import { backoffMs } from "../retry/backoff.ts";
import { KnownState } from "./known-state.ts";
import type { Limiter, LimitNews, Reservation, ReserveOptions } from "./limiter.ts";
import { LimiterClock } from "./limiter-clock.ts";
import { type LimiterState, microseconds } from "./limiter-state.ts";
import type { LimiterStore } from "./limiter-store.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { OwnCalls } from "./own-calls.ts";
import { planPause } from "./pause.ts";
import { RefusedWishes } from "./refused-wishes.ts";
import {
  intervalUs,
  planReservation,
  type ReservationPlan,
  triedRate,
  unusedSince,
  type Wish,
} from "./reservation.ts";

export type LimiterDependencies = {
  readonly store: LimiterStore;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  readonly metrics: Metrics;
};

const SHORTEST_MAX_WAIT_MS = 2_000;
const INTERVALS_OF_MAX_WAIT = 3;
/** Others may change the state between a write that failed and the next one. */
const MOST_WRITES = 4;
/** Of an interval, which is what a single scanner loses: who is refused again waits with others. */
const FIRST_SPREAD_OF_SCANS = 1 / 8;
const UNAVAILABLE = { baseMs: 2_000, capMs: 30_000 };
/** Knowledge that is younger than this when its slot comes is not refreshed. */
const FRESH_MS = 300;
/** So long before its slot: time enough for a read. */
const REFRESH_AHEAD_MS = 30;

export function createLimiter(
  dependencies: LimiterDependencies,
  connection: Pick<Connection, "id" | "rateLimit">,
): Limiter {
  return new SharedLimiter(dependencies, connection);
}

class SharedLimiter implements Limiter {
  readonly #dependencies: LimiterDependencies;
  readonly #connection: string;
  readonly #limits: Limits;
  readonly #clock: LimiterClock;
  readonly #known: KnownState;
  readonly #own = new OwnCalls();
  readonly #refused = new RefusedWishes();
  /** Epoch microseconds: of a pause that could not be shared, or of a slot that was given back. */
  #pausedHereUntil = 0;

  constructor(dependencies: LimiterDependencies, { id, rateLimit }: Pick<Connection, "id" | "rateLimit">) {
    this.#dependencies = dependencies;
    this.#connection = id;
    this.#limits = limitsOf(rateLimit);
    this.#clock = new LimiterClock(dependencies.clock);
    this.#known = new KnownState({ ...dependencies, clock: this.#clock }, id);
  }

  now(): number {
    return this.#clock.now();
  }

  pausedUntil(): number {
    return Math.ceil(Math.max(this.#pausedHereUntil, this.#known.state?.pausedUntil ?? 0) / 1_000);
  }

  async reserve(options: ReserveOptions): Promise<Reservation> {
    let state = this.#known.state ?? (await this.#known.read());
    for (let writes = 0; state !== undefined && writes < MOST_WRITES; writes += 1) {
      const now = microseconds(this.now());
      const wish = this.#wish(options, state, now);
      if (this.#refused.until(wish) > now) return this.#wait(wish, state, this.#refused.until(wish));
      const plan = planReservation(writes === 0 ? this.#expected(state, wish) : state, wish, this.#limits);
      if (plan.kind === "refused") {
        return this.#refuse(wish, state, plan.readyAt);
      }
      const answer = await this.#known.write(this.#own.ridingOn(plan.write, state));
      if (answer?.written === true) return this.#reserved(plan, wish, answer.state);
      state = answer?.state;
    }
    if (state === undefined) return this.#unavailable();
    // Everybody else was faster, again and again.
    const now = microseconds(this.now());
    return this.#refuse(this.#wish(options, state, now), state, now);
  }

  async learn(news: LimitNews): Promise<void> {
    const { metrics } = this.#dependencies;
    if (news.rejected) metrics.count("ProviderRateLimited", this.#connection);
    else this.#own.accepted();
    let state = this.#known.state ?? (await this.#known.read());
    for (let writes = 0; state !== undefined && writes < MOST_WRITES; writes += 1) {
      const plan = planPause(news, this.#own.addedTo(state), {
        limits: this.#limits,
        now: microseconds(this.now()),
        fraction: this.#fraction(),
        call: this.#own.last,
      });
      if (plan === undefined) return;
      // Known here even if it cannot be shared.
      this.#pausedHereUntil = Math.max(this.#pausedHereUntil, plan.pausedUntil);
      const answer = await this.#known.write(this.#own.ridingOn(plan.write, state));
      state = answer?.state;
      if (answer?.written !== true) continue;
      this.#own.shared();
      if (plan.pauses) metrics.count("RatePaused", this.#connection);
      return;
    }
  }

  #fraction(): number {
    return this.#dependencies.random.fraction();
  }

  #wish({ lane, slots, maxWaitMs, lastWithinMs }: ReserveOptions, state: LimiterState, now: number): Wish {
    const maxWaitUs = maxWaitMs === undefined ? this.#usualMaxWaitUs(state) : microseconds(maxWaitMs);
    if (lastWithinMs === undefined) return { lane, slots, now, maxWaitUs };
    const stepUs = Math.max(intervalUs(state, this.#limits), this.#limits.minute?.intervalUs ?? 0);
    const reachUs = Math.max(0, microseconds(lastWithinMs) - (slots - 1) * stepUs);
    return { lane, slots, now, maxWaitUs: Math.min(maxWaitUs, reachUs) };
  }

  #usualMaxWaitUs(state: LimiterState): number {
    return Math.max(
      microseconds(SHORTEST_MAX_WAIT_MS),
      INTERVALS_OF_MAX_WAIT * intervalUs(state, this.#limits),
    );
  }

  /**
   * What is known is older than what others did since: a line that was busy then is likely to be so still. Only the
   * form is chosen by that; whether a slot is near enough says what is known for certain.
   */
  #expected(state: LimiterState, { lane, now }: Wish): LimiterState {
    if (!this.#own.wasBusy || lane !== "change") return state;
    const since = unusedSince(now, intervalUs(state, this.#limits));
    return { ...state, tat: Math.max(state.tat, since), minuteTat: Math.max(state.minuteTat, since) };
  }

  #reserved(
    plan: Extract<ReservationPlan, { kind: "write" }>,
    { lane, now, slots: count }: Wish,
    state: LimiterState,
  ): Reservation {
    const { metrics } = this.#dependencies;
    // A scan takes an idle line, though it may have waited for it.
    const isBusy = plan.isBusy || (lane === "scan" && this.#refused.has(lane));
    const slots = plan.slotsIn(state);
    const [first = { startsAt: now, expiresAt: now }] = slots;
    const rate = triedRate(state, this.#limits);
    this.#own.shared();
    this.#own.reserved({ slotAt: first.startsAt, rate, isBusy });
    this.#refused.clear();
    metrics.milliseconds("SlotWait", this.#connection, (first.startsAt - now) / 1_000);
    metrics.count("ProviderCalls", this.#connection, count);
    metrics.perSecond("ProviderRate", this.#connection, rate);
    const waitMs = (first.startsAt - now) / 1_000;
    if (waitMs > FRESH_MS) void this.#refresh(waitMs - REFRESH_AHEAD_MS, first.expiresAt, rate);
    return {
      kind: "reserved",
      slots: slots.map(({ startsAt, expiresAt }) => ({
        startsAt: Math.ceil(startsAt / 1_000),
        expiresAt: Math.floor(expiresAt / 1_000),
      })),
    };
  }

  /**
   * A pause or a lower rate since the reservation is not known to who waits for its slot: so the state is read again
   * right before. Where the rate has fallen, so many of the slots that were reserved at the old one are given back
   * that the others come at the new one.
   */
  async #refresh(inMs: number, expiresAt: number, rateThen: number): Promise<void> {
    await this.#dependencies.clock.sleep(inMs);
    const state = await this.#known.read();
    if (state !== undefined && this.#fraction() >= triedRate(state, this.#limits) / rateThen) {
      this.#pausedHereUntil = Math.max(this.#pausedHereUntil, expiresAt);
    }
  }

  #refuse(wish: Wish, state: LimiterState, readyAt: number): Reservation {
    // Changes wait before a line that is full, and nothing is lost while it empties: as long as it may be. Scans wait
    // for one slot to pass unused, and what they are late for it is lost.
    const interval = intervalUs(state, this.#limits);
    const longestUs = Math.min(this.#usualMaxWaitUs(state), Math.max(wish.maxWaitUs, interval));
    const spreadOfScansUs = this.#refused.has("scan") ? interval : FIRST_SPREAD_OF_SCANS * interval;
    const spreadUs = wish.lane === "change" ? longestUs : spreadOfScansUs;
    return this.#wait(wish, state, this.#refused.note(wish, readyAt, spreadUs, this.#fraction()));
  }

  #wait({ now }: Wish, { pausedUntil }: LimiterState, until: number): Reservation {
    return {
      kind: "wait",
      waitMs: Math.max(1, Math.ceil((until - now) / 1_000)),
      reason: pausedUntil > now ? "provider-pause" : "no-slot-near",
    };
  }

  #unavailable(): Reservation {
    const { baseMs, capMs } = UNAVAILABLE;
    const jittered = backoffMs(this.#known.failures - 1, baseMs, capMs, this.#fraction());
    return { kind: "wait", waitMs: baseMs / 2 + jittered, reason: "limiter-unavailable" };
  }
}
