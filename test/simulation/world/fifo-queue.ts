/**
 * An SQS FIFO queue in virtual time: message groups in order, one message of a group in flight, visibility timeouts,
 * receive counts, duplicates dropped for five minutes, and receipts that only the last delivery's holder has.
 */
import type { Chance } from "./chance.ts";
import type { VirtualTime } from "./virtual-time.ts";

export type SentMessage = {
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly body: string;
};

export type QueueMessage = SentMessage & {
  readonly messageId: string;
  /** Position among all messages ever sent. */
  readonly sequence: number;
  readonly sentAt: number;
  readonly receiveCount: number;
  /** Of the last delivery. */
  readonly receiptHandle: string;
};

/** The message was delivered again since, or is gone. */
export class StaleReceiptError extends Error {
  override name = "InvalidParameterValue";
}

export const QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:retell.fifo";
const DEDUPLICATION_MS = 300_000;

type Entry = { -readonly [Member in keyof QueueMessage]: QueueMessage[Member] } & { visibleAt: number };

export class FifoQueue {
  readonly arn = QUEUE_ARN;
  readonly #time: VirtualTime;
  readonly #chance: Chance;
  readonly #visibilityMs: number;
  readonly #onVisible: () => void;
  readonly #groups = new Map<string, Entry[]>();
  readonly #sentAt = new Map<string, number>();
  #sent = 0;
  /** Of the message that was delivered most often: from 1 000 on SQS would put it aside. */
  mostReceives = 0;

  /** `onVisible` is called whenever a message may be there to be received. */
  constructor(time: VirtualTime, chance: Chance, visibilityMs: number, onVisible: () => void) {
    this.#time = time;
    this.#chance = chance;
    this.#visibilityMs = visibilityMs;
    this.#onVisible = onVisible;
  }

  /** `undefined`: a duplicate that was dropped. */
  send(message: SentMessage): QueueMessage | undefined {
    const now = this.#time.now();
    const before = this.#sentAt.get(message.deduplicationId);
    if (before !== undefined && before + DEDUPLICATION_MS > now) return undefined;
    this.#sentAt.set(message.deduplicationId, now);
    this.#sent += 1;
    const entry: Entry = {
      ...message,
      messageId: `message-${this.#sent}`,
      sequence: this.#sent,
      sentAt: now,
      receiveCount: 0,
      receiptHandle: "",
      visibleAt: now,
    };
    this.#groups.set(message.groupId, [...(this.#groups.get(message.groupId) ?? []), entry]);
    this.#time.after(0, this.#onVisible);
    return entry;
  }

  /** The first message of one of the groups that have none in flight. */
  receive(): QueueMessage | undefined {
    const now = this.#time.now();
    const heads = [...this.#groups.values()].flatMap(([head]) =>
      head !== undefined && head.visibleAt <= now ? [head] : [],
    );
    if (heads.length === 0) return undefined;
    const head = this.#chance.pick(heads);
    head.receiveCount += 1;
    this.mostReceives = Math.max(this.mostReceives, head.receiveCount);
    head.receiptHandle = `${head.messageId}-${head.receiveCount}`;
    this.#hideFor(head, this.#visibilityMs);
    return { ...head };
  }

  /** @throws {StaleReceiptError} */
  hide(receiptHandle: string, seconds: number): void {
    const entry = this.#inFlight(receiptHandle);
    if (entry === undefined) throw new StaleReceiptError();
    this.#hideFor(entry, seconds * 1_000);
  }

  /** Nothing happens where the receipt is stale. */
  delete(receiptHandle: string): void {
    const entry = this.#inFlight(receiptHandle);
    if (entry === undefined) return;
    const rest = (this.#groups.get(entry.groupId) ?? []).filter((other) => other !== entry);
    if (rest.length > 0) this.#groups.set(entry.groupId, rest);
    else this.#groups.delete(entry.groupId);
    this.#time.after(0, this.#onVisible);
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  #hideFor(entry: Entry, ms: number): void {
    entry.visibleAt = this.#time.now() + ms;
    this.#time.after(ms, this.#onVisible);
  }

  #inFlight(receiptHandle: string): Entry | undefined {
    for (const [head] of this.#groups.values()) {
      const isInFlight = head !== undefined && head.visibleAt > this.#time.now();
      if (isInFlight && head.receiptHandle === receiptHandle) return head;
    }
    return undefined;
  }
}
