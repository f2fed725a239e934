/** Limiters of several processes over one store in memory, on clocks that only the test moves. */
import type { LogFields } from "../../../shared/platform/log.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import type { Limiter } from "../../../shared/rate-limit/limiter.ts";
import type { LimiterState } from "../../../shared/rate-limit/limiter-state.ts";
import type { LimiterStore } from "../../../shared/rate-limit/limiter-store.ts";
import type { RateLimitConfig } from "../../../shared/rate-limit/limits.ts";
import { createMemoryLimiterStore } from "../../simulation/stores/limiter-store.memory.ts";
import { untouchedState } from "../../support/untouched-limiter.ts";

export type LimiterWorld = {
  /** Epoch ms of all processes. */
  now: number;
  /** Of every jitter. */
  fraction: number;
  /** Where set, the store fails with it. */
  failure: Error | undefined;
  /** What is written is written, but nobody is told. */
  isAnswerLost: boolean;
  readonly counted: string[];
  readonly measured: (readonly [metric: string, value: number])[];
  readonly logged: (readonly [event: string, fields: LogFields | undefined])[];
  /** Another process of the same connection, its clock ahead by so much. */
  process(skewMs?: number, rateLimit?: Partial<RateLimitConfig>): Limiter;
  /** All who sleep go on, and what they do then is done. */
  wakeUp(): Promise<void>;
  /** Sets attributes of the shared state. */
  write(attributes: Partial<LimiterState>): void;
  state(): LimiterState;
  /** Writes and refused writes. */
  writes(): number;
  reads(): number;
};

export const worldStart = Date.parse("2026-11-21T10:00:00.000Z");

export function limiterWorld(rateLimit: Partial<RateLimitConfig> = {}): LimiterWorld {
  const memory = createMemoryLimiterStore(() => world.now);
  const sleeping: (() => void)[] = [];
  let reads = 0;
  const answering = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (world.failure !== undefined) throw world.failure;
    const answered = await answer();
    if (world.isAnswerLost) throw new Error("the answer was lost");
    return answered;
  };
  const store: LimiterStore = {
    read: (connection) => {
      reads += 1;
      return answering(() => memory.read(connection));
    },
    write: (connection, write) => answering(() => memory.write(connection, write)),
  };
  const note = (event: string, fields?: LogFields) => void world.logged.push([event, fields]);
  const world: LimiterWorld = {
    now: worldStart,
    fraction: 0,
    failure: undefined,
    isAnswerLost: false,
    counted: [],
    measured: [],
    logged: [],
    process: (skewMs = 0, changed = {}) =>
      createLimiter(
        {
          store,
          clock: {
            now: () => world.now + skewMs,
            sleep: () => new Promise((resolve) => void sleeping.push(resolve)),
          },
          random: { fraction: () => world.fraction },
          log: { info: note, warn: note, error: note },
          metrics: {
            count: (metric, _connection, times = 1) => {
              for (let i = 0; i < times; i += 1) world.counted.push(metric);
            },
            milliseconds: (metric, _connection, value) => void world.measured.push([metric, value]),
            perSecond: (metric, _connection, value) => void world.measured.push([metric, value]),
          },
        },
        {
          id: "retell",
          rateLimit: { requestsPerSecond: 10, burst: 1, adaptive: false, ...rateLimit, ...changed },
        },
      ),
    state: () => memory.states.get("retell") ?? untouchedState,
    writes: memory.writes,
    reads: () => reads,
    wakeUp: async () => {
      for (const resolve of sleeping.splice(0)) resolve();
      await new Promise((resolve) => setImmediate(resolve));
    },
    write: (attributes) => {
      const set = Object.fromEntries(Object.entries(attributes).map(([name, plus]) => [name, { plus }]));
      void memory.write("retell", { set, conditions: [] });
    },
  };
  return world;
}
