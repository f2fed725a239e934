/** The simulated provider's limiter at the end of a network. */
import { createRateLimiter, type RateLimit } from "../../../../infra/local/simulators/rate-limiter.ts";
import type { Chance } from "../../../simulation/world/chance.ts";
import type { VirtualTime } from "../../../simulation/world/virtual-time.ts";
import { type ModelOptions, SERVICE_MS } from "./model-options.ts";

/** Instants are milliseconds since the run began. */
export type ModelledCall = { readonly sentAt: number; readonly at: number; readonly accepted: boolean };

export type CallAnswer = { readonly accepted: boolean; readonly retryAfterMs?: number };

const USED_UP = { admitted: false, retryAfterMs: 100 } as const;

export class ModelledProvider {
  readonly calls: ModelledCall[] = [];
  readonly #options: ModelOptions;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #startedAt: number;
  #admit: ReturnType<typeof createRateLimiter>;

  constructor(options: ModelOptions, time: VirtualTime, chance: Chance) {
    this.#options = options;
    this.#time = time;
    this.#chance = chance;
    this.#startedAt = time.now();
    this.#admit = createRateLimiter(limitOf(options, options.limit));
  }

  halveLimit(): void {
    this.#admit = createRateLimiter(limitOf(this.#options, this.#options.limit / 2));
  }

  async call(): Promise<CallAnswer> {
    const sentAt = this.#time.now() - this.#startedAt;
    await this.#way();
    const admission = this.#isUsedUp() ? USED_UP : this.#admit(this.#time.now());
    this.calls.push({ sentAt, at: this.#time.now() - this.#startedAt, accepted: admission.admitted });
    if (admission.admitted) await sleep(this.#time, SERVICE_MS);
    await this.#way();
    if (admission.admitted) return { accepted: true };
    return {
      accepted: false,
      ...(this.#options.tellsRetryAfter && { retryAfterMs: admission.retryAfterMs }),
    };
  }

  #isUsedUp(): boolean {
    const { usedUp } = this.#options;
    return usedUp !== undefined && (this.#time.now() - this.#startedAt) % usedUp.every < usedUp.for;
  }

  #way(): Promise<void> {
    const { oneWayMs, spread } = this.#options.network;
    return sleep(this.#time, oneWayMs * Math.exp(spread * normal(this.#chance)));
  }
}

export function sleep(time: VirtualTime, ms: number): Promise<void> {
  return new Promise((resolve) => time.after(ms, resolve));
}

/** Normally distributed (Box and Muller). */
function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance.fraction())) * Math.cos(2 * Math.PI * chance.fraction());
}

function limitOf({ counting }: ModelOptions, limit: number): RateLimit {
  if (counting === "token-bucket") return { kind: counting, perSecond: limit, burst: Math.ceil(limit) };
  return { kind: counting, limit: Math.floor(limit), windowMs: 1_000 };
}
