/** One run: a seed's scenario from the first message until nothing is left to be done, and what came of it. */
import { changeHealth } from "../../../shared/connection/change-health.ts";
import { resumedByOperator } from "../../../shared/connection/health-transitions.ts";
import type { MemoryTables } from "../stores/memory-tables.ts";
import type { Facts } from "./facts.ts";
import type { Stores } from "./sabotage.ts";
import { type Scenario, SETTLE_MS, START } from "./scenario.ts";
import type { SimulatedAccount } from "./simulated-account.ts";
import { CONNECTION } from "./simulated-connection.ts";
import { newTestCase } from "./test-case-content.ts";
import { EndlessRunError } from "./virtual-time.ts";
import { World, type WorldOptions } from "./world.ts";

export type Run = {
  readonly scenario: Scenario;
  readonly facts: Facts;
  readonly tables: MemoryTables;
  readonly stores: Stores;
  readonly account: SimulatedAccount;
  readonly metrics: ReadonlyMap<string, number>;
  /** Everything was decided within the time. */
  readonly isDecided: boolean;
  /** It went round in circles. */
  readonly isEndless: boolean;
  /** Epoch ms. */
  readonly endedAt: number;
  /** Deliveries of the message that was delivered most often. */
  readonly mostReceives: number;
  readonly events: number;
  readonly steps: number;
};

/** How long everything may take once nothing goes wrong any more. */
const LIVENESS_MS = 6 * 3_600_000;
/** An operator looks at what rings after so long. */
const ALARM_MS = 1_800_000;
/** After so many runs in which nothing goes wrong everything is as it is recorded. */
export const QUIET_RUNS = 2;
const EVERY_MS = 900_000;
/** A little more than the 13 days after which the sweep ends a request. */
const LOST_AFTER_MS = 13.1 * 86_400_000;

export async function simulate(scenario: Scenario, options: WorldOptions = {}): Promise<Run> {
  const world = new World(scenario, options);
  let isEndless = false;
  try {
    begin(world);
    await untilDone(world, scenario.faultsUntil);
    world.calm();
    await untilEverythingTookEffect(world);
    await reconcileUntilQuiet(world);
    if (scenario.looksAtTheEnd) await lookAtEverything(world);
    if (world.facts.lost.size > 0) await sweepLostRequests(world);
  } catch (error) {
    if (!(error instanceof EndlessRunError)) throw error;
    isEndless = true;
  }
  const { facts, tables, stores, account, metrics, isDone, time, queue, stepFaults } = world;
  return {
    scenario,
    facts,
    tables,
    stores,
    account,
    metrics,
    isDecided: isDone,
    isEndless,
    endedAt: time.now(),
    mostReceives: queue.mostReceives,
    events: time.events,
    steps: stepFaults.steps,
  };
}

/** What is there at the beginning, and everything that will happen by itself. */
function begin(world: World): void {
  const { scenario, account, load, editor, observer, reconciliation, time } = world;
  const chance = world.chance("definitions");
  const ids = Array.from({ length: scenario.load.definitions }, (_, index) =>
    account.edit({ action: "create", definition: newTestCase(chance, `start-${index + 1}`) }),
  );
  load.start(ids.filter((id) => id !== undefined));
  editor.start();
  observer.start();
  reconciliation?.actor.start();
  for (const trouble of scenario.keyTroubles) account.plan(trouble);
  time.after(scenario.faultsUntil - START, () => {
    world.calm();
    answerAlarms(world);
  });
}

/**
 * A replaced key that shows nothing of what was known before it leaves requests waiting and rings: somebody has to say
 * that it is the right one.
 */
function answerAlarms(world: World): void {
  const { metrics, stores, time } = world;
  const before = metrics.get("OtherWorkspace") ?? 0;
  time.after(ALARM_MS, () => {
    if (world.isDone) return;
    const isRinging = (metrics.get("OtherWorkspace") ?? 0) > before;
    if (isRinging) {
      world.trace(() => "operator: resumes, the key is the right one");
      void changeHealth(stores.health, CONNECTION.id, (health) => resumedByOperator(health, time.now()));
    }
    answerAlarms(world);
  });
}

/** `from`: epoch ms from which on nothing goes wrong. */
async function untilDone(world: World, from: number): Promise<void> {
  await world.time.run(() => world.isDone, from + LIVENESS_MS, world.scenario.maxEvents);
}

/** What is still to take effect at the provider does so. */
async function untilEverythingTookEffect({ scenario, time }: World): Promise<void> {
  const pendingMs = (scenario.provider.beyondSettle ? 10 : 3) * SETTLE_MS;
  // There may be nothing else that makes the time pass.
  time.after(pendingMs, () => undefined);
  await time.run(() => false, time.now() + pendingMs, scenario.maxEvents);
}

/**
 * Two runs that are begun and completed while nothing goes wrong, and one more, which has nothing to write. An operator
 * lets through what is halted.
 */
async function reconcileUntilQuiet(world: World): Promise<void> {
  const { facts, reconciliation, tables, time } = world;
  if (reconciliation === undefined) return;
  const { actor } = reconciliation;
  const quietSince = time.now();
  const until = quietSince + LIVENESS_MS;
  actor.decide("confirm");
  await untilDone(world, time.now());
  for (let completed = 0; completed <= QUIET_RUNS && time.now() < until; ) {
    const before = facts.scans.observations.length;
    actor.startRun(`quiet-start-${completed + 1}`);
    await untilDone(world, time.now());
    const [last] = [...tables.runs.values()]
      .map(({ run }) => run)
      .toSorted((a, b) => b.startedAt - a.startedAt);
    const isOver = last?.status === "completed" && last.startedAt >= quietSince;
    if (isOver) completed += 1;
    else completed = 0;
    facts.scans.lastObservations = facts.scans.observations.length - before;
    facts.scans.quietRuns = completed;
    actor.decide("confirm");
    // There may be nothing else that makes the time pass.
    time.after(EVERY_MS, () => undefined);
    await time.run(() => false, time.now() + EVERY_MS, world.scenario.maxEvents);
  }
}

async function lookAtEverything(world: World): Promise<void> {
  world.load.lookAtEverything(new Set(world.facts.effects.map(({ definitionId }) => definitionId)));
  await untilDone(world, world.time.now());
}

/** Requests whose message was never sent are ended by the sweep, days later. */
async function sweepLostRequests({ scenario, time, api, tables }: World): Promise<void> {
  let isSwept = false;
  time.after(LOST_AFTER_MS, () => {
    void api.sweep(tables).then(() => {
      isSwept = true;
    });
  });
  await time.run(() => isSwept, Number.POSITIVE_INFINITY, scenario.maxEvents);
}
