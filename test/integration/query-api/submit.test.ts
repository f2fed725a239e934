import { createHash } from "node:crypto";
import { SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { createChangeQueue } from "../../../shared/change-request/submission/change-queue.sqs.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { dialectFor } from "../../../shared/providers/dialect-for-connection.ts";
import { type Call, withQueryApi } from "../../support/query-api-world.ts";

const world = withQueryApi();
let count = 0;
const edit = (more: JsonObject = {}): JsonObject => ({
  requestId: `edit-${++count}`,
  operation: "update",
  definitionId: `case_${count}`,
  patch: { metrics: ["a"] },
  ...more,
});
const submit = (body: Call["body"], call: Call = {}) =>
  world().call("POST", "/change-requests", { role: "editor", ...(body !== undefined && { body }), ...call });
const recordOf = (request: JsonObject) =>
  world().requests.read({ connection: "retell", requestId: String(request["requestId"]) });
const messages = async () => {
  const received = [];
  for (;;) {
    const message = await world().queue.receive();
    if (message === undefined) return received;
    received.push(message);
    await world().queue.delete(message);
  }
};

describe("submitting a change request", () => {
  it("records it as queued, with the token's subject, and puts its message into the queue", async () => {
    const request = edit({ actor: "ana@example.com", reason: "tighter", reference: "QA-12" });
    const answer = await submit(request);
    const { requestId, definitionId } = request;
    expect(answer).toMatchObject({
      status: 202,
      headers: { location: `/change-requests/${requestId}?connection=retell` },
      body: { requestId, connection: "retell", status: "queued" },
    });
    expect(await recordOf(request)).toMatchObject({
      requestId,
      connection: "retell",
      definitionId,
      operation: "update",
      status: "queued",
      epoch: 1,
      attempts: 0,
      actorClaimed: "ana@example.com",
      actorAuthenticated: "token-of-editor",
      reason: "tighter",
      reference: "QA-12",
    });
    const [message] = await messages();
    expect(message?.Attributes).toMatchObject({
      MessageGroupId: `retell#${definitionId}`,
      MessageDeduplicationId: createHash("sha256")
        .update(`retell\n${requestId}\n${message?.Body}`)
        .digest("hex"),
    });
    expect(JSON.parse(message?.Body ?? "")).toEqual({
      specversion: "1",
      ...request,
      connection: "retell",
    });
    const location = await world().call("GET", answer.headers["location"] ?? "");
    expect(location.body).toMatchObject({ requestId, status: "queued" });
  });

  it("sends a message in which the worker finds the same content, whatever stood in headers or beyond ASCII", async () => {
    const { requestId, ...body } = edit({ definitionId: "Fälle/1", actor: "Zoë “QA” 🐙" });
    const text = JSON.stringify(body).replace('"metrics":["a"]', '"weight":1.0,"big":12345678901234567890');
    const answer = await submit(text, {
      headers: { "idempotency-key": String(requestId), "if-match": '"12"' },
    });
    expect(answer.status).toBe(202);
    const [message] = await messages();
    expect(message?.Body).toMatch(/^[\x20-\x7e]+$/);
    expect(message?.Body).toContain('"patch":{"weight":1.0,"big":12345678901234567890}');
    expect(message?.Body).toContain('"expect":{"version":12}');
    expect(message?.Attributes?.["MessageGroupId"]).toMatch(/^retell#[0-9a-f]{64}$/);
    const parsed = parseChangeRequest(message?.Body ?? "", {
      connection: "retell",
      otherConnection: "wrong-queue",
      dialectOf: () => dialectFor(world().connection),
    });
    const record = await world().requests.read({ connection: "retell", requestId: String(requestId) });
    expect(parsed).toMatchObject({ valid: true, fingerprint: record?.fingerprint });
    expect(parsed).toHaveProperty("request.actor", "Zoë “QA” 🐙");
  });

  it("puts creates of one scope into one group", async () => {
    const definition = {
      name: "Refund",
      response_engine: { type: "conversation-flow", conversation_flow_id: "flow_1" },
      user_prompt: "p",
      metrics: [],
    };
    const request = { requestId: `edit-${++count}`, operation: "create", definition };
    expect((await submit(request)).status).toBe(202);
    const [message] = await messages();
    expect(message?.Attributes?.["MessageGroupId"]).toBe("retell#create#conversation-flow:flow_1");
    expect(await recordOf(request)).not.toHaveProperty("definitionId");
  });

  it("is answered alike when it is submitted again, and sends its message again while it is queued", async () => {
    const request = edit();
    await submit(request);
    // The same content, written differently.
    const again = await submit(
      JSON.stringify({ connection: "retell", specversion: "1", ...request }, undefined, 2),
    );
    expect(again).toMatchObject({ status: 202, body: { status: "queued" } });
    // The engine takes both for one: their deduplication ids are equal.
    expect(await messages()).toHaveLength(1);
  });

  it("answers a decided request with its status, and sends nothing", async () => {
    const request = edit();
    await submit(request);
    await messages();
    const key = { connection: "retell", requestId: String(request["requestId"]) };
    const result = { reason: "not-found" };
    await world().requests.finish({ key, epoch: 1, status: "rejected", result, finishedAt: Date.now() });
    expect(await submit(request)).toMatchObject({ status: 202, body: { status: "rejected" } });
    expect(await messages()).toEqual([]);
  });

  it("refuses an id that belongs to another content, and leaves the first alone", async () => {
    const request = edit();
    await submit(request);
    const before = await recordOf(request);
    await messages();
    const answer = await submit({ ...request, patch: { metrics: ["b"] } });
    expect(answer).toMatchObject({ status: 409, body: { code: "request-id-reused" } });
    expect(await recordOf(request)).toEqual(before);
    expect(await messages()).toEqual([]);
  });

  it("refuses with 413 what is too large for the queue once it is ASCII, and records nothing", async () => {
    // 700 kB as it is sent, 1.4 MB when each character is an escape of six.
    const request = edit({ patch: { user_prompt: "é".repeat(350_000) } });
    expect(await submit(request)).toMatchObject({
      status: 413,
      body: {
        code: "too-large",
        detail: expect.stringMatching(/^The change request must have .* escapes; it has \d+$/),
        errors: [{ pointer: "" }],
      },
    });
    expect(await recordOf(request)).toBeUndefined();
    const ascii = edit({ patch: { user_prompt: "e".repeat(1_000_000) } });
    expect((await submit(ascii)).status).toBe(202);
    expect((await messages())[0]?.Body?.length).toBeGreaterThan(1_000_000);
  });
});

describe("a queue that cannot be reached", () => {
  it("has not taken the message, and says why by the error's name", async () => {
    // Nothing listens on the port for "discard".
    const endpoint = "http://127.0.0.1:9";
    const client = new SQSClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    });
    const queue = createChangeQueue(client, new Map([["retell", `${endpoint}/000000000000/queue.fifo`]]));
    const message = { connection: "retell", groupId: "g", deduplicationId: "d", body: "{}" };
    expect(await queue.send(message)).toEqual({ sent: false, reason: expect.stringMatching(/^\w+$/) });
    client.destroy();
  });
});
