/** The official SDK as it comes: two retries of its own, and no limiter. */
import { setTimeout as delay } from "node:timers/promises";
import Retell from "retell-sdk";
import { epochNow, sentNowHeaders, traceHeaders } from "../call-trace.ts";
import { crossNetwork } from "../network.ts";
import { REPEAT_AFTER_MS } from "./call-until-accepted.ts";
import type { CreatePolicy } from "./policy.ts";

export const createPolicy: CreatePolicy = async ({ task, note }) => {
  const { cell, worker, definitionId } = task;
  const client = new Retell({
    apiKey: task.apiKey,
    baseURL: task.providerUrl,
    async fetch(url, init) {
      const headers = new Headers(init?.headers as ConstructorParameters<typeof Headers>[0]);
      for (const [name, value] of Object.entries(sentNowHeaders())) headers.set(name, value);
      await crossNetwork(cell.network);
      const answer = await fetch(url as string, { ...(init as RequestInit), headers });
      await crossNetwork(cell.network);
      return answer;
    },
  });

  // Without a key it counts for no limit.
  await (await fetch(task.providerUrl)).text();

  /** What the SDK gives up comes back after a while, as a message in a queue does. */
  const repeat = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Retell.RateLimitError)) throw error;
        note("given-up");
        await delay(REPEAT_AFTER_MS);
      }
    }
  };

  return async () => {
    const wantedAt = epochNow();
    const live = await repeat(() =>
      client.tests.getTestCaseDefinition(definitionId, { headers: traceHeaders({ worker, wantedAt }) }),
    );
    if (cell.form === "single") return;
    const readAnsweredAt = epochNow();
    const headers = traceHeaders({ worker, wantedAt: readAnsweredAt, readAnsweredAt });
    await repeat(() =>
      client.tests.updateTestCaseDefinition(
        definitionId,
        { ...live, name: `At ${readAnsweredAt}` } as never,
        { headers },
      ),
    );
  };
};
