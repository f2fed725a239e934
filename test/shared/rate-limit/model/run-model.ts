/** Workers, provider and table in virtual time: minutes of a backlog in a second, the same for the same seed. */
import type { Clock } from "../../../../shared/platform/clock.ts";
import { silentLog } from "../../../../shared/platform/log.ts";
import { noMetrics } from "../../../../shared/platform/metrics.ts";
import { createLimiter } from "../../../../shared/rate-limit/create-limiter.ts";
import type { LimiterStore } from "../../../../shared/rate-limit/limiter-store.ts";
import { currentRate } from "../../../../shared/rate-limit/rate-curve.ts";
import { createMemoryLimiterStore } from "../../../simulation/stores/limiter-store.memory.ts";
import { Chance } from "../../../simulation/world/chance.ts";
import { VirtualTime } from "../../../simulation/world/virtual-time.ts";
import { type ModelOptions, STORE_WAY_MS } from "./model-options.ts";
import { type ModelledCall, ModelledProvider, sleep } from "./modelled-provider.ts";
import { ModelledWorker } from "./modelled-worker.ts";

export type ModelRun = {
  readonly options: ModelOptions;
  readonly calls: readonly ModelledCall[];
  readonly writes: number;
  readonly reads: number;
  readonly lostSlots: number;
  /** Milliseconds from each reservation until its first slot. */
  readonly waits: readonly number[];
  /** The learned rate, once a second. */
  readonly rates: readonly number[];
};

const START = Date.parse("2026-11-21T10:00:00.000Z");
const CONNECTION = { id: "model" };

export async function runModel(options: ModelOptions): Promise<ModelRun> {
  const time = new VirtualTime(START);
  const chanceOf = (label: string) => new Chance(options.seed, label);
  const provider = new ModelledProvider(options, time, chanceOf("provider"));
  const memory = createMemoryLimiterStore(() => time.now());
  let reads = 0;
  const store: LimiterStore = {
    read: async (connection) => {
      reads += 1;
      return await acrossWay(time, () => memory.read(connection));
    },
    write: (connection, write) => acrossWay(time, () => memory.write(connection, write)),
  };
  const waits: number[] = [];
  const workers = Array.from({ length: options.workers }, (_, index) => {
    const chance = chanceOf(`worker ${index}`);
    const skewMs = (2 * chance.fraction() - 1) * (options.skewMs ?? 0);
    const clock: Clock = { now: () => time.now() + skewMs, sleep: (ms) => sleep(time, ms) };
    const metrics = {
      ...noMetrics,
      milliseconds: (_metric: string, _id: string, ms: number) => void waits.push(ms),
    };
    const limiter = createLimiter(
      { store, clock, random: chance, log: silentLog, metrics },
      { ...CONNECTION, rateLimit: options.rateLimit },
    );
    return new ModelledWorker(limiter, provider, time, options.form);
  });
  for (const [index, worker] of workers.entries()) {
    // Nobody starts in the same instant.
    time.after(index * 7, () => void worker.run());
  }
  const middle = options.seconds * 500;
  if (options.event === "limit-halved") time.after(middle, () => provider.halveLimit());
  if (options.event === "workers-killed") {
    const killed = Math.ceil(options.workers / 3);
    time.after(middle, () => {
      for (const worker of workers.slice(0, killed)) worker.kill();
    });
  }
  const rates: number[] = [];
  const watch = () => {
    const state = memory.states.get(CONNECTION.id);
    if (state !== undefined) rates.push(currentRate(state, options.rateLimit.requestsPerSecond));
    time.after(1_000, watch);
  };
  time.after(1_000, watch);
  await time.run(() => false, START + options.seconds * 1_000, 5_000_000);
  return {
    options,
    calls: provider.calls,
    writes: memory.writes(),
    reads,
    lostSlots: workers.reduce((sum, { lostSlots }) => sum + lostSlots, 0),
    waits,
    rates,
  };
}

async function acrossWay<Answer>(time: VirtualTime, ask: () => Promise<Answer>): Promise<Answer> {
  await sleep(time, STORE_WAY_MS);
  const answer = await ask();
  await sleep(time, STORE_WAY_MS);
  return answer;
}
