/** The limiter of one connection over a shared store: it remembers what the last answer told, and nothing else. */
import type { Clock } from "../platform/clock.ts";
import type { Connection } from "../platform/config.ts";
import type { Log } from "../platform/log.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Random } from "../platform/random.ts";
import { backoffMs } from "../retry/backoff.ts";
import type { Limiter, LimiterWaitReason, LimitNews, Reservation, ReserveOptions } from "./limiter.ts";
import { LimiterClock } from "./limiter-clock.ts";
import { type LimiterState, microseconds } from "./limiter-state.ts";
import type { LimiterReading, LimiterStore, LimiterWrite } from "./limiter-store.ts";
import { type Limits, limitsOf } from "./limits.ts";
import { planPause } from "./pause.ts";
import { currentRate } from "./rate-curve.ts";
import { intervalUs, planReservation, type Wish } from "./reservation.ts";

export type LimiterDependencies = {
  readonly store: LimiterStore;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  readonly metrics: Metrics;
};

const SHORTEST_MAX_WAIT_MS = 2_000;
const INTERVALS_OF_MAX_WAIT = 3;
/** Others may change the state between a failed write and the next one. */
const MOST_WRITES = 4;
const UNAVAILABLE = { baseMs: 2_000, capMs: 30_000 };

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
  #known: LimiterState | undefined;
  /** Of this process, in a row: the longer the queue before the line, the longer those who are refused stay away. */
  #refusals = 0;
  #failures = 0;
  /** Of the last reservation: a line that was busy then is likely to be so still, moved on by others. */
  #wasBusy = false;
  /** Calls of this process that were accepted under load, and of which nobody else knows yet. */
  #accepted = 0;
  #rejected = 0;
  /** Epoch microseconds: also what could not be shared. */
  #pausedUntil = 0;

  constructor(dependencies: LimiterDependencies, { id, rateLimit }: Pick<Connection, "id" | "rateLimit">) {
    this.#dependencies = dependencies;
    this.#connection = id;
    this.#limits = limitsOf(rateLimit);
    this.#clock = new LimiterClock(dependencies.clock);
  }

  now(): number {
    return this.#clock.now();
  }

  pausedUntil(): number {
    return Math.ceil(this.#pausedUntil / 1_000);
  }

  async reserve(options: ReserveOptions): Promise<Reservation> {
    const { store, metrics } = this.#dependencies;
    const { lane, slots } = options;
    try {
      let state = this.#known ?? (await this.#ask(() => store.read(this.#connection))).state;
      for (let writes = 0; writes < MOST_WRITES; writes += 1) {
        const now = microseconds(this.now());
        const wish: Wish = { lane, slots, now, maxWaitUs: this.#maxWaitUs(state, options) };
        const guess =
          writes === 0 && this.#wasBusy
            ? { ...state, tat: Math.max(state.tat, now), minuteTat: Math.max(state.minuteTat, now) }
            : state;
        const plan = planReservation(guess, wish, this.#limits);
        if (plan.kind === "refused") return this.#wait(plan.readyAt, now, wish.maxWaitUs, state);
        const answer = await this.#ask(() =>
          store.write(this.#connection, this.#withAccepted(plan.write, state)),
        );
        state = answer.state;
        if (!answer.written) continue;
        this.#accepted = 0;
        this.#rejected = 0;
        this.#wasBusy = plan.isBusy;
        const reserved = plan.slotsIn(state);
        this.#refusals = 0;
        this.#refreshBefore(reserved[0]?.startsAt ?? now, now);
        metrics.milliseconds(
          "SlotWait",
          this.#connection,
          Math.max(0, ((reserved[0]?.startsAt ?? now) - now) / 1_000),
        );
        metrics.count("ProviderCalls", this.#connection, slots);
        metrics.perSecond("ProviderRate", this.#connection, this.#rate(state));
        return {
          kind: "reserved",
          slots: reserved.map(({ startsAt, expiresAt }) => ({
            startsAt: Math.ceil(startsAt / 1_000),
            expiresAt: Math.floor(expiresAt / 1_000),
          })),
        };
      }
      const now = microseconds(this.now());
      return this.#wait(now, now, this.#maxWaitUs(state, options), state);
    } catch (error) {
      return this.#unavailable(error);
    }
  }

  async learn(news: LimitNews): Promise<void> {
    const { store, metrics, random } = this.#dependencies;
    if (news.rejected) {
      metrics.count("ProviderRateLimited", this.#connection);
      this.#rejected += 1;
    } else if (this.#wasBusy) this.#accepted += 1;
    try {
      let state = this.#known ?? (await this.#ask(() => store.read(this.#connection))).state;
      for (let writes = 0; writes < MOST_WRITES; writes += 1) {
        const now = microseconds(this.now());
        const plan = planPause(
          news,
          { ...state, proven: state.proven + this.#accepted, rejected: state.rejected + this.#rejected },
          this.#limits,
          now,
          random.fraction(),
        );
        if (plan === undefined) return;
        // Known here even if it cannot be shared.
        this.#pausedUntil = Math.max(this.#pausedUntil, plan.pausedUntil);
        const answer = await this.#ask(() => store.write(this.#connection, plan.write));
        state = answer.state;
        if (!answer.written) continue;
        if (plan.decreases) {
          this.#accepted = 0;
          this.#rejected = 0;
        }
        if (plan.pauses) metrics.count("RatePaused", this.#connection);
        return;
      }
    } catch (error) {
      this.#unavailable(error);
    }
  }

  async #ask<Answer extends LimiterReading>(question: () => Promise<Answer>): Promise<Answer> {
    const askedAt = this.now();
    const answer = await question();
    this.#clock.storeAnswered(askedAt, answer.storeDateAt);
    this.#known = answer.state;
    this.#pausedUntil = Math.max(this.#pausedUntil, answer.state.pausedUntil);
    this.#failures = 0;
    return answer;
  }

  #withAccepted({ set, conditions }: LimiterWrite, state: LimiterState): LimiterWrite {
    return {
      set: {
        ...set,
        ...(this.#rejected > 0 && { rejected: { from: "rejected", plus: this.#rejected } }),
        ...(this.#accepted > 0 && { proven: { from: "proven", plus: this.#accepted } }),
        ...(this.#accepted > 0 && state.strikes > 0 && { strikes: { plus: 0 } }),
      },
      conditions,
    };
  }

  #refreshBefore(startsAt: number, now: number): void {
    const inMs = (startsAt - now) / 1_000 - 30;
    if (inMs < 300 || process.env.NOREFRESH) return;
    void this.#dependencies.clock
      .sleep(inMs)
      .then(() => this.#ask(() => this.#dependencies.store.read(this.#connection)));
  }

  #rate(state: LimiterState): number {
    return this.#limits.adaptive ? currentRate(state, this.#limits.ceiling) : this.#limits.ceiling;
  }

  #maxWaitUs(state: LimiterState, { maxWaitMs }: ReserveOptions): number {
    return maxWaitMs === undefined
      ? Math.max(microseconds(SHORTEST_MAX_WAIT_MS), INTERVALS_OF_MAX_WAIT * intervalUs(state, this.#limits))
      : microseconds(maxWaitMs);
  }

  /** Who is refused comes back when its wish may be met, or somewhat later: not all at once, and not all in vain. */
  #wait(readyAt: number, now: number, maxWaitUs: number, state: LimiterState): Reservation {
    const spreadUs = maxWaitUs * Math.min(8, 2 ** this.#refusals) * this.#dependencies.random.fraction();
    this.#refusals = Math.min(3, this.#refusals + 1);
    return waiting(
      (Math.max(0, readyAt - now) + spreadUs) / 1_000,
      state.pausedUntil > now ? "provider-pause" : "no-slot-near",
    );
  }

  #unavailable(error: unknown): Reservation {
    const { log, metrics, random } = this.#dependencies;
    if (this.#failures === 0) {
      log.error("limiter-unavailable", {
        connection: this.#connection,
        error: error instanceof Error ? error.name : typeof error,
      });
    }
    metrics.count("LimiterUnavailable", this.#connection);
    const { baseMs, capMs } = UNAVAILABLE;
    const waitMs = baseMs / 2 + backoffMs(this.#failures, baseMs, capMs, random.fraction());
    this.#failures += 1;
    return waiting(waitMs, "limiter-unavailable");
  }
}

function waiting(waitMs: number, reason: LimiterWaitReason): Reservation {
  return { kind: "wait", waitMs: Math.max(1, Math.ceil(waitMs)), reason };
}
