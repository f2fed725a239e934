/** The handler with everything it needs, each port a step of its process: the composition root of the simulation. */
import {
  type ConnectionQueue,
  createHandler,
  type HandlerDependencies,
} from "../../../functions/apply-change/handler.ts";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import type { MessageQueue } from "../../../shared/change-request/outcome/message-queue.ts";
import { createConnectionKey } from "../../../shared/connection/connection-key.ts";
import type { Clock } from "../../../shared/platform/clock.ts";
import type { Connection } from "../../../shared/platform/config.ts";
import type { Log } from "../../../shared/platform/log.ts";
import type { Metrics } from "../../../shared/platform/metrics.ts";
import type { Random } from "../../../shared/platform/random.ts";
import { createSecretCache, type Secret } from "../../../shared/platform/secret-cache.ts";
import type { ProviderTransport } from "../../../shared/providers/provider-call.ts";
import { createRetellProvider } from "../../../shared/providers/retell/retell-provider.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import type { LimiterStore } from "../../../shared/rate-limit/limiter-store.ts";
import { createPacer } from "../../../shared/rate-limit/pacer.ts";
import { QUEUE_ARN } from "./fifo-queue.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { WorkerProcess } from "./worker-process.ts";

export const SECRET_LIFETIME_MS = 300_000;

/** What is the same for all processes. */
export type SharedParts = Pick<
  ApplyDependencies,
  "requests" | "mirrors" | "mirrorLists" | "history" | "commits" | "health"
> & {
  readonly connection: Connection;
  readonly rateLimits: LimiterStore;
  readonly messages: MessageQueue;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Log;
  secret(): Promise<Secret>;
  transport(process: WorkerProcess, apiKey: () => Promise<string>): ProviderTransport;
  /** Breaks something on purpose, between the use case and its ports. */
  sabotage?(queue: ConnectionQueue, process: WorkerProcess): ConnectionQueue;
};

export function handlerFor(process: WorkerProcess, parts: SharedParts): ReturnType<typeof createHandler> {
  const queue = queueFor(process, parts);
  const dependencies: HandlerDependencies = {
    queues: new Map([[QUEUE_ARN, parts.sabotage?.(queue, process) ?? queue]]),
    log: parts.log,
  };
  return createHandler(dependencies);
}

function queueFor(process: WorkerProcess, parts: SharedParts): ConnectionQueue {
  const { connection, random, metrics, log } = parts;
  const clock = clockOf(process, parts.time);
  const secrets = createSecretCache(
    { read: () => process.step("secrets.read", () => parts.secret()) },
    clock,
    SECRET_LIFETIME_MS,
  );
  const call = parts.transport(process, async () => (await secrets.get("key")).text);
  const provider = createRetellProvider({ connection, call });
  return {
    apply: {
      connection,
      provider,
      requests: stepped(process, "requests", parts.requests),
      mirrors: stepped(process, "mirrors", parts.mirrors),
      mirrorLists: stepped(process, "mirrorLists", parts.mirrorLists),
      history: stepped(process, "history", parts.history),
      commits: stepped(process, "commits", parts.commits),
      health: stepped(process, "health", parts.health),
      key: createConnectionKey(secrets, "key"),
      pacer: createPacer({
        limiter: createLimiter(
          { store: stepped(process, "rateLimits", parts.rateLimits), clock, random, log, metrics },
          connection,
        ),
        clock,
        lane: "change",
        callTimeoutMs: connection.callTimeoutSeconds * 1_000,
      }),
      metrics,
      clock,
      random,
      log,
    },
    messages: stepped(process, "messages", parts.messages),
  };
}

/** Every call of the port is a step of the process. */
export function stepped<Port extends object>(process: WorkerProcess, name: string, port: Port): Port {
  type Method = (...args: unknown[]) => Promise<unknown>;
  const methods = Object.entries(port) as [string, Method][];
  return Object.fromEntries(
    methods.map(([method, call]) => [
      method,
      (...args: unknown[]) => process.step(`${name}.${method}`, () => call(...args), args),
    ]),
  ) as Port;
}

export function clockOf(process: WorkerProcess, time: VirtualTime): Clock {
  return {
    now: () => time.now() + process.clockAheadMs,
    sleep: (ms) => new Promise((resolve) => time.after(ms, () => process.deliver(resolve))),
  };
}
