/** The product's own limiter and slots; only the calls are the benchmark's. */
import { setTimeout as delay } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { systemClock } from "../../../../shared/platform/clock.ts";
import { parseConnections } from "../../../../shared/platform/config.ts";
import { noMetrics } from "../../../../shared/platform/metrics.ts";
import { systemRandom } from "../../../../shared/platform/random.ts";
import { ProviderCallError } from "../../../../shared/providers/provider-call-error.ts";
import { CallSlots } from "../../../../shared/rate-limit/call-slots.ts";
import { createLimiter } from "../../../../shared/rate-limit/create-limiter.ts";
import { createLimiterStore } from "../../../../shared/rate-limit/limiter-store.dynamodb.ts";
import { ReadSpan } from "../../../../shared/rate-limit/read-span.ts";
import { epochNow } from "../call-trace.ts";
import type { CallAnswer } from "../provider-calls.http.ts";
import { meterTable } from "../table-meter.ts";
import type { CreatePolicy } from "./policy.ts";

export const createPolicy: CreatePolicy = async ({ task, calls, meter, note }) => {
  const { cell } = task;
  const client = new DynamoDBClient({
    endpoint: task.dynamodbEndpoint,
    region: task.region,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  meterTable(client, meter);
  const [connection] = parseConnections([
    {
      id: cell.id,
      provider: "retell",
      baseUrl: task.providerUrl,
      rateLimit: { requestsPerSecond: cell.ceiling },
    },
  ]);
  if (connection === undefined) throw new Error("no connection");
  const store = createLimiterStore(client, task.tables.state);
  const limiter = createLimiter(
    {
      store,
      clock: systemClock,
      random: systemRandom,
      log: { info: note, warn: note, error: note },
      metrics: noMetrics,
    },
    connection,
  );
  const readSpan = new ReadSpan();
  await calls.warmUp();
  await warmTable(() => store.read("warm-up"));

  const learn = async ({ accepted, retryAfterMs }: CallAnswer, tooNear = false): Promise<void> =>
    limiter.learn({ rejected: !accepted, tooNear, ...(retryAfterMs !== undefined && { retryAfterMs }) });

  /** One delivery of a message: `undefined` when it is done, else the milliseconds until it comes back. */
  async function deliver(wantedAt: number): Promise<number | undefined> {
    const slots = new CallSlots({
      limiter,
      clock: systemClock,
      lane: "change",
      readSpan,
      lastCallBy: Number.POSITIVE_INFINITY,
    });
    const wait = await slots.reserve(cell.form === "single" ? 1 : 2);
    if (wait !== undefined) {
      note(wait.reason);
      return wait.waitMs;
    }
    await slots.beforeRead();
    const live = await calls.get({ wantedAt });
    await learn(live);
    if (!live.accepted) return 0;
    if (cell.form === "single") return undefined;
    await slots.atWrite();
    const { document, answeredAt } = live;
    const written = await calls.put(
      { ...document, name: `At ${answeredAt}` },
      { wantedAt: answeredAt, readAnsweredAt: answeredAt },
    );
    await learn(written, slots.isWriteTooNear);
    slots.writeAnswered({ isRefused: !written.accepted });
    return written.accepted ? undefined : 0;
  }

  return async () => {
    const wantedAt = epochNow();
    for (;;) {
      try {
        const waitMs = await deliver(wantedAt);
        if (waitMs === undefined) return;
        await delay(waitMs);
      } catch (error) {
        // There is no slot near for a further call.
        if (!(error instanceof ProviderCallError) || error.code !== "throttled") throw error;
        note("throttled");
        await delay(error.retryAfterMs ?? 0);
      }
    }
  };
};

/** The store gives up after a second, which the first question may take where all workers ask it at once. */
async function warmTable(ask: () => Promise<unknown>): Promise<void> {
  for (let isWarm = false; !isWarm; ) {
    isWarm = await ask().then(
      () => true,
      () => false,
    );
  }
}
