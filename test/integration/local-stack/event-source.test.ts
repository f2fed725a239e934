/** How the local stack feeds a queue to a function, compared with what Lambda does. */
import type { SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type EventSourceSettings,
  startEventSource,
  type Target,
} from "../../../infra/local/functions/event-source.sqs.ts";
import type { InvocationResult } from "../../../infra/local/functions/function-process.ts";
import { hideMessage } from "../../../shared/platform/hide-message.sqs.ts";
import { sqsClient, withEngines } from "../../support/engines.ts";
import { createFifoQueue, type FifoQueue } from "../../support/fifo-queue.ts";
import { createStandardQueue } from "../../support/standard-queue.ts";
import { waitFor } from "../../support/wait-for.ts";

const engines = withEngines();

type Batch = {
  readonly ids: string[];
  readonly bodies: string[];
  readonly receiveCounts: number[];
  readonly receiptHandles: string[];
};
type Answer = (batch: Batch) => unknown;

const queueArn = "arn:aws:sqs:us-east-1:000000000000:q.fifo";
const deadline = (what: string) => ({ timeoutMs: 10_000, what });

/** A queue that feeds a function; `answer` may throw as a function may. */
async function feed(answer: Answer, changes: Partial<EventSourceSettings> = {}, attributes = {}) {
  const client = sqsClient(engines.current);
  const queue = await createFifoQueue(client, engines.current.sqs.endpoint, {
    VisibilityTimeout: "1",
    ...attributes,
  });
  return { queue, ...consume(client, queue.url, answer, changes) };
}

function consume(
  client: SQSClient,
  queueUrl: string,
  answer: Answer,
  changes: Partial<EventSourceSettings> = {},
) {
  const batches: Batch[] = [];
  const reports: string[] = [];
  const target: Target = {
    async untilRoom() {
      // There always is.
    },
    async invoke(event): Promise<InvocationResult> {
      const { Records: records } = JSON.parse(JSON.stringify(event));
      const batch: Batch = {
        ids: records.map(({ messageId }: { messageId: string }) => messageId),
        bodies: records.map(({ body }: { body: string }) => body),
        receiveCounts: records.map(({ attributes }: { attributes: { ApproximateReceiveCount: string } }) =>
          Number(attributes.ApproximateReceiveCount),
        ),
        receiptHandles: records.map(({ receiptHandle }: { receiptHandle: string }) => receiptHandle),
      };
      batches.push(batch);
      try {
        return { ok: true, payload: JSON.stringify((await answer(batch)) ?? null) };
      } catch (error) {
        return { ok: false, errorType: error instanceof Error ? error.name : "Error", message: "" };
      }
    },
  };
  const settings = {
    queueUrl,
    queueArn,
    region: "us-east-1",
    batchSize: 1,
    maximumConcurrency: 5,
    reportBatchItemFailures: true,
    ...changes,
  };
  const source = startEventSource(client, target, settings, (line) => reports.push(line));
  onTestFinished(() => source.stop());
  return { batches, reports, source };
}

const isEmpty = async (queue: Pick<FifoQueue, "attributes">) => {
  const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: inFlight } =
    await queue.attributes();
  return visible === "0" && inFlight === "0";
};

/** A promise that others resolve. */
const gate = () => Promise.withResolvers<void>();

describe("an event source", () => {
  it("deletes a message that the function has handled", async () => {
    const { queue, batches } = await feed(() => undefined);
    await queue.send("g", "hello");
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(batches.map(({ bodies }) => bodies)).toEqual([["hello"]]);
  });

  it.each<[string, Answer]>([
    ["the function fails", () => Promise.reject(new TypeError("boom"))],
    ["it is reported as failed", ({ ids }) => ({ batchItemFailures: [{ itemIdentifier: ids[0] }] })],
    [
      "the answer names a message that is not in the batch",
      () => ({ batchItemFailures: [{ itemIdentifier: "x" }] }),
    ],
    ["the answer is broken", () => "done"],
  ])("lets a message come back by its visibility timeout when %s", async (_, failure) => {
    const { queue, batches } = await feed((batch) =>
      batch.receiveCounts[0] === 1 ? failure(batch) : undefined,
    );
    await queue.send("g", "again");
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(batches.map(({ receiveCounts }) => receiveCounts)).toEqual([[1], [2]]);
  });

  it("does not look at the answer where failures are not reported in it", async () => {
    const { queue, batches } = await feed(() => ({ batchItemFailures: [{ itemIdentifier: "x" }] }), {
      reportBatchItemFailures: false,
    });
    await queue.send("g", "once");
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(batches).toHaveLength(1);
  });

  it("deletes the rest of a batch of which one failed", async () => {
    const begin = gate();
    const { queue, batches } = await feed(
      async ({ ids, bodies, receiveCounts }) => {
        await begin.promise;
        const failed = ids.filter((_, i) => bodies[i] === "bad" && receiveCounts[i] === 1);
        return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
      },
      { batchSize: 10, maximumConcurrency: 1 },
      { VisibilityTimeout: "2" },
    );
    // While the first batch is held, the others gather to be one batch.
    await queue.send("first", "first");
    await waitFor(() => batches.length === 1, deadline("the first batch"));
    await Promise.all(["good", "bad", "fine"].map((body) => queue.send(body, body)));
    begin.resolve();
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(batches.map(({ bodies }) => bodies.toSorted())).toEqual([
      ["first"],
      ["bad", "fine", "good"],
      ["bad"],
    ]);
  });

  it("keeps the order of a group, also when a message fails", async () => {
    const { queue, batches } = await feed(({ bodies, receiveCounts }) => {
      if (bodies[0] === "2" && receiveCounts[0] === 1) throw new Error("boom");
    });
    for (const body of ["1", "2", "3"]) await queue.send("g", body);
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(batches.flatMap(({ bodies }) => bodies)).toEqual(["1", "2", "2", "3"]);
  });

  it("runs as many batches at a time as its maximum concurrency", async () => {
    const open = gate();
    let running = 0;
    let most = 0;
    const { queue } = await feed(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await open.promise;
        running -= 1;
      },
      { maximumConcurrency: 2 },
      { VisibilityTimeout: "30" },
    );
    for (const group of ["a", "b", "c", "d"]) await queue.send(group, group);
    await waitFor(() => running === 2, deadline("two batches"));
    const { ApproximateNumberOfMessages: waiting } = await queue.attributes();
    expect(waiting).toBe("2");
    open.resolve();
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(most).toBe(2);
  });

  it("plays a standard queue too: a message that has to wait comes back after its wait, and holds up no other", async () => {
    const client = sqsClient(engines.current);
    const queue = await createStandardQueue(client, engines.current.sqs.endpoint);
    const hide = hideMessage(client, queue.url);
    const { batches } = consume(client, queue.url, async ({ ids, bodies, receiveCounts, receiptHandles }) => {
      if (!bodies[0]?.includes("waits") || receiveCounts[0] !== 1) return undefined;
      // Far less than the queue's visibility timeout.
      await hide(receiptHandles[0] ?? "", 2);
      return { batchItemFailures: [{ itemIdentifier: ids[0] }] };
    });
    const scope = (name: string) => ({ kind: "scope", connection: "c", runId: "r", scope: name }) as const;
    await queue.send([scope("waits")]);
    await waitFor(() => batches.length === 1, deadline("the first delivery"));
    await queue.send(["b", "c", "d"].map(scope));
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    const scopes = batches.map(({ bodies }) => JSON.parse(bodies[0] ?? "").scope);
    expect(scopes.slice(1, 4).sort()).toEqual(["b", "c", "d"]);
    expect([scopes[0], scopes[4]]).toEqual(["waits", "waits"]);
    expect(batches).toHaveLength(5);
  });

  it("stops when the running batches are done, and takes nothing more", async () => {
    const open = gate();
    const { queue, batches, source } = await feed(() => open.promise, {}, { VisibilityTimeout: "30" });
    await queue.send("a", "running");
    await waitFor(() => batches.length === 1, deadline("the batch"));
    const stopped = source.stop();
    await queue.send("b", "late");
    open.resolve();
    await stopped;
    expect(batches).toHaveLength(1);
    // Long before the visibility timeout of 30 s.
    expect((await queue.receive({ waitSeconds: 5 }))?.Body).toBe("late");
  });

  it("reports failures by message id and kind, without content", async () => {
    const { queue, reports } = await feed(({ receiveCounts }) => {
      if (receiveCounts[0] === 1) throw new TypeError("prompt text");
    });
    const { MessageId } = await queue.send("g", "prompt text");
    await waitFor(() => isEmpty(queue), deadline("an empty queue"));
    expect(reports).toEqual([`${MessageId} stays in ${queueArn}: TypeError`]);
  });
});
