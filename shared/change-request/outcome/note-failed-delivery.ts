/** Writes down what a failed delivery costs its request, once the provider has been at fault or refused a write. */
import { type ConnectionHealth, unhealthyMs } from "../../connection/connection-health.ts";
import type { ApplyDependencies, Waiting } from "../attempt/attempt.ts";
import type { RequestRecord } from "../record/request-record.ts";

/** A failed read costs nothing but is remembered once: from then on the request's healthy age counts. */
export async function noteFailedDelivery(
  { requests, clock }: Pick<ApplyDependencies, "requests" | "clock">,
  health: ConnectionHealth,
  record: RequestRecord,
  { fault, charged }: Waiting,
): Promise<void> {
  const now = clock.now();
  // What the attempt itself has counted is in the stored record.
  const stored = fault === "read" ? record : ((await requests.read(record)) ?? record);
  const isKnown = fault === "read" && stored.failing !== undefined;
  if (isKnown) return;
  const { attempts, charges = 0, failedAt } = stored;
  const pending = fault === "write" ? now : failedAt;
  await requests.noteFailure(record, record.epoch, {
    attempts,
    charges: charges + (charged ? 1 : 0),
    ...(pending !== undefined && { failedAt: pending }),
    failing: stored.failing ?? { since: now, unhealthyMs: unhealthyMs(health, now) },
  });
}
