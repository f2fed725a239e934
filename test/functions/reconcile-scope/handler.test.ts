import type { Context, SQSEvent } from "aws-lambda";
import { beforeEach, describe, expect, it } from "vitest";
import { createHandler } from "../../../functions/reconcile-scope/handler.ts";
import { pristineHealth } from "../../../shared/connection/connection-health.ts";
import { pausedByOperator } from "../../../shared/connection/health-transitions.ts";
import type { LogFields } from "../../../shared/platform/log.ts";
import { noMetrics } from "../../../shared/platform/metrics.ts";
import type { ReconcileDependencies } from "../../../shared/reconciliation/scan/scope-scan.ts";
import { createMemoryStores } from "../../simulation/stores/memory-stores.ts";
import { createMemoryTables, type MemoryTables } from "../../simulation/stores/memory-tables.ts";
import { oneConnection } from "../../support/isolated-api.ts";
import { recordRun } from "../../support/recorded-runs.ts";

const now = Date.parse("2026-11-21T10:00:00.000Z");
const queueArn = "arn:aws:sqs:us-east-1:000000000000:runs";
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;
let tables: MemoryTables;
let hidden: [string, number][];
let logged: [string, LogFields][];
beforeEach(() => {
  tables = createMemoryTables();
  hidden = [];
  logged = [];
});

const stores = () => createMemoryStores(tables, { now: () => now });

/** What a test does not give fails when it is touched. */
function handler(others: object = {}) {
  const log = (event: string, fields: LogFields = {}) => logged.push([event, fields]);
  const parts = {
    ...stores(),
    connection: oneConnection[0],
    clock: { now: () => now, sleep: async () => undefined },
    random: { fraction: () => 0.5, token: () => "token" },
    metrics: noMetrics,
    log: { info: log, warn: log, error: log },
    pacer: { begin: (provider: unknown) => ({ provider }) },
    key: { version: async () => "1", refresh: async () => "1" },
    ...others,
  };
  return createHandler({
    queues: new Map([
      [
        queueArn,
        {
          reconcile: parts as unknown as ReconcileDependencies,
          hide: async (handle, seconds) => void hidden.push([handle, seconds]),
        },
      ],
    ]),
    log: parts.log,
  });
}

const deliver = (body: unknown, arn = queueArn, others: object = {}) =>
  handler(others)(
    {
      Records: [
        {
          messageId: "m-1",
          receiptHandle: "handle-1",
          body: typeof body === "string" ? body : JSON.stringify(body),
          eventSourceARN: arn,
        },
      ],
    } as SQSEvent,
    context,
  );
const message = { kind: "scope", connection: "retell", runId: "run-1", scope: "s" };

describe("a message of a run", () => {
  it("that is over is done with", async () => {
    const { runId } = await recordRun(stores(), { startedAt: now - 60_000, scopes: { s: {} } });
    expect(await deliver({ ...message, runId })).toEqual({ batchItemFailures: [] });
    expect(hidden).toEqual([]);
  });

  it("that has to wait comes back after whole seconds, and the log says why", async () => {
    const { runId } = await recordRun(stores(), { startedAt: now - 60_000, scopes: { s: undefined } });
    await stores().health.write("retell", pausedByOperator(pristineHealth, now, "migration"));
    expect(await deliver({ ...message, runId })).toEqual({ batchItemFailures: [{ itemIdentifier: "m-1" }] });
    expect(hidden).toEqual([["handle-1", expect.any(Number)]]);
    const [, seconds = 0] = hidden[0] ?? [];
    expect(Number.isInteger(seconds) && seconds >= 1).toBe(true);
    expect(logged).toContainEqual([
      "reconciliation-waits",
      { ...message, runId, reason: "paused-by-operator", waitMs: expect.any(Number) },
    ]);
  });

  it.each([
    ["no JSON", "{"],
    ["another kind", { ...message, kind: "sweep" }],
    ["another connection's", { ...message, connection: "retell-eu" }],
  ])("that is of no use (%s) is dropped, and logged without its text", async (_what, body) => {
    expect(await deliver(body)).toEqual({ batchItemFailures: [] });
    expect(logged).toEqual([["reconciliation-message-unusable", { messageId: "m-1" }]]);
  });

  it.each(["discover", "scope"])(
    "of the kind %s comes back where a store fails, and the log has no word of what it failed on",
    async (kind) => {
      const { runId } = await recordRun(stores(), { startedAt: now - 60_000, scopes: { s: undefined } });
      const key = { connection: "retell", runId };
      const health = { read: () => Promise.reject(new TypeError("the prompt is: be rude")) };
      const answer = await deliver(
        kind === "scope" ? { kind, ...key, scope: "s" } : { kind, ...key },
        queueArn,
        {
          health,
        },
      );
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m-1" }] });
      expect(hidden).toEqual([["handle-1", 15]]);
      expect(logged[0]).toEqual([
        "reconciliation-failed-unexpectedly",
        { ...key, ...(kind === "scope" && { scope: "s" }), error: "TypeError" },
      ]);
      expect(JSON.stringify(logged)).not.toContain("rude");
    },
  );

  it("in a queue of no connection is not deleted: the deployment is wrong", async () => {
    await expect(deliver(message, "arn:other")).rejects.toThrow("no connection has the queue arn:other");
  });
});
