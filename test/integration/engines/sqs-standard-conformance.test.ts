/** What reconciliation's runs rely on in SQS's standard queues, pinned down on the local engine. */
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "vitest";
import { localQueueUrl } from "../../../infra/local/engines/local-queue-url.ts";
import {
  parseReconciliationMessage,
  type ScopeMessage,
} from "../../../shared/reconciliation/run/reconciliation-message.ts";
import { createReconciliationQueue } from "../../../shared/reconciliation/run/reconciliation-queue.sqs.ts";
import { sqsClient, withEngines } from "../../support/engines.ts";
import { createStandardQueue, type StandardQueue } from "../../support/standard-queue.ts";

const engines = withEngines();
let client: SQSClient;

beforeAll(() => {
  client = sqsClient(engines.current);
});

const newQueue = (attributes?: Record<string, string>) =>
  createStandardQueue(client, engines.current.sqs.endpoint, attributes);
const scope = (name: string): ScopeMessage => ({
  kind: "scope",
  connection: "retell",
  runId: "run-1",
  scope: name,
});
const scopeOf = (message: Message | undefined) => {
  const parsed = parseReconciliationMessage(message?.Body ?? "");
  return parsed?.kind === "scope" ? parsed.scope : undefined;
};

/** Takes messages until none comes any more. */
async function drained(queue: StandardQueue): Promise<string[]> {
  const scopes: string[] = [];
  for (;;) {
    const message = await queue.receive();
    if (message === undefined) return scopes;
    scopes.push(scopeOf(message) ?? "?");
    await queue.delete(message);
  }
}

describe.concurrent("a standard queue", () => {
  it("takes more messages than fit into one call, with any text in them, and gives each", async () => {
    const queue = await newQueue();
    const names = Array.from({ length: 23 }, (_, index) => `retell-llm:ä漢😀\ufffd${index}`);
    expect(await queue.send(names.map(scope))).toEqual({ sent: true });
    expect((await drained(queue)).sort()).toEqual(names.sort());
  });

  it("takes the same message again: nothing is dropped for being alike", async () => {
    const queue = await newQueue();
    await queue.send([scope("a"), scope("a")]);
    expect(await drained(queue)).toEqual(["a", "a"]);
  });

  it("gives other messages while one waits, and that one when its wait is over", async () => {
    const queue = await newQueue();
    await queue.send([scope("waits")]);
    const waiting = await queue.receive();
    const changedAt = performance.now();
    await queue.changeVisibility(waiting, 1);
    await queue.send([scope("b"), scope("c")]);
    expect((await drained(queue)).sort()).toEqual(["b", "c"]);
    const again = await queue.receive({ waitSeconds: 5 });
    expect(scopeOf(again)).toBe("waits");
    expect(again?.Attributes?.["ApproximateReceiveCount"]).toBe("2");
    expect(performance.now() - changedAt).toBeGreaterThanOrEqual(1_000);
  });

  it("gives a message back whose consumer has died, when its visibility timeout is over", async () => {
    const queue = await newQueue({ VisibilityTimeout: "1" });
    await queue.send([scope("a")]);
    expect(scopeOf(await queue.receive())).toBe("a");
    expect(await queue.receive()).toBeUndefined();
    expect(scopeOf(await queue.receive({ waitSeconds: 5 }))).toBe("a");
  });

  it("moves a message to the dead-letter queue when it has been received too often", async () => {
    const dead = await newQueue();
    const queue = await newQueue({
      VisibilityTimeout: "1",
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${dead.name}`,
        maxReceiveCount: 2,
      }),
    });
    await queue.send([scope("a")]);
    for (const count of ["1", "2"]) {
      const message = await queue.receive({ waitSeconds: 5 });
      expect(message?.Attributes?.["ApproximateReceiveCount"]).toBe(count);
    }
    expect(await queue.receive({ waitSeconds: 2 })).toBeUndefined();
    expect(scopeOf(await dead.receive({ waitSeconds: 5 }))).toBe("a");
  });

  it("that is gone is told as not sent, and not as an error", async () => {
    const nowhere = createReconciliationQueue(client, localQueueUrl(engines.current.sqs.endpoint, "nowhere"));
    expect(await nowhere.send([scope("a")])).toEqual({ sent: false, reason: expect.any(String) });
  });
});
