/** What the local SQS engine keeps when it is killed. Known gaps: sqs-conformance. */
import { beforeAll, expect, it } from "vitest";
import { crashUnderLoad } from "../../support/crash-under-load.ts";
import { sqsClient, withEngines } from "../../support/engines.ts";
import { createFifoQueue, type FifoQueue, fifoQueue } from "../../support/fifo-queue.ts";

const engines = withEngines();
let newQueue: (attributes?: Record<string, string>) => Promise<FifoQueue>;

beforeAll(() => {
  newQueue = (attributes) =>
    createFifoQueue(sqsClient(engines.current), engines.current.sqs.endpoint, attributes);
});

/** The same queue on the engine that runs now, which has another port. */
const afterRestart = ({ name }: FifoQueue) =>
  fifoQueue(sqsClient(engines.current), engines.current.sqs.endpoint, name);

it("keeps every acknowledged message and the order of its group over a SIGKILL", async () => {
  const queue = await newQueue();
  const groups = ["a", "b", "c", "d"];
  const acknowledged = await crashUnderLoad(engines, groups, (group, index) =>
    queue.send(group, String(index)),
  );

  const kept = new Map<string, string[]>();
  const restarted = afterRestart(queue);
  for (let message = await restarted.receive(); message; message = await restarted.receive()) {
    const group = message.Attributes?.["MessageGroupId"] ?? "";
    kept.set(group, [...(kept.get(group) ?? []), message.Body ?? ""]);
    await restarted.delete(message);
  }
  for (const [group, count] of acknowledged) {
    const bodies = kept.get(group) ?? [];
    expect(bodies).toEqual(bodies.map((_, index) => String(index)));
    expect(bodies.length).toBeGreaterThanOrEqual(count);
  }
});

it("keeps what is in flight, what was deleted, receive counts and the queue's attributes", async () => {
  const deadLetters = await newQueue();
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: (await deadLetters.attributes())["QueueArn"],
    maxReceiveCount: 5,
  });
  const queue = await newQueue({ RedrivePolicy });
  await queue.send("deleted", "deleted");
  await queue.delete(await queue.receive());
  await queue.send("held", "held");
  await queue.send("held", "next");
  const held = await queue.receive();
  await queue.send("due", "due", {
    MessageAttributes: { subject: { DataType: "String", StringValue: "ana" } },
  });
  await queue.receive({ visibilitySeconds: 1 });

  await engines.crashAndRestart();

  const restarted = afterRestart(queue);
  expect(await restarted.attributes()).toMatchObject({
    RedrivePolicy,
    VisibilityTimeout: "30",
    FifoQueue: "true",
  });
  expect(await restarted.receive({ waitSeconds: 5 })).toMatchObject({
    Body: "due",
    MessageAttributes: { subject: { StringValue: "ana" } },
    Attributes: { ApproximateReceiveCount: "2" },
  });
  expect(await restarted.receive()).toBeUndefined();
  await restarted.delete(held);
  expect(await restarted.receive()).toMatchObject({
    Body: "next",
    Attributes: { ApproximateReceiveCount: "1" },
  });
  expect(await restarted.receive()).toBeUndefined();
});
