/** Retry and cancel where it counts: on the real table's conditions and in the real queue's memory of messages. */
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { fingerprintedRecord } from "../../support/fingerprinted-record.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import { refundCase } from "../../support/retell-world.ts";

const world = withQueryApi();
let count = 0;

const edit = () => ({
  requestId: `edit-${++count}`,
  operation: "update",
  definitionId: `case_${count}`,
  patch: { metrics: ["a"] },
});
const post = (requestId: string, action: "retry" | "cancel") =>
  world().call("POST", `/change-requests/${requestId}/${action}`);
const keyOf = (requestId: string) => ({ connection: "retell", requestId });
const recordOf = (requestId: string) => world().requests.read(keyOf(requestId));
/** As the worker gives a request up: its message kept first. */
async function giveUp(requestId: string, body: string): Promise<void> {
  const { requests } = world();
  await requests.keepBody(keyOf(requestId), body, Date.now());
  const { epoch = 1 } = (await recordOf(requestId)) ?? {};
  const result = { reason: "retries-exhausted" };
  const end = { key: keyOf(requestId), epoch, status: "failed", result, finishedAt: Date.now() } as const;
  expect(await requests.finish(end)).toBe(true);
}
async function failed(body: string, state: Partial<RequestRecord> = {}): Promise<string> {
  const record = fingerprintedRecord(body, { attempts: 8, ...state });
  await world().requests.create(record);
  await giveUp(record.requestId, body);
  return record.requestId;
}
async function messages() {
  const received = [];
  for (let message = await world().queue.receive(); message; message = await world().queue.receive()) {
    received.push(message);
    await world().queue.delete(message);
  }
  return received;
}

describe("a retry", () => {
  it("sends the message again within the minutes in which the queue drops duplicates, epoch after epoch", async () => {
    const request = edit();
    await world().call("POST", "/change-requests", { body: request });
    const [first] = await messages();
    for (const epoch of [2, 3]) {
      await giveUp(request.requestId, first?.Body ?? "");
      const answer = await post(request.requestId, "retry");
      expect(answer).toMatchObject({
        status: 202,
        headers: { location: `/change-requests/${request.requestId}?connection=retell` },
        body: { requestId: request.requestId, connection: "retell", status: "queued", epoch },
      });
      // Asked for twice, it is one message.
      await post(request.requestId, "retry");
      const [again, ...others] = await messages();
      expect(others).toEqual([]);
      expect(again?.Body).toBe(first?.Body);
      expect(again?.Attributes?.["MessageGroupId"]).toBe(first?.Attributes?.["MessageGroupId"]);
    }
    const { body } = await world().call("GET", `/change-requests/${request.requestId}`);
    expect(body).toMatchObject({ status: "queued", epoch: 3, earlier: [{ epoch: 1 }, { epoch: 2 }] });
  });

  it("submitted as the request itself sends the message of the present epoch", async () => {
    const request = edit();
    await world().call("POST", "/change-requests", { body: request });
    const [first] = await messages();
    await giveUp(request.requestId, first?.Body ?? "");
    await world().requests.reopen((await recordOf(request.requestId)) as RequestRecord, Date.now());
    const again = await world().call("POST", "/change-requests", { body: request });
    expect(again).toMatchObject({ status: 202, body: { status: "queued" } });
    expect(await messages()).toMatchObject([{ Body: first?.Body }]);
  });

  it("keeps a body character by character, whatever its size, and finds a create's group in it", async () => {
    const tool = { tool_name: "t", input_match_rule: { type: "any" } };
    // Beyond one item's size even when compressed: random letters hardly are.
    const noise = Array.from({ length: 60 }, () =>
      crypto.getRandomValues(Buffer.alloc(7_000)).toString("hex"),
    );
    const definition = { ...refundCase, tool_mocks: noise.map((output) => ({ ...tool, output })) };
    const body = `{"requestId":"create-1", "operation":"create",\n"actor":"Zoë 🐙","definition":${JSON.stringify(definition)}}`;
    expect(await failed(body)).toBe("create-1");
    expect((await post("create-1", "retry")).status).toBe(202);
    const [message] = await messages();
    expect(message?.Body).toBe(body);
    expect(message?.Attributes?.["MessageGroupId"]).toMatch(/^retell#create#retell-llm:/);
  });

  it("asked for by many at once opens one epoch and sends one message", async () => {
    const requestId = await failed(JSON.stringify(edit()));
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(requestId, "retry")));
    expect(answers.map(({ status, body }) => [status, body["epoch"]])).toEqual(answers.map(() => [202, 2]));
    expect(await messages()).toHaveLength(1);
    expect(await recordOf(requestId)).toMatchObject({ epoch: 2, earlier: [{ epoch: 1 }] });
  });

  it("without a kept message opens nothing", async () => {
    const body = JSON.stringify(edit());
    const { requestId } = fingerprintedRecord(body, {});
    await world().requests.create(
      fingerprintedRecord(body, { status: "failed", result: { reason: "lost" } }),
    );
    expect(await post(requestId, "retry")).toMatchObject({ status: 409, body: { code: "body-not-kept" } });
    expect(await recordOf(requestId)).toMatchObject({ status: "failed", epoch: 1 });
    expect(await messages()).toEqual([]);
  });
});

describe("a cancellation", () => {
  it("that meets a worker which begins the request: one of both wins, and the other one knows", async () => {
    for (let round = 0; round < 10; round += 1) {
      const record = fingerprintedRecord(JSON.stringify(edit()), {});
      await world().requests.create(record);
      const [cancelled, begun] = await Promise.all([
        post(record.requestId, "cancel"),
        world().requests.beginAttempt(record, 1, { attempts: 1, charges: 1, startedAt: Date.now() }),
      ]);
      const { status } = (await recordOf(record.requestId)) ?? {};
      expect([cancelled.status, begun, status]).toEqual(
        begun ? [409, true, "applying"] : [200, false, "cancelled"],
      );
    }
  });

  it("is final: the request cannot be begun, retried or ended differently", async () => {
    const request = edit();
    await world().call("POST", "/change-requests", { body: request });
    const { body } = await post(request.requestId, "cancel");
    expect(body).toMatchObject({ status: "cancelled", result: { reason: "withdrawn" }, attempts: 0 });
    expect(await post(request.requestId, "cancel")).toMatchObject({ status: 200, body });
    expect((await post(request.requestId, "retry")).status).toBe(409);
    const begun = { attempts: 1, charges: 1, startedAt: Date.now() };
    expect(await world().requests.beginAttempt(keyOf(request.requestId), 1, begun)).toBe(false);
    expect((await world().call("GET", `/change-requests/${request.requestId}`)).body).toEqual(body);
  });
});
