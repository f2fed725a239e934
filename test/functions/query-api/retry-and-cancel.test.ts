import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { type RequestStatus, terminalStatuses } from "../../../shared/change-request/record/request-state.ts";
import type { RequestStore } from "../../../shared/change-request/record/request-store.ts";
import type { QueuedMessage } from "../../../shared/change-request/submission/change-queue.ts";
import type { Metrics } from "../../../shared/platform/metrics.ts";
import { fingerprintedRecord } from "../../support/fingerprinted-record.ts";
import { isolatedApi, request, requestsInMemory, twoConnections } from "../../support/isolated-api.ts";

const body = JSON.stringify({ requestId: "edit-1", operation: "delete", definitionId: "case_1" });
const key = { connection: "retell", requestId: "edit-1" };
const failed: Partial<RequestRecord> = {
  status: "failed",
  attempts: 8,
  result: { reason: "retries-exhausted" },
  finishedAt: 1_000_000,
  deadLettered: true,
};

/** An API with one request in this state, a queue that can be down, and counted metrics. */
async function world(
  state: Partial<RequestRecord>,
  {
    keptBody = true,
    changed = () => ({}),
  }: { keptBody?: boolean; changed?: (requests: RequestStore) => Partial<RequestStore> } = {},
) {
  const requests = requestsInMemory();
  await requests.create(fingerprintedRecord(body, state));
  if (keptBody) await requests.keepBody(key, body, 0);
  const sent: QueuedMessage[] = [];
  const queue = { isDown: false };
  const counted: string[] = [];
  const metrics: Metrics = {
    count: (metric, connection) => counted.push(`${metric} ${connection}`),
    milliseconds: () => undefined,
    perSecond: () => undefined,
  };
  const api = isolatedApi({
    requests: { ...requests, ...changed(requests) },
    metrics,
    queue: {
      async send(message) {
        if (queue.isDown) return { sent: false, reason: "TimeoutError" };
        sent.push(message);
        return { sent: true };
      },
    },
  });
  const post = (action: "retry" | "cancel", id = "edit-1") =>
    request(api, "POST", `/change-requests/${id}/${action}`);
  return { api, requests, sent, queue, counted, post, record: () => requests.read(key) };
}

describe("a retry", () => {
  it("queues a failed request in the next epoch and sends its message again, as another message", async () => {
    const { post, sent, record, counted } = await world(failed);
    const answer = await post("retry");
    expect(answer).toMatchObject({ status: 202, body: { ...key, status: "queued", epoch: 2 } });
    expect(answer.headers.get("location")).toBe("/change-requests/edit-1?connection=retell");
    expect(await record()).toMatchObject({
      status: "queued",
      epoch: 2,
      attempts: 0,
      earlier: [{ epoch: 1, status: "failed", attempts: 8, result: { reason: "retries-exhausted" } }],
    });
    expect(sent).toEqual([
      { connection: "retell", groupId: "retell#case_1", deduplicationId: expect.any(String), body },
    ]);
    expect(counted).toEqual(["RequestRetried retell"]);
  });

  it("of the next failure is another message again", async () => {
    const { post, sent, requests } = await world(failed);
    await post("retry");
    await requests.finish({ key, epoch: 2, status: "failed", result: { reason: "expired" }, finishedAt: 2 });
    expect(await post("retry")).toMatchObject({ status: 202, body: { epoch: 3 } });
    expect(new Set(sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(2);
    expect(sent.map((message) => message.body)).toEqual([body, body]);
  });

  it("whose message the queue did not take is answered with 503, and sends the same message when it is repeated", async () => {
    const { post, sent, queue, record, counted } = await world(failed);
    queue.isDown = true;
    const refused = await post("retry");
    expect(refused).toMatchObject({ status: 503, body: { code: "queue-unavailable" } });
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await record()).toMatchObject({ status: "queued", epoch: 2 });
    queue.isDown = false;
    for (const _ of [1, 2]) expect(await post("retry")).toMatchObject({ status: 202, body: { epoch: 2 } });
    expect(new Set(sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(1);
    expect(counted).toEqual(["RequestRetried retell"]);
  });

  it("that comes second sends the message of the epoch that the first one opened", async () => {
    const { post, sent, record, counted } = await world(failed, {
      changed: (requests) => ({
        async reopen(...call) {
          await requests.reopen(...call);
          return await requests.reopen(...call);
        },
      }),
    });
    expect(await post("retry")).toMatchObject({ status: 202, body: { epoch: 2 } });
    expect(sent).toHaveLength(1);
    expect(counted).toEqual([]);
    expect(await record()).toMatchObject({ status: "queued", epoch: 2 });
  });

  it.each<[RequestStatus, number]>([
    ["queued", 1],
    ["applying", 1],
    ["applying", 2],
    ["applied", 2],
    ["unchanged", 1],
    ["conflict", 1],
    ["rejected", 1],
    ["cancelled", 2],
  ])("of a request that is %s in epoch %i is refused, and sends nothing", async (status, epoch) => {
    const { post, sent, record } = await world({ status, epoch });
    const before = await record();
    expect(await post("retry")).toMatchObject({
      status: 409,
      body: { code: "not-failed", detail: `The request is ${status}` },
    });
    expect(sent).toEqual([]);
    expect(await record()).toEqual(before);
  });

  it("without a kept message is refused, and the request stays failed", async () => {
    const { post, record } = await world({ ...failed, result: { reason: "lost" } }, { keptBody: false });
    expect(await post("retry")).toMatchObject({ status: 409, body: { code: "body-not-kept" } });
    expect(await record()).toMatchObject({ status: "failed", epoch: 1 });
  });

  it("sends what this version of the code no longer takes to the worker all the same, which rejects it", async () => {
    const { post, sent, requests } = await world(failed);
    await requests.keepBody(key, '{"requestId":"edit-1","operation":"upsert"}', 0);
    expect((await post("retry")).status).toBe(202);
    expect(sent).toMatchObject([{ groupId: "retell#edit-1" }]);
  });
});

describe("a cancellation", () => {
  it("withdraws a queued request, and changes nothing when it is repeated", async () => {
    const { post, record, counted } = await world({ status: "queued" });
    const answer = await post("cancel");
    expect(answer).toMatchObject({
      status: 200,
      body: { ...key, status: "cancelled", result: { reason: "withdrawn" }, finishedAt: expect.any(String) },
    });
    const cancelled = await record();
    expect(cancelled).toMatchObject({ status: "cancelled" });
    expect(await post("cancel")).toMatchObject({ status: 200, body: answer.body });
    expect(await record()).toEqual(cancelled);
    expect(counted).toEqual(["RequestCancelled retell"]);
  });

  it("withdraws a retried request that no worker has begun; the earlier outcome stays readable", async () => {
    const { post, api } = await world(failed);
    await post("retry");
    await post("cancel");
    const { body: view } = await request(api, "GET", "/change-requests/edit-1");
    expect(view).toMatchObject({
      status: "cancelled",
      epoch: 2,
      earlier: [
        {
          epoch: 1,
          status: "failed",
          result: { reason: "retries-exhausted" },
          attempts: 8,
          finishedAt: "1970-01-01T00:16:40.000Z",
        },
      ],
    });
    expect(view).not.toHaveProperty("deadLettered");
  });

  it.each(["applying", ...terminalStatuses].filter((status) => status !== "cancelled") as RequestStatus[])(
    "of a request that is %s comes too late",
    async (status) => {
      const { post, record } = await world({ status });
      const before = await record();
      expect(await post("cancel")).toMatchObject({
        status: 409,
        body: { code: "already-started", detail: `The request is ${status}` },
      });
      expect(await record()).toEqual(before);
    },
  );

  it("comes too late where a worker begins the request meanwhile", async () => {
    const { post, counted } = await world(
      { status: "queued" },
      {
        changed: (requests) => ({
          async finish(outcome) {
            await requests.beginAttempt(key, 1, { attempts: 1, charges: 1, startedAt: 1 });
            return await requests.finish(outcome);
          },
        }),
      },
    );
    expect(await post("cancel")).toMatchObject({ status: 409, body: { detail: "The request is applying" } });
    expect(counted).toEqual([]);
  });
});

describe.each(["retry", "cancel"] as const)("POST …/%s", (action) => {
  it.each(["edit-2", "a%20b", "b64.4pyT"])("knows no request %s", async (id) => {
    const { post } = await world(failed);
    expect(await post(action, id)).toMatchObject({ status: 404, body: { code: "unknown-change-request" } });
  });

  it("needs the connection where there are several", async () => {
    const api = isolatedApi({ connections: twoConnections });
    expect(await request(api, "POST", `/change-requests/edit-1/${action}`)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/connection", message: "is required: there are several" }] },
    });
    expect(await request(api, "POST", `/change-requests/edit-1/${action}?connection=tela`)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: "/connection" }] },
    });
  });
});

describe("a failed request", () => {
  it.each([true, false])("says whether its dead letter has been sent: %s", async (deadLettered) => {
    const { api } = await world({ ...failed, deadLettered });
    const { body: view } = await request(api, "GET", "/change-requests/edit-1", { role: "reader" });
    expect(view).toMatchObject({ status: "failed", deadLettered });
    expect(view).not.toHaveProperty("earlier");
  });
});
