/**
 * The sweep: looks after requests that no message leads to an end any more. SQS keeps a message for 14 days, and a
 * worker gives its request up after 12; one that is still open after 13 has lost its message and is ended here. One
 * that has been open for an hour is only reported.
 *
 * Each sweep looks at what has become so old since the last one, so its cost grows with the requests of an hour and not
 * with those of 13 days.
 */
import type { Clock } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import type { Metrics } from "../../platform/metrics.ts";
import { RECORD_LIFETIME_SECONDS, type RequestRecord } from "./request-record.ts";
import type { RequestStore } from "./request-store.ts";
import type { SweepStore } from "./sweep-store.ts";

/** A day after every worker has given it up, a day before SQS drops its message. */
const LOST_AFTER_MS = 13 * 86_400_000;
const STUCK_AFTER_MS = 3_600_000;
/** How far back the first sweep looks for stuck requests: as far as one that comes an hour after another. */
const FIRST_STUCK_WINDOW_MS = 3_600_000;

export type SweepDependencies = {
  readonly requests: Pick<RequestStore, "finish">;
  readonly sweeps: SweepStore;
  readonly clock: Pick<Clock, "now">;
  readonly metrics: Metrics;
  readonly log: Log;
};

/** A sweep that breaks off leaves its time to the next one; a request that was ended is not open any more. */
export async function sweepLostRequests(dependencies: SweepDependencies): Promise<void> {
  const { sweeps, clock, log } = dependencies;
  const now = clock.now();
  const sweptAt = await sweeps.sweptAt();
  const oldest = now - RECORD_LIFETIME_SECONDS * 1_000;
  const lostFrom = sweptAt === undefined ? oldest : sweptAt - LOST_AFTER_MS;
  const stuckFrom = (sweptAt ?? now - FIRST_STUCK_WINDOW_MS) - STUCK_AFTER_MS;

  let lost = 0;
  for await (const record of sweeps.openBetween(lostFrom, now - LOST_AFTER_MS)) {
    if (await endAsLost(dependencies, record)) lost += 1;
  }
  let stuck = 0;
  for await (const record of sweeps.openBetween(stuckFrom, now - STUCK_AFTER_MS)) {
    reportStuck(dependencies, record);
    stuck += 1;
  }
  await sweeps.markSwept(now);
  log.info("requests-swept", { lost, stuck });
}

/**
 * There is no message left to keep or to send to the dead-letter queue: `deadLettered` stays false, and a retry finds
 * no body. Should the message turn up after all, its worker finds the request failed and sends the dead letter.
 */
async function endAsLost(
  { requests, clock, metrics, log }: SweepDependencies,
  { connection, requestId, epoch }: RequestRecord,
): Promise<boolean> {
  const ended = await requests.finish({
    key: { connection, requestId },
    epoch,
    status: "failed",
    result: { reason: "lost" },
    finishedAt: clock.now(),
  });
  // A worker was on it after all, and the request has its outcome, or an operator has opened the next epoch.
  if (!ended) return false;
  metrics.count("RequestFailed", connection);
  metrics.count("RequestLost", connection);
  log.error("request-lost", { connection, requestId, epoch });
  return true;
}

function reportStuck({ metrics, log }: SweepDependencies, record: RequestRecord): void {
  const { connection, requestId, epoch, status, attempts } = record;
  metrics.count("RequestStuck", connection);
  log.warn("request-stuck", { connection, requestId, epoch, status, attempts });
}
