/**
 * What the queue's producers and consumers rely on in SQS FIFO queues, pinned down on the local engine.
 * Known gaps of the engine, on which nothing may depend:
 * - A visibility timeout of 0 loses the message until the engine restarts: 1 s is the least that may be set.
 * - Deduplication ids are forgotten when the engine restarts (AWS: five minutes after the send).
 * - One receive call gives at most one message of a group (AWS: several), so larger batches are not exercised.
 * - Moving a message to the dead-letter queue is two commits: a crash in between would lose it.
 * - Group and deduplication ids are not checked (AWS: at most 128 printable ASCII characters).
 * - The retention period is not enforced, `SenderId` is always the account, and there is no redrive API.
 */
import type { SQSClient } from "@aws-sdk/client-sqs";
import { beforeAll, describe, expect, it } from "vitest";
import { sqsClient, withEngines } from "../../support/engines.ts";
import { createFifoQueue, type FifoQueue } from "../../support/fifo-queue.ts";

const engines = withEngines();
let client: SQSClient;

beforeAll(() => {
  client = sqsClient(engines.current);
});

const newQueue = (attributes?: Record<string, string>) =>
  createFifoQueue(client, engines.current.sqs.endpoint, attributes);

describe.concurrent("groups", () => {
  it("give their messages in the order in which they were sent", async () => {
    const queue = await newQueue();
    for (let index = 0; index < 20; index++) await queue.send("g", String(index));
    for (let index = 0; index < 20; index++) {
      const message = await queue.receive();
      expect(message?.Body).toBe(String(index));
      await queue.delete(message);
    }
    expect(await queue.receive()).toBeUndefined();
  });

  it("are blocked while one of their messages is in flight, and other groups are not", async () => {
    const queue = await newQueue();
    for (const body of ["a1", "a2", "b1"]) await queue.send(body.slice(0, 1), body);
    const first = await queue.receive();
    expect([first?.Body, (await queue.receive())?.Body, await queue.receive()]).toEqual([
      "a1",
      "b1",
      undefined,
    ]);
    await queue.delete(first);
    expect((await queue.receive())?.Body).toBe("a2");
  });

  it("stay blocked while a message is invisible after a change of its visibility, and then start with it", async () => {
    const queue = await newQueue();
    await queue.send("a", "a1");
    await queue.send("a", "a2");
    const changedAt = performance.now();
    await queue.changeVisibility(await queue.receive(), 1);
    expect(await queue.receive()).toBeUndefined();
    const again = await queue.receive({ waitSeconds: 5 });
    expect(again?.Body).toBe("a1");
    expect(again?.Attributes?.["ApproximateReceiveCount"]).toBe("2");
    expect(performance.now() - changedAt).toBeGreaterThanOrEqual(1000);
    expect(await queue.receive()).toBeUndefined();
  });
});

describe.concurrent("visibility", () => {
  it("runs out, and the message comes back with a higher receive count", async () => {
    const queue = await newQueue({ VisibilityTimeout: "1" });
    await queue.send("g", "body");
    for (const count of ["1", "2", "3"]) {
      const message = await queue.receive({ waitSeconds: 5 });
      expect(message?.Attributes?.["ApproximateReceiveCount"]).toBe(count);
    }
  });

  it("can be made longer before it runs out", async () => {
    const queue = await newQueue({ VisibilityTimeout: "1" });
    await queue.send("g", "body");
    await queue.changeVisibility(await queue.receive(), 3);
    expect(await queue.receive({ waitSeconds: 2 })).toBeUndefined();
  });

  it("is set by the receive call where that names one", async () => {
    const queue = await newQueue();
    await queue.send("g", "body");
    await queue.receive({ visibilitySeconds: 1 });
    expect((await queue.receive({ waitSeconds: 5 }))?.Body).toBe("body");
  });

  it("leaves a late consumer without power over a message that another one holds", async () => {
    const queue = await newQueue();
    await queue.send("g", "body");
    const late = await queue.receive({ visibilitySeconds: 1 });
    const current = await queue.receive({ waitSeconds: 5 });
    await expect(queue.changeVisibility(late, 30)).rejects.toHaveProperty("name", "MessageNotInflight");
    await queue.delete(late);
    expect((await queue.attributes())["ApproximateNumberOfMessagesNotVisible"]).toBe("1");
    await queue.delete(current);
    expect((await queue.attributes())["ApproximateNumberOfMessagesNotVisible"]).toBe("0");
  });
});

describe.concurrent("a message", () => {
  it("carries what the consumer reads", async () => {
    const queue = await newQueue();
    const before = Date.now();
    const sent = await queue.send("retell#test_case_1", 'ä漢😀\u2028\ufffd"\\', {
      MessageDeduplicationId: "dedup-1",
      MessageAttributes: { subject: { DataType: "String", StringValue: "ana ä" } },
    });
    const message = await queue.receive();
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'ä漢😀\u2028\ufffd"\\',
      MessageAttributes: { subject: { DataType: "String", StringValue: "ana ä" } },
      Attributes: {
        MessageGroupId: "retell#test_case_1",
        MessageDeduplicationId: "dedup-1",
        SequenceNumber: sent.SequenceNumber,
        ApproximateReceiveCount: "1",
        SenderId: expect.stringMatching(/./),
      },
    });
    expect(Number(message?.Attributes?.["SentTimestamp"])).toBeGreaterThanOrEqual(before);
    expect(Number(message?.Attributes?.["ApproximateFirstReceiveTimestamp"])).toBeGreaterThanOrEqual(before);
  });

  it("gets a higher sequence number than the ones before it", async () => {
    const queue = await newQueue();
    const sent = [await queue.send("a", "1"), await queue.send("b", "2"), await queue.send("a", "3")];
    const numbers = sent.map(({ SequenceNumber }) => BigInt(SequenceNumber ?? "0"));
    expect(numbers).toEqual(numbers.toSorted((a, b) => Number(a - b)));
    expect(new Set(numbers).size).toBe(3);
  });

  it("is taken once where its deduplication id is sent again, also after it was deleted", async () => {
    const queue = await newQueue();
    const send = (body: string) => queue.send("g", body, { MessageDeduplicationId: "same" });
    const first = await send("first");
    expect(await send("second")).toMatchObject({
      MessageId: first.MessageId,
      SequenceNumber: first.SequenceNumber,
    });
    const message = await queue.receive();
    expect(message?.Body).toBe("first");
    await queue.delete(message);
    await send("third");
    expect(await queue.receive()).toBeUndefined();
  });

  it("may be 1 MiB with its attributes and not a byte more", async () => {
    const queue = await newQueue();
    const mebibyte = 1024 * 1024;
    const tooLong = "Message must be shorter than 1048576 bytes";
    const MessageAttributes = { subject: { DataType: "String", StringValue: "ana" } };
    const attributesSize = "subject".length + "String".length + "ana".length;
    await queue.send("g", "x".repeat(mebibyte - attributesSize), { MessageAttributes });
    await expect(
      queue.send("g", "x".repeat(mebibyte - attributesSize + 1), { MessageAttributes }),
    ).rejects.toThrow(tooLong);
    await expect(queue.send("g", "ä".repeat(mebibyte / 2 + 1))).rejects.toThrow(tooLong);
    expect((await queue.receive())?.Body).toHaveLength(mebibyte - attributesSize);
  });
});

describe.concurrent("the dead-letter queue", () => {
  it("gets a message that was received too often, as it was sent, and the group goes on", async () => {
    const deadLetters = await newQueue();
    const { QueueArn } = await deadLetters.attributes();
    const queue = await newQueue({
      VisibilityTimeout: "1",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: QueueArn, maxReceiveCount: 2 }),
    });
    const sent = await queue.send("g", "poison", {
      MessageAttributes: { subject: { DataType: "String", StringValue: "ana" } },
    });
    await queue.send("g", "next");
    for (const count of ["1", "2"]) {
      const message = await queue.receive({ waitSeconds: 5 });
      expect([message?.Body, message?.Attributes?.["ApproximateReceiveCount"]]).toEqual(["poison", count]);
    }
    expect((await queue.receive({ waitSeconds: 5 }))?.Body).toBe("next");
    expect(await deadLetters.receive()).toMatchObject({
      MessageId: sent.MessageId,
      Body: "poison",
      Attributes: { MessageGroupId: "g" },
      MessageAttributes: { subject: { StringValue: "ana" } },
    });
  });
});

describe.concurrent("a long poll", () => {
  /** Gives a poll that was sent before time to arrive before what is sent next. */
  const pollArrives = async (queue: FifoQueue) => {
    for (let trips = 0; trips < 3; trips++) await queue.attributes();
  };

  it("answers as soon as a message is sent", async () => {
    const queue = await newQueue();
    const received = queue.receive({ waitSeconds: 10 });
    await pollArrives(queue);
    await queue.send("g", "body");
    const sentAt = performance.now();
    expect((await received)?.Body).toBe("body");
    expect(performance.now() - sentAt).toBeLessThan(500);
  });

  it("answers as soon as a group is free again", async () => {
    const queue = await newQueue();
    await queue.send("g", "1");
    await queue.send("g", "2");
    const first = await queue.receive();
    const next = queue.receive({ waitSeconds: 10 });
    await pollArrives(queue);
    await queue.delete(first);
    const deletedAt = performance.now();
    expect((await next)?.Body).toBe("2");
    expect(performance.now() - deletedAt).toBeLessThan(500);
  });

  it("ends without a message when its time is over", async () => {
    const queue = await newQueue();
    const startedAt = performance.now();
    expect(await queue.receive({ waitSeconds: 1 })).toBeUndefined();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });
});
