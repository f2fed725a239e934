/** The two calls of the benchmark, made with undici as a careful script would; no limit is kept to here. */
import { Agent } from "undici";
import { retryAfterMs } from "../../../shared/providers/retry-after.ts";
import { type CallTrace, epochNow, sentNowHeaders, traceHeaders } from "./call-trace.ts";
import { crossNetwork } from "./network.ts";
import type { WorkerTask } from "./worker-protocol.ts";

export type CallAnswer = {
  readonly accepted: boolean;
  /** Of a 429, where it says so. */
  readonly retryAfterMs?: number;
  /** Epoch ms at which the worker had the answer. */
  readonly answeredAt: number;
  readonly document: Readonly<Record<string, unknown>>;
};

export type ProviderCalls = {
  /** Opens a connection and loads the code for it; a call without a key counts for no limit. */
  warmUp(): Promise<void>;
  get(trace: Omit<CallTrace, "worker">): Promise<CallAnswer>;
  put(document: CallAnswer["document"], trace: Omit<CallTrace, "worker">): Promise<CallAnswer>;
};

/** @throws at any answer but success and 429 */
export function createProviderCalls(task: WorkerTask): ProviderCalls {
  // Given up long before the simulator does: a connection that ends while a call begins would fail the call.
  const agent = new Agent({ keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 });
  const { providerUrl, definitionId, apiKey, cell, worker } = task;

  async function call(
    method: "GET" | "PUT",
    path: string,
    trace: Omit<CallTrace, "worker">,
    body?: CallAnswer["document"],
  ): Promise<CallAnswer> {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...traceHeaders({ worker, ...trace }),
      ...sentNowHeaders(),
    };
    await crossNetwork(cell.network);
    const answer = await agent.request({
      origin: providerUrl,
      path: `/${path}/${definitionId}`,
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const document = (await answer.body.json()) as CallAnswer["document"];
    await crossNetwork(cell.network);
    const { statusCode } = answer;
    if (statusCode !== 429 && statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode}`);
    const waitMs = retryAfterMs(
      {
        retryAfter: headerText(answer.headers["retry-after"]),
        retryAfterMs: headerText(answer.headers["retry-after-ms"]),
      },
      Date.now(),
    );
    return {
      accepted: statusCode !== 429,
      answeredAt: epochNow(),
      document,
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    };
  }

  return {
    async warmUp() {
      const answer = await agent.request({ origin: providerUrl, path: "/", method: "GET" });
      await answer.body.dump();
    },
    get: (trace) => call("GET", "get-test-case-definition", trace),
    put: (document, trace) => call("PUT", "update-test-case-definition", trace, document),
  };
}

function headerText(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}
