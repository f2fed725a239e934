/** Waits for a change request to be decided. */
import type { Clock } from "../../platform/clock.ts";
import type { RequestKey, RequestRecord } from "../record/request-record.ts";
import { isTerminal } from "../record/request-state.ts";
import type { RequestStore } from "../record/request-store.ts";

const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 1_000;
/** A quick request is seen soon, and a slow one costs about one read per second. */
const POLL_GROWTH = 1.5;

/**
 * The request's record as soon as it has an outcome, or as it is after `waitMs`. One that does not exist yet is waited
 * for as well: a request sent straight to the queue has no record before a worker sees it.
 */
export async function waitForOutcome(
  { requests, clock }: { readonly requests: Pick<RequestStore, "read">; readonly clock: Clock },
  key: RequestKey,
  waitMs: number,
): Promise<RequestRecord | undefined> {
  const endsAt = clock.now() + waitMs;
  let pollMs = FIRST_POLL_MS;
  for (;;) {
    const record = await requests.read(key);
    const leftMs = endsAt - clock.now();
    if (leftMs <= 0 || (record !== undefined && isTerminal(record.status))) return record;
    await clock.sleep(Math.min(pollMs, leftMs));
    pollMs = Math.min(pollMs * POLL_GROWTH, LONGEST_POLL_MS);
  }
}
