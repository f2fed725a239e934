/** Runs some cells side by side, each with its own simulator and workers; all of them share the DynamoDB engine. */
import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionSimulator } from "../../../infra/local/connection-simulator.ts";
import type { BenchWorld } from "./bench-world.ts";
import { type Cell, killedWorkers, rateLimitOf } from "./cell.ts";
import { type MachineLoad, meterMachine } from "./machine-load.ts";
import type { LimitFrom } from "./measures.ts";
import { SERVICE_MS } from "./network.ts";
import { definitionIds, type ProviderCall, providerCalls, setSwitches } from "./provider-log.http.ts";
import type { Go, WorkerReport, WorkerStats } from "./worker-protocol.ts";

const READY_WITHIN_MS = 120_000;
const STATS_WITHIN_MS = 10_000;

export type CellResult = {
  readonly cell: Cell;
  readonly go: Go;
  /** Of its event, where it has one. */
  readonly eventAt?: number;
  readonly limits: readonly LimitFrom[];
  readonly calls: readonly ProviderCall[];
  /** Of the workers that were still alive at the end, by their number. */
  readonly stats: ReadonlyMap<number, WorkerStats>;
};

export type WaveResult = { readonly results: readonly CellResult[]; readonly machine: MachineLoad };

/** @throws where a worker fails */
export async function runWave(world: BenchWorld, cells: readonly Cell[]): Promise<WaveResult> {
  // One after the other: together they would take longer to start than may be waited for.
  const simulators: ConnectionSimulator[] = [];
  for (const { id } of cells) simulators.push(await world.startSimulator(id));
  const stands = await Promise.all(cells.map((cell, index) => Stand.build(world, cell, simulators[index])));
  const failed = Promise.race(stands.map((stand) => stand.failed));
  failed.catch(() => undefined);
  const unlessFailed = <Value>(step: Promise<Value>) => Promise.race([step, failed]);

  await unlessFailed(Promise.all(stands.map((stand) => stand.ready())));
  // Enough time for the message to reach all of them.
  const startAt = Date.now() + 500;
  const times = stands.map((stand) => stand.go(startAt));
  await unlessFailed(delay(startAt - Date.now()));
  const loadSoFar = meterMachine();
  await unlessFailed(Promise.all(stands.map((stand) => stand.event())));
  await unlessFailed(delay(Math.max(...times.map(({ until }) => until)) - Date.now()));
  const machine = loadSoFar();
  const results = await unlessFailed(Promise.all(stands.map((stand) => stand.finish())));
  return { results, machine };
}

type Worker = {
  readonly process: ChildProcess;
  readonly ready: Promise<void>;
  readonly stats: Promise<WorkerStats>;
  killed: boolean;
};

/** One cell while it runs. */
class Stand {
  readonly failed: Promise<never>;
  readonly #cell: Cell;
  readonly #simulator: ConnectionSimulator;
  readonly #workers: readonly Worker[];
  #go: Go | undefined;
  #eventAt: number | undefined;

  private constructor(world: BenchWorld, cell: Cell, simulator: ConnectionSimulator, ids: readonly string[]) {
    this.#cell = cell;
    this.#simulator = simulator;
    const failed = Promise.withResolvers<never>();
    this.failed = failed.promise;
    this.failed.catch(() => undefined);
    this.#workers = Array.from({ length: cell.workers }, (_, number) => {
      const definitionId = ids[number % ids.length] ?? "";
      const process = world.startWorker({ cell, worker: number, providerUrl: simulator.url, definitionId });
      const ready = Promise.withResolvers<void>();
      const stats = Promise.withResolvers<WorkerStats>();
      const worker: Worker = { process, ready: ready.promise, stats: stats.promise, killed: false };
      process.on("message", (report: WorkerReport) => {
        if (report.kind === "ready") ready.resolve();
        else if (report.kind === "stats") stats.resolve(report.stats);
        else failed.reject(new Error(`A worker of ${cell.policy} failed: ${report.message}`));
      });
      process.once("exit", (code) => {
        if (!worker.killed) failed.reject(new Error(`A worker of ${cell.policy} ended with ${code}`));
      });
      return worker;
    });
  }

  static async build(
    world: BenchWorld,
    cell: Cell,
    simulator: ConnectionSimulator | undefined,
  ): Promise<Stand> {
    if (simulator === undefined) throw new Error("each cell has a simulator");
    return new Stand(world, cell, simulator, await definitionIds(simulator.url));
  }

  async ready(): Promise<void> {
    await within(READY_WITHIN_MS, "workers ready", Promise.all(this.#workers.map(({ ready }) => ready)));
    await setSwitches(this.#simulator.url, {
      put: "merge",
      latencyMs: SERVICE_MS,
      rateLimit: rateLimitOf(this.#cell.counting, this.#cell.limit),
    });
  }

  go(startAt: number): Go {
    const { seconds, warmUpSeconds } = this.#cell;
    const until = startAt + seconds * 1_000;
    const go: Go = { kind: "go", startAt, measureFrom: startAt + warmUpSeconds * 1_000, until };
    for (const { process } of this.#workers) process.send(go);
    this.#go = go;
    return go;
  }

  /** Makes the cell's event happen in the middle of the measured time; resolves at once where there is none. */
  async event(): Promise<void> {
    const { event, counting, limit } = this.#cell;
    if (event === undefined || this.#go === undefined) return;
    await delay((this.#go.measureFrom + this.#go.until) / 2 - Date.now());
    if (event === "limit-halved") {
      await setSwitches(this.#simulator.url, { rateLimit: rateLimitOf(counting, limit / 2) });
    } else {
      for (const worker of this.#workers.slice(0, killedWorkers(this.#cell))) {
        worker.killed = true;
        worker.process.kill("SIGKILL");
      }
    }
    this.#eventAt = Date.now();
  }

  async finish(): Promise<CellResult> {
    const alive = [...this.#workers.entries()].filter(([, { killed }]) => !killed);
    const stats = await within(
      STATS_WITHIN_MS,
      "the workers' numbers",
      Promise.all(alive.map(async ([number, worker]) => [number, await worker.stats] as const)),
    );
    for (const [, worker] of alive) {
      worker.killed = true;
      worker.process.kill("SIGKILL");
    }
    const calls = await providerCalls(this.#simulator.url);
    await this.#simulator.stop();
    const { event, limit } = this.#cell;
    if (this.#go === undefined) throw new Error("the cell was not started");
    return {
      cell: this.#cell,
      go: this.#go,
      ...(this.#eventAt !== undefined && { eventAt: this.#eventAt }),
      limits: [
        { from: this.#go.startAt, perSecond: limit },
        ...(event === "limit-halved" && this.#eventAt !== undefined
          ? [{ from: this.#eventAt, perSecond: limit / 2 }]
          : []),
      ],
      calls,
      stats: new Map(stats),
    };
  }
}

async function within<Value>(ms: number, what: string, step: Promise<Value>): Promise<Value> {
  const overdue = new AbortController();
  const late = delay(ms, undefined, { signal: overdue.signal }).then(() => {
    throw new Error(`Waited ${ms} ms in vain for ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([step, late]);
  } finally {
    overdue.abort();
  }
}
