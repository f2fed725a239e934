/**
 * Scheduled reconciliation as one more actor: the schedule that starts runs, the queue of their messages, the workers
 * that take them, and an operator who decides about what was halted. All of it runs the real use cases.
 */
import { type DecideDependencies, decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import type { HaltDecision } from "../../../shared/reconciliation/run/run.ts";
import { startRun } from "../../../shared/reconciliation/run/start-run.ts";
import type { Chance } from "./chance.ts";
import type { Facts } from "./facts.ts";
import { dependenciesFor, type ScanParts, scanHandlerFor } from "./scan-composition.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { QUIET_MS } from "./scenario.ts";
import { CONNECTION } from "./simulated-connection.ts";
import { StandardQueue } from "./standard-queue.ts";
import { StepFaults } from "./step-faults.ts";
import { WorkerPool } from "./worker-pool.ts";
import { type ProcessWorld, WorkerProcess } from "./worker-process.ts";

/** As the stack deploys it. */
export const SCAN_LEASE_MS = 60_000;
const VISIBILITY_MS = 90_000;

export type ReconcilerWorld = ProcessWorld & {
  readonly facts: Facts;
  readonly clocksOffMs: number;
  readonly redeliveries: number;
  chanceFor(label: string): Chance;
  /** The provider's own migration, which no timestamp shows. */
  migrate(): void;
};

export class Reconciler {
  readonly #world: ReconcilerWorld;
  readonly #plan: ScanPlan;
  readonly #parts: ScanParts;
  readonly #pool: WorkerPool;
  readonly queue: StandardQueue;
  readonly #chance: Chance;
  #isOver = false;
  #starts = 0;
  #underWay = 0;

  constructor(world: ReconcilerWorld, parts: Omit<ScanParts, "queue">, plan: ScanPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#chance = world.chanceFor("reconciler");
    const poolChance = world.chanceFor("scan pool");
    this.queue = new StandardQueue(world.time, world.chanceFor("scan queue"), VISIBILITY_MS, {
      deliversTwice: () => !this.#isOver && this.#chance.happens(plan.duplicates),
      visible: () => this.#pool.poll(),
    });
    this.#parts = { ...parts, queue: this.queue };
    this.#pool = new WorkerPool(
      {
        ...world,
        chance: poolChance,
        queue: this.queue,
        handlerFor: (process) => scanHandlerFor(process, this.#parts),
        requestIdOf: () => "",
      },
      {
        name: "s",
        workers: plan.workers,
        leaseMs: SCAN_LEASE_MS,
        clocksOffMs: world.clocksOffMs,
        redelivers: () => !this.#isOver && poolChance.happens(world.redeliveries),
      },
    );
  }

  get pool(): WorkerPool {
    return this.#pool;
  }

  /** No run is to be started any more, and nothing of any is under way. */
  get isIdle(): boolean {
    const isStarted = this.#isOver || this.#starts === this.#plan.starts;
    return isStarted && this.#underWay === 0 && this.queue.isEmpty && this.#pool.isIdle;
  }

  start(): void {
    this.#later(QUIET_MS / 2, () => this.#planNext());
    const { migratesAfterMs } = this.#plan;
    if (migratesAfterMs !== undefined) this.#later(migratesAfterMs, () => this.#world.migrate());
  }

  stop(): void {
    this.#isOver = true;
  }

  /** As the schedule does, in a process of its own that may end at any step. */
  startRun(name: string): void {
    const { clocksOffMs } = this.#world;
    this.#underWay += 1;
    const ended = () => {
      this.#underWay -= 1;
    };
    const offMs = this.#chance.between(-clocksOffMs, clocksOffMs);
    const process = new WorkerProcess(name, this.#world, ended, offMs);
    startRun(dependenciesFor(process, this.#parts), { trigger: "schedule" }).then(
      ({ kind }) => {
        this.#world.trace(() => `${name}: ${kind}`);
        ended();
      },
      (error: unknown) => {
        this.#world.trace(() => `${name} throws ${String(error)}`);
        ended();
      },
    );
  }

  /** An operator decides about every halted run. */
  decide(decision: HaltDecision): void {
    this.#underWay += 1;
    void this.#decided(decision).then(() => {
      this.#underWay -= 1;
    });
  }

  async #decided(decision: HaltDecision): Promise<void> {
    const calm = { ...this.#world, faults: new StepFaults(this.#chance, {}) };
    const deps: DecideDependencies = dependenciesFor(
      new WorkerProcess("operator", calm, () => undefined),
      this.#parts,
    );
    for (const { status, runId } of await deps.runs.list(CONNECTION.id, undefined, 100)) {
      if (status !== "halted") continue;
      const answer = await decideHalted(deps, runId, decision);
      this.#world.trace(() => `operator: ${decision} ${runId} → ${answer.kind}`);
    }
  }

  #planNext(): void {
    const { everyMs, starts, startsTwice, decisions } = this.#plan;
    this.#starts += 1;
    this.startRun(`start-${this.#starts}`);
    if (this.#chance.happens(startsTwice)) {
      this.#later(this.#chance.between(0, 100), () => this.startRun(`start-${this.#starts}-again`));
    }
    const everyNext = this.#chance.magnitude(everyMs / 3, everyMs * 2);
    if (this.#chance.happens(decisions)) {
      const decision = this.#chance.happens(0.7) ? "confirm" : "discard";
      this.#later(this.#chance.between(0, everyNext), () => this.decide(decision));
    }
    if (this.#starts < starts) this.#later(everyNext, () => this.#planNext());
  }

  #later(delayMs: number, action: () => void): void {
    this.#world.time.after(delayMs, () => {
      if (!this.#isOver) action();
    });
  }
}
