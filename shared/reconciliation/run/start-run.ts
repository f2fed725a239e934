/** Starts a run: by the schedule, or because an operator wants one now. */

import type { Clock } from "../../platform/clock.ts";
import { type Connection, durationMs } from "../../platform/config.ts";
import type { Log } from "../../platform/log.ts";
import type { Metrics } from "../../platform/metrics.ts";
import type { Random } from "../../platform/random.ts";
import type { ReconciliationQueue } from "./reconciliation-queue.ts";
import { type RunTrigger, runIdOf, standsStill } from "./run.ts";
import type { RunStore } from "./run-store.ts";
import { reconciliationAgeMs } from "./staleness.ts";

export type StartDependencies = {
  readonly connection: Pick<Connection, "id" | "reconcile">;
  readonly runs: RunStore;
  readonly messages: ReconciliationQueue;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "token">;
  readonly metrics: Metrics;
  readonly log: Log;
};

export type StartAnswer =
  | { readonly kind: "started"; readonly runId: string }
  /** One run at a time: this one is going on. */
  | { readonly kind: "running"; readonly runId: string }
  /** No message is known to be in the queue: the run has ended again. */
  | { readonly kind: "queue-unavailable"; readonly runId: string };

/** Others may be faster that often. */
const MAX_TRIES = 5;

/** `scope`: the only one to reconcile; absent: all. */
export async function startRun(
  deps: StartDependencies,
  { trigger, scope }: { readonly trigger: RunTrigger; readonly scope?: string },
): Promise<StartAnswer> {
  const { clock, connection, log, messages, metrics, random, runs } = deps;
  const startedAt = clock.now();
  const runId = runIdOf(startedAt, random.token());
  const run = { connection: connection.id, runId, trigger, startedAt, ...(scope !== undefined && { scope }) };
  const running = await begun(deps, run);
  if (running !== undefined) return { kind: "running", runId: running };
  const delivery = await messages.send([{ kind: "discover", connection: connection.id, runId }]);
  if (delivery.sent) {
    log.info("reconciliation-started", { connection: connection.id, runId, trigger, scope });
    return { kind: "started", runId };
  }
  log.error("reconciliation-queue-unavailable", {
    connection: connection.id,
    runId,
    reason: delivery.reason,
  });
  await runs.end(run, { status: "unfinished", reason: "not-sent", finishedAt: clock.now() });
  metrics.count("ReconciliationUnfinished", connection.id);
  return { kind: "queue-unavailable", runId };
}

/** `undefined`: it is; otherwise the run that is going on instead. */
async function begun(
  { clock, connection, log, metrics, runs }: StartDependencies,
  run: Parameters<RunStore["begin"]>[0],
): Promise<string | undefined> {
  let running = "";
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const current = await runs.current(connection.id);
    const now = clock.now();
    if (tries === 0)
      metrics.milliseconds("ReconciliationAge", connection.id, reconciliationAgeMs(current, now));
    if (current.runId === undefined) {
      if (await runs.begin(run)) return undefined;
      continue;
    }
    running = current.runId;
    const going = await runs.read({ connection: connection.id, runId: current.runId });
    const isAlive = going !== undefined && !standsStill(going, durationMs(connection.reconcile.every), now);
    if (isAlive) return current.runId;
    if (await runs.begin(run, { connection: connection.id, runId: current.runId })) {
      metrics.count("ReconciliationUnfinished", connection.id);
      log.error("reconciliation-stood-still", { connection: connection.id, runId: current.runId });
      return undefined;
    }
  }
  return running;
}
