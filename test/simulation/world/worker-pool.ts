/**
 * The event source and its processes, as Lambda runs them: so many at a time, one message each, killed when their time
 * is up. A process that has returned is used again; one that has ended is replaced.
 */
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Chance } from "./chance.ts";
import type { Facts, Invocation } from "./facts.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { type End, type ProcessWorld, WorkerProcess } from "./worker-process.ts";

export type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

export type DeliveredMessage = {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly receiveCount: number;
  /** Of this delivery. */
  readonly receiptHandle: string;
  /** Of a FIFO queue. */
  readonly groupId?: string;
};

export type PolledQueue = {
  readonly arn: string;
  receive(): DeliveredMessage | undefined;
  delete(receiptHandle: string): void;
};

export type PoolWorld = ProcessWorld & {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly facts: Facts;
  readonly queue: PolledQueue;
  handlerFor(process: WorkerProcess): Handler;
  requestIdOf(body: string): string;
};

export type PoolOptions = {
  /** The names of its processes begin with it. */
  readonly name: string;
  readonly workers: number;
  readonly leaseMs: number;
  /** How far the clock of a process may be off, in milliseconds. */
  readonly clocksOffMs: number;
  /** How often a message that is done stays in the queue. */
  redelivers(): boolean;
};

/** A place for one process at a time. */
type Slot = {
  readonly number: number;
  processes: number;
  running?: Running;
  idle?: { readonly process: WorkerProcess; readonly handler: Handler };
};

type Running = {
  readonly invocation: Invocation;
  readonly process: WorkerProcess;
  readonly cancelLease: () => void;
};

export class WorkerPool {
  readonly #world: PoolWorld;
  readonly #options: PoolOptions;
  readonly #slots: Slot[];
  readonly #invocations = new Map<WorkerProcess, Invocation>();

  constructor(world: PoolWorld, options: PoolOptions) {
    this.#world = world;
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, (_, index) => ({
      number: index + 1,
      processes: 0,
    }));
  }

  get isIdle(): boolean {
    return this.#slots.every(({ running }) => running === undefined);
  }

  /** The invocation that a process works on. */
  invocationOf(process: WorkerProcess): Invocation {
    const invocation = this.#invocations.get(process);
    if (invocation === undefined) throw new Error(`${process.name} has no invocation`);
    return invocation;
  }

  /** Takes what there is, as far as there are free places. */
  poll(): void {
    for (const slot of this.#slots) {
      if (slot.running !== undefined) continue;
      const message = this.#world.queue.receive();
      if (message === undefined) return;
      this.#invoke(slot, message);
    }
  }

  #invoke(slot: Slot, message: DeliveredMessage): void {
    const { time, facts, trace, requestIdOf } = this.#world;
    const { process, handler } = slot.idle ?? this.#start(slot);
    const invocation: Invocation = {
      number: facts.invocations.length + 1,
      requestId: requestIdOf(message.body),
      startedAt: time.now(),
      failed: false,
    };
    facts.invocations.push(invocation);
    this.#invocations.set(process, invocation);
    process.failed = false;
    const endsAt = time.now() + this.#options.leaseMs;
    const cancelLease = time.after(this.#options.leaseMs, () => process.end("lease-end"));
    slot.running = { invocation, process, cancelLease };
    slot.idle = { process, handler };
    trace(
      () =>
        `${process.name} takes ${message.messageId} (${invocation.requestId}), delivery ${message.receiveCount}`,
    );
    const context = { getRemainingTimeInMillis: () => endsAt - time.now() } as Context;
    handler(eventOf(message, this.#world.queue.arn), context).then(
      ({ batchItemFailures }) => {
        trace(() => `${process.name} returns: ${batchItemFailures.length === 0 ? "done" : "not done"}`);
        this.#ended(slot, "returned");
        if (batchItemFailures.length === 0 && !this.#options.redelivers()) {
          this.#world.queue.delete(message.receiptHandle);
        }
      },
      (error: unknown) => {
        trace(() => `${process.name} throws ${String(error)}`);
        this.#ended(slot, "threw");
      },
    );
  }

  #start(slot: Slot): { process: WorkerProcess; handler: Handler } {
    slot.processes += 1;
    const { name, clocksOffMs } = this.#options;
    const process = new WorkerProcess(
      `${name}${slot.number}.${slot.processes}`,
      this.#world,
      (_, end) => {
        delete slot.idle;
        if (slot.running?.process === process) this.#ended(slot, end);
      },
      this.#world.chance.between(-clocksOffMs, clocksOffMs),
    );
    return { process, handler: this.#world.handlerFor(process) };
  }

  #ended(slot: Slot, end: "returned" | "threw" | End): void {
    const { running } = slot;
    if (running === undefined) return;
    running.cancelLease();
    running.invocation.end = end;
    running.invocation.failed = running.process.failed;
    delete slot.running;
    this.#world.time.after(1, () => this.poll());
  }
}

function eventOf(message: DeliveredMessage, arn: string): SQSEvent {
  return {
    Records: [
      {
        messageId: message.messageId,
        receiptHandle: message.receiptHandle,
        body: message.body,
        attributes: {
          ApproximateReceiveCount: String(message.receiveCount),
          SentTimestamp: String(message.sentAt),
          SenderId: "AIDASENDER",
          ApproximateFirstReceiveTimestamp: String(message.sentAt),
          ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
        },
        messageAttributes: {},
        md5OfBody: "",
        eventSource: "aws:sqs",
        eventSourceARN: arn,
        awsRegion: "us-east-1",
      },
    ],
  };
}
