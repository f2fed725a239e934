/** What users do over the API: submit, cancel, retry; the real use cases in a process that only takes its time. */
import { cancelChangeRequest } from "../../../shared/change-request/cancel-change-request.ts";
import type { ChangeQueue, QueuedMessage } from "../../../shared/change-request/change-queue.ts";
import {
  type ParsedRequest,
  parseChangeRequest,
} from "../../../shared/change-request/parse-change-request.ts";
import { groupOf, queuedMessage } from "../../../shared/change-request/queued-message.ts";
import type { RequestStore } from "../../../shared/change-request/request-store.ts";
import { retryChangeRequest } from "../../../shared/change-request/retry-change-request.ts";
import { submitChangeRequest } from "../../../shared/change-request/submit-change-request.ts";
import type { Log } from "../../../shared/platform/log.ts";
import type { Metrics } from "../../../shared/platform/metrics.ts";
import { clockOf, stepped } from "./composition.ts";
import type { RequestBody } from "./request-maker.ts";
import { CONNECTION, DIALECT } from "./simulated-connection.ts";
import { StepFaults } from "./step-faults.ts";
import { type ProcessWorld, WorkerProcess } from "./worker-process.ts";

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

  async submit(body: RequestBody): Promise<void> {
    const parsed = parsedRequest(body);
    const submission = await submitChangeRequest(this.#dependencies, parsed, DIALECT, "token:editor");
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
}

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
