/** What users do over the API: submit, cancel, retry; the real use cases in a process that only takes its time. */

import { isTerminal } from "../../../shared/change-request/record/request-state.ts";
import type { RequestStore } from "../../../shared/change-request/record/request-store.ts";
import { sweepLostRequests } from "../../../shared/change-request/record/sweep-lost-requests.ts";
import type { SweepStore } from "../../../shared/change-request/record/sweep-store.ts";
import { cancelChangeRequest } from "../../../shared/change-request/submission/cancel-change-request.ts";
import type { ChangeQueue, QueuedMessage } from "../../../shared/change-request/submission/change-queue.ts";
import {
  type ParsedRequest,
  parseChangeRequest,
} from "../../../shared/change-request/submission/parse-change-request.ts";
import { groupOf, queuedMessage } from "../../../shared/change-request/submission/queued-message.ts";
import { retryChangeRequest } from "../../../shared/change-request/submission/retry-change-request.ts";
import { submitChangeRequest } from "../../../shared/change-request/submission/submit-change-request.ts";
import type { Log } from "../../../shared/platform/log.ts";
import type { Metrics } from "../../../shared/platform/metrics.ts";
import type { MemoryTables } from "../stores/memory-tables.ts";
import { clockOf, stepped } from "./composition.ts";
import type { RequestBody } from "./request-maker.ts";
import { CONNECTION, DIALECT } from "./simulated-connection.ts";
import { StepFaults } from "./step-faults.ts";
import { forEver, type ProcessWorld, WorkerProcess } from "./worker-process.ts";

export type ApiParts = {
  readonly requests: RequestStore;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Into the queue. */
  send(message: QueuedMessage): void;
};

export class SimulatedApi {
  readonly #world: ProcessWorld;
  readonly #dependencies;

  constructor(world: ProcessWorld, { requests, metrics, log, send }: ApiParts) {
    this.#world = world;
    const process = new WorkerProcess(
      "api",
      { ...world, faults: new StepFaults(world.chance, {}) },
      () => undefined,
    );
    const queue: ChangeQueue = {
      async send(message) {
        send(message);
        return { sent: true };
      },
    };
    this.#dependencies = {
      requests: stepped(process, "requests", requests),
      queue: stepped(process, "queue", queue),
      clock: clockOf(process, world.time),
      metrics,
      log,
    };
  }

  /** `endsEarly`: the API ends between the request's record and its message. */
  async submit(body: RequestBody, endsEarly = false): Promise<void> {
    const parsed = parsedRequest(body);
    const dependencies = endsEarly
      ? { ...this.#dependencies, queue: { send: () => forEver<{ readonly sent: true }>() } }
      : this.#dependencies;
    const submission = await submitChangeRequest(dependencies, parsed, DIALECT, "token:editor");
    this.#world.trace(() => `api: ${body.requestId} submitted → ${submission.kind}`);
  }

  async cancel(requestId: string): Promise<void> {
    const cancellation = await cancelChangeRequest(this.#dependencies, {
      connection: CONNECTION.id,
      requestId,
    });
    this.#world.trace(() => `api: ${requestId} cancelled → ${cancellation.kind}`);
  }

  async retry(requestId: string): Promise<void> {
    const retry = await retryChangeRequest(
      this.#dependencies,
      { connection: CONNECTION.id, requestId },
      DIALECT,
    );
    this.#world.trace(() => `api: ${requestId} retried → ${retry.kind}`);
  }

  async sweep({ requests }: MemoryTables): Promise<void> {
    const sweeps: SweepStore = {
      ...noSweepYet,
      async *openBetween(from, to) {
        for (const record of requests.values()) {
          const isOpen = !isTerminal(record.status);
          if (isOpen && record.queuedAt > from && record.queuedAt <= to) yield record;
        }
      },
    };
    await sweepLostRequests({ ...this.#dependencies, sweeps });
  }
}

const noSweepYet: Omit<SweepStore, "openBetween"> = {
  sweptAt: async () => undefined,
  markSwept: async () => undefined,
};

/** The message that a request is, when it is sent straight to the queue. */
export function messageOf(body: RequestBody): QueuedMessage {
  const { request } = parsedRequest(body);
  const key = { connection: CONNECTION.id, requestId: body.requestId };
  return queuedMessage(key, 1, groupOf(request, DIALECT), JSON.stringify(body));
}

function parsedRequest(body: RequestBody): Extract<ParsedRequest, { valid: true }> {
  const parsed = parseChangeRequest(JSON.stringify(body), {
    connection: CONNECTION.id,
    otherConnection: "wrong-queue",
    dialectOf: () => DIALECT,
  });
  if (!parsed.valid)
    throw new Error(`the simulation made an invalid request: ${JSON.stringify(parsed.faults)}`);
  return parsed;
}
