/** What becomes of a message: deleted, hidden, or copied to the dead letters before it is deleted. */
import type { Context, SQSRecord } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { createHandler } from "../../../functions/apply-change/handler.ts";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import type { DeadLetter } from "../../../shared/change-request/outcome/message-queue.ts";
import { pristineHealth } from "../../../shared/connection/connection-health.ts";
import { parseConnections } from "../../../shared/platform/config.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { noMetrics } from "../../../shared/platform/metrics.ts";
import { dialectFor } from "../../../shared/providers/dialect-for-connection.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { fingerprintedRecord } from "../../support/fingerprinted-record.ts";

const [connection] = parseConnections([
  { id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" },
]);
const body = JSON.stringify({ requestId: "r1", operation: "delete", definitionId: "d1" });

/** The handler over a store that answers `record`, whose claim is held by another request. */
function world(record: Parameters<typeof fingerprintedRecord>[1] | "unavailable") {
  const done: string[] = [];
  const letters: DeadLetter[] = [];
  if (connection === undefined) throw new Error("no connection");
  const apply = {
    connection,
    provider: { dialect: dialectFor(connection) },
    clock: { now: () => 1_000_000, sleep: async () => undefined },
    random: { fraction: () => 0.5, token: () => "token" },
    log: silentLog,
    requests: {
      read: async () => {
        if (record === "unavailable") throw new Error("the store is unavailable");
        return fingerprintedRecord(body, record);
      },
      keepBody: async () => void done.push("body kept"),
      markDeadLettered: async () => void done.push("marked"),
    },
    health: { read: async () => ({ ...pristineHealth, workspace: "Acme", accountKeyVersion: "1" }) },
    key: { version: async () => "1" },
    pacer: {
      begin: (provider: Provider) => ({ provider, slots: { reserve: async () => undefined } }),
    },
    metrics: noMetrics,
    mirrors: { takeClaim: async () => ({ taken: false, heldUntil: 1_007_200 }) },
  } as unknown as ApplyDependencies;
  const messages = {
    hide: async (_handle: string, seconds: number) => void done.push(`hidden ${seconds} s`),
    deadLetter: async (letter: DeadLetter) => {
      letters.push(letter);
      done.push("sent");
    },
  };
  const handler = createHandler({ queues: new Map([["arn:queue", { apply, messages }]]), log: silentLog });
  const event = (message: string, eventSourceARN = "arn:queue", receiveCount = 1) => ({
    Records: [
      {
        messageId: "m1",
        receiptHandle: "handle",
        body: message,
        eventSourceARN,
        attributes: {
          ApproximateReceiveCount: String(receiveCount),
          SenderId: "AIDA",
          SentTimestamp: "999000",
          MessageGroupId: "retell#d1",
        },
      } as unknown as SQSRecord,
    ],
  });
  const context = { getRemainingTimeInMillis: () => 30_000 } as Context;
  const handle = (message = body, arn?: string, receiveCount?: number) =>
    handler(event(message, arn, receiveCount), context);
  return { handle, done, letters };
}

const stays = { batchItemFailures: [{ itemIdentifier: "m1" }] };
const goes = { batchItemFailures: [] };

describe("a message", () => {
  it("whose request has its outcome is deleted", async () => {
    const { handle, done } = world({ status: "applied" });
    expect(await handle()).toEqual(goes);
    expect(done).toEqual([]);
  });

  it("that has to wait stays, hidden until then in whole seconds", async () => {
    const { handle, done } = world({ status: "queued" });
    expect(await handle()).toEqual(stays);
    expect(done).toEqual(["hidden 8 s"]);
  });

  it("without a usable id is copied to the dead letters with its reason, unchanged, and deleted", async () => {
    const { handle, done, letters } = world({ status: "queued" });
    expect(await handle("{")).toEqual(goes);
    expect(done).toEqual(["sent"]);
    expect(letters).toEqual([
      {
        messageId: "m1",
        messageGroupId: "retell#d1",
        body: "{",
        reason: "not-json",
        requestId: undefined,
        attempts: 0,
      },
    ]);
  });

  it("of a failed request is sent to the dead letters first, then flagged, then deleted", async () => {
    const { handle, done, letters } = world({
      status: "failed",
      deadLettered: false,
      attempts: 3,
      result: { reason: "retries-exhausted" },
    });
    expect(await handle()).toEqual(goes);
    expect(done).toEqual(["body kept", "sent", "marked"]);
    expect(letters[0]).toMatchObject({ reason: "retries-exhausted", requestId: "r1", attempts: 3, body });
  });

  it("of a failed request whose letter was sent is deleted", async () => {
    const { handle, done } = world({ status: "failed", deadLettered: true });
    expect(await handle()).toEqual(goes);
    expect(done).toEqual([]);
  });

  it("stays for a while when the store is unavailable", async () => {
    const { handle, done } = world("unavailable");
    expect(await handle()).toEqual(stays);
    // At least 15 s, and spread.
    expect(done).toEqual(["hidden 16 s"]);
  });

  it("comes back less and less often while the store is unavailable: SQS delivers it 1000 times", async () => {
    const { handle, done } = world("unavailable");
    await handle(body, undefined, 200);
    // Its 201st receive is due 1.7 h after it was sent.
    expect(done).toEqual(["hidden 6598 s"]);
  });

  it("of a queue that no connection has is an error: nothing may be deleted", async () => {
    await expect(world({ status: "queued" }).handle(body, "arn:other")).rejects.toThrow(
      "no connection has the queue",
    );
  });
});
