/** One run: a seed's scenario from the first message until nothing is left to be done, and what came of it. */
import type { MemoryTables } from "../stores/memory-tables.ts";
import type { Facts } from "./facts.ts";
import type { Stores } from "./sabotage.ts";
import { type Scenario, SETTLE_MS, START } from "./scenario.ts";
import type { SimulatedAccount } from "./simulated-account.ts";
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
  const { scenario, account, load, editor, observer, time } = world;
  const chance = world.chance("definitions");
  const ids = Array.from({ length: scenario.load.definitions }, (_, index) =>
    account.edit({ action: "create", definition: newTestCase(chance, `start-${index + 1}`) }),
  );
  load.start(ids.filter((id) => id !== undefined));
  editor.start();
  observer.start();
  for (const trouble of scenario.keyTroubles) account.plan(trouble);
  time.after(scenario.faultsUntil - START, () => world.calm());
}

/** `from`: epoch ms from which on nothing goes wrong. */
async function untilDone(world: World, from: number): Promise<void> {
  await world.time.run(() => world.isDone, from + LIVENESS_MS, world.scenario.maxEvents);
}

/** What is still to take effect at the provider does so. */
async function untilEverythingTookEffect({ scenario, time }: World): Promise<void> {
  const pendingMs = (scenario.provider.beyondSettle ? 10 : 3) * SETTLE_MS;
  await time.run(() => false, time.now() + pendingMs, scenario.maxEvents);
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
