/** The queue of the messages of runs. */
import type { ReconciliationMessage } from "./reconciliation-message.ts";

export interface ReconciliationQueue {
  /** `sent: false`: not all of them are known to be in the queue; `reason` is the error's name. */
  send(
    messages: readonly ReconciliationMessage[],
  ): Promise<{ readonly sent: true } | { readonly sent: false; readonly reason: string }>;
}
