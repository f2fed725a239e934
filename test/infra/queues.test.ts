import { describe, expect, test } from "vitest";
import { applyTimeoutSeconds, parseConnections } from "../../shared/platform/config.ts";
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

describe("the change request queues", () => {
  test("each connection has a queue and a dead-letter queue, and there are no others", () => {
    expect(queues.map(({ QueueName }) => QueueName).toSorted()).toEqual([
      "test-case-sync-change-requests-retell-dead.fifo",
      "test-case-sync-change-requests-retell-eu-dead.fifo",
      "test-case-sync-change-requests-retell-eu.fifo",
      "test-case-sync-change-requests-retell.fifo",
    ]);
  });

  test("a message that can never be handled goes to the queue's own dead-letter queue after 1000 receives", () => {
    const redrive = Object.fromEntries(
      queues.map(({ QueueName, RedrivePolicy }) => [QueueName, RedrivePolicy]),
    );
    expect(redrive).toEqual({
      "test-case-sync-change-requests-retell.fifo": {
        deadLetterTargetArn: "<ChangeRequestsretellDeadLetters.Arn>",
        maxReceiveCount: 1000,
      },
      "test-case-sync-change-requests-retell-eu.fifo": {
        deadLetterTargetArn: "<ChangeRequestsretelleuDeadLetters.Arn>",
        maxReceiveCount: 1000,
      },
      "test-case-sync-change-requests-retell-dead.fifo": undefined,
      "test-case-sync-change-requests-retell-eu-dead.fifo": undefined,
    });
  });

  test.each(queues)("$QueueName keeps order, and keeps messages of 1 MiB for 14 days, encrypted", (queue) => {
    expect(queue).toMatchObject({
      FifoQueue: true,
      ContentBasedDeduplication: false,
      MessageRetentionPeriod: 14 * 24 * 3600,
      MaximumMessageSize: 1024 * 1024,
      SqsManagedSseEnabled: true,
    });
  });

  test("the function's timeout covers two of the slowest calls, and a message outlasts the function by 30 s", () => {
    const timeout = applyTimeoutSeconds(parseConnections([fast, slow]));
    expect(timeout).toBe(101);
    expect(stack.function("apply-change").Timeout).toBe(timeout);
    const visibility = queues.flatMap(({ VisibilityTimeout }) => VisibilityTimeout ?? []);
    expect(visibility).toEqual([131, 131]);
  });

  test("each queue feeds apply-change one message at a time, about as many at once as its rate lets through", () => {
    const sources = stack.resources("AWS::Lambda::EventSourceMapping").map(({ properties }) => properties);
    const source = {
      FunctionName: "<ApplyChangeFunction>",
      BatchSize: 1,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    };
    expect(sources).toEqual([
      {
        ...source,
        EventSourceArn: "<ChangeRequestsretellQueue.Arn>",
        ScalingConfig: { MaximumConcurrency: 8 },
      },
      {
        ...source,
        EventSourceArn: "<ChangeRequestsretelleuQueue.Arn>",
        ScalingConfig: { MaximumConcurrency: 2 },
      },
    ]);
  });

  test("the longest connection id still gives queue names that SQS takes", () => {
    const long = new SynthesizedStack([{ ...retell, id: "x".repeat(32) }]);
    for (const { properties } of long.resources<Queue>("AWS::SQS::Queue")) {
      expect(properties.QueueName).toMatch(/^[A-Za-z0-9_-]{1,75}\.fifo$/);
    }
  });
});
