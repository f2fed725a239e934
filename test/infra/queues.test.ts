import { describe, expect, test } from "vitest";
import { applyTimeoutSeconds, parseConnections } from "../../shared/platform/config.ts";
import { isTimeShort } from "../../shared/reconciliation/scan/scope-scan.ts";
import { retell, SynthesizedStack } from "./synthesized-stack.ts";

interface Queue {
  QueueName: string;
  FifoQueue: boolean;
  ContentBasedDeduplication: boolean;
  MessageRetentionPeriod: number;
  MaximumMessageSize: number;
  SqsManagedSseEnabled: boolean;
  VisibilityTimeout?: number;
  RedrivePolicy?: { deadLetterTargetArn: string; maxReceiveCount: number };
}

const slow = { ...retell, id: "retell-eu", callTimeoutSeconds: 45.5 };
const fast = { ...retell, rateLimit: { requestsPerSecond: 7.5 } };
const stack = new SynthesizedStack([fast, slow]);
const queues = stack.resources<Queue>("AWS::SQS::Queue").map(({ properties }) => properties);

const dead = (name: string) => `<${name}DeadLetters.Arn>`;

describe("the queues", () => {
  test("each connection has one of change requests and one of runs, each with its dead-letter queue", () => {
    expect(queues.map(({ QueueName }) => QueueName).toSorted()).toEqual([
      "test-case-sync-change-requests-retell-dead.fifo",
      "test-case-sync-change-requests-retell-eu-dead.fifo",
      "test-case-sync-change-requests-retell-eu.fifo",
      "test-case-sync-change-requests-retell.fifo",
      "test-case-sync-reconciliations-retell",
      "test-case-sync-reconciliations-retell-dead",
      "test-case-sync-reconciliations-retell-eu",
      "test-case-sync-reconciliations-retell-eu-dead",
    ]);
  });

  test("a message that can never be handled goes to the queue's own dead-letter queue after 1000 receives", () => {
    const redrive = queues
      .filter(({ RedrivePolicy }) => RedrivePolicy !== undefined)
      .map(({ QueueName, RedrivePolicy }) => [QueueName, RedrivePolicy]);
    expect(Object.fromEntries(redrive)).toEqual(
      Object.fromEntries(
        [
          ["test-case-sync-change-requests-retell.fifo", dead("ChangeRequestsretell")],
          ["test-case-sync-change-requests-retell-eu.fifo", dead("ChangeRequestsretelleu")],
          ["test-case-sync-reconciliations-retell", dead("ReconciliationReconciliationsretell")],
          ["test-case-sync-reconciliations-retell-eu", dead("ReconciliationReconciliationsretelleu")],
        ].map(([name, deadLetterTargetArn]) => [name, { deadLetterTargetArn, maxReceiveCount: 1_000 }]),
      ),
    );
  });

  test.each(queues)("$QueueName keeps messages of 1 MiB for 14 days, encrypted", (queue) => {
    expect(queue).toMatchObject({
      MessageRetentionPeriod: 14 * 24 * 3600,
      MaximumMessageSize: 1024 * 1024,
      SqsManagedSseEnabled: true,
    });
  });

  test("change requests are kept in order, and never dropped for being alike; the order of runs means nothing", () => {
    for (const { QueueName, FifoQueue, ContentBasedDeduplication } of queues) {
      const ofRequests = { FifoQueue: true, ContentBasedDeduplication: false };
      expect({ FifoQueue, ContentBasedDeduplication }, QueueName).toEqual(
        QueueName.includes("change-requests") ? ofRequests : {},
      );
    }
  });

  test("apply-change's timeout covers two of the slowest calls, and a message outlasts its function by 30 s", () => {
    const timeout = applyTimeoutSeconds(parseConnections([fast, slow]));
    expect(timeout).toBe(101);
    expect(stack.function("apply-change").Timeout).toBe(timeout);
    const visibility = queues.flatMap(({ QueueName, VisibilityTimeout }) =>
      VisibilityTimeout === undefined ? [] : [[QueueName, VisibilityTimeout]],
    );
    expect(Object.fromEntries(visibility)).toEqual({
      "test-case-sync-change-requests-retell.fifo": 131,
      "test-case-sync-change-requests-retell-eu.fifo": 131,
      "test-case-sync-reconciliations-retell": 222,
      "test-case-sync-reconciliations-retell-eu": 222,
    });
  });

  test("reconcile-scope has time for several calls, however long one may take", () => {
    const slowest = { ...retell, callTimeoutSeconds: 60 };
    const endsAt = new SynthesizedStack([slowest]).function("reconcile-scope").Timeout * 1_000;
    const [connection] = parseConnections([slowest]);
    if (connection === undefined) throw new Error("no connection");
    // Epoch ms: the invocation has begun at 0.
    const isShortAfter = (calls: number) =>
      isTimeShort({ connection, clock: { now: () => calls * 60_000, sleep: async () => undefined } }, endsAt);
    expect([0, 1, 2, 3, 4].filter((calls) => !isShortAfter(calls))).toEqual([0, 1, 2, 3]);
  });

  test("each feeds its function one message at a time: about as many requests as the rate lets through, two scopes", () => {
    const sources = stack.resources("AWS::Lambda::EventSourceMapping").map(({ properties }) => properties);
    const source = (FunctionName: string, queue: string, MaximumConcurrency: number) => ({
      FunctionName,
      BatchSize: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      EventSourceArn: `<${queue}Queue.Arn>`,
      ScalingConfig: { MaximumConcurrency },
    });
    const worker = "<ReconciliationReconcileScopeFunction>";
    expect(sources).toEqual([
      source("<ApplyChangeFunction>", "ChangeRequestsretell", 8),
      source("<ApplyChangeFunction>", "ChangeRequestsretelleu", 2),
      source(worker, "ReconciliationReconciliationsretell", 2),
      source(worker, "ReconciliationReconciliationsretelleu", 2),
    ]);
  });

  test("the longest connection id still gives queue names that SQS takes", () => {
    const long = new SynthesizedStack([{ ...retell, id: "x".repeat(32) }]);
    for (const { properties } of long.resources<Queue>("AWS::SQS::Queue")) {
      expect(properties.QueueName).toMatch(/^(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?$/);
    }
  });
});
