/**
 * An SQS standard queue in virtual time: messages in any order, visibility timeouts, and now and then one that is
 * delivered again although somebody works on it.
 */
import type { ReconciliationMessage } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import { reconciliationMessageBody } from "../../../shared/reconciliation/run/reconciliation-message.ts";
import type { ReconciliationQueue } from "../../../shared/reconciliation/run/reconciliation-queue.ts";
import type { Chance } from "./chance.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { DeliveredMessage, PolledQueue } from "./worker-pool.ts";

export const SCAN_QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:retell-reconciliations";

type Entry = { -readonly [Member in keyof DeliveredMessage]: DeliveredMessage[Member] } & {
  visibleAt: number;
};

export class StandardQueue implements PolledQueue, ReconciliationQueue {
  readonly arn = SCAN_QUEUE_ARN;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #visibilityMs: number;
  readonly #deliversTwice: () => boolean;
  readonly #onVisible: () => void;
  readonly #entries = new Map<string, Entry>();
  #sent = 0;
  /** Of the message that was delivered most often. */
  mostReceives = 0;

  constructor(
    time: VirtualTime,
    chance: Chance,
    visibilityMs: number,
    on: { deliversTwice(): boolean; visible(): void },
  ) {
    this.#time = time;
    this.#chance = chance;
    this.#visibilityMs = visibilityMs;
    this.#deliversTwice = () => on.deliversTwice();
    this.#onVisible = () => on.visible();
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  async send(messages: readonly ReconciliationMessage[]): Promise<{ readonly sent: true }> {
    const now = this.#time.now();
    for (const message of messages) {
      this.#sent += 1;
      const messageId = `scan-${this.#sent}`;
      const body = reconciliationMessageBody(message);
      const entry: Entry = {
        messageId,
        body,
        sentAt: now,
        receiveCount: 0,
        receiptHandle: "",
        visibleAt: now,
      };
      this.#entries.set(messageId, entry);
    }
    this.#time.after(0, this.#onVisible);
    return { sent: true };
  }

  receive(): DeliveredMessage | undefined {
    const now = this.#time.now();
    const visible = [...this.#entries.values()].filter(({ visibleAt }) => visibleAt <= now);
    if (visible.length === 0) return undefined;
    const entry = this.#chance.pick(visible);
    entry.receiveCount += 1;
    this.mostReceives = Math.max(this.mostReceives, entry.receiveCount);
    entry.receiptHandle = `${entry.messageId}#${entry.receiveCount}`;
    this.#hideFor(entry, this.#deliversTwice() ? this.#chance.between(1, 5_000) : this.#visibilityMs);
    return { ...entry };
  }

  /** An earlier delivery's receipt is good as well. Nothing happens where the message is gone. */
  hide(receiptHandle: string, seconds: number): void {
    const entry = this.#entryOf(receiptHandle);
    if (entry !== undefined) this.#hideFor(entry, seconds * 1_000);
  }

  delete(receiptHandle: string): void {
    const entry = this.#entryOf(receiptHandle);
    if (entry !== undefined) this.#entries.delete(entry.messageId);
  }

  #hideFor(entry: Entry, ms: number): void {
    entry.visibleAt = this.#time.now() + ms;
    this.#time.after(ms, this.#onVisible);
  }

  #entryOf(receiptHandle: string): Entry | undefined {
    return this.#entries.get(receiptHandle.split("#")[0] ?? "");
  }
}
