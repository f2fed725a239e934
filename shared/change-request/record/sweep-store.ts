/** Change requests by the time at which they were queued, for the sweep that looks after those that nobody ends. */
import type { RequestRecord } from "./request-record.ts";

export interface SweepStore {
  /** Epoch ms of the last sweep that was completed; `undefined` before the first one. */
  sweptAt(): Promise<number | undefined>;
  markSwept(at: number): Promise<void>;
  /**
   * The requests that were queued after `from` and until `to` (epoch ms) and are still open, oldest first. It reads
   * the requests of that time only, page by page as they are asked for, each strongly consistent.
   */
  openBetween(from: number, to: number): AsyncIterable<RequestRecord>;
}
