/** The main job on the whole system: bundles in their own processes, real queues and tables, the API in front. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { countMetrics, durationMetrics, rateMetrics } from "../../../shared/platform/metrics.ts";
import { LocalStack } from "../../support/local-stack.ts";
import { refundCase } from "../../support/retell-world.ts";
import { addEngine, createOutside, storedDefinition } from "../../support/stack-workspace.ts";

let stack: LocalStack;
const dataDir = mkdtempSync(join(tmpdir(), "test-case-sync-"));
beforeAll(async () => {
  stack = await LocalStack.start(dataDir);
  await addEngine(stack);
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let requests = 0;
const newId = () => `end-to-end-${++requests}`;
const pathOf = (definitionId: string) => `/connections/retell/definitions/${definitionId}`;

describe("a change request", () => {
  it("can be run dry: the API says what would change, and nothing is stored or sent", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const before = await storedDefinition(stack, definitionId);
    const requestId = newId();
    const request = { requestId, operation: "update", definitionId, patch: { name: "Dry" } };
    const run = await stack.api("POST", "/change-requests?dryRun=true", { body: request });
    expect(run).toMatchObject({
      status: 200,
      body: { outcome: "applied", patch: [{ op: "replace", path: "/name", value: "Dry" }] },
    });
    expect((await stack.api("GET", `/change-requests/${requestId}`)).status).toBe(404);
    expect(await storedDefinition(stack, definitionId)).toEqual(before);
  });

  it.each(["the API", "the queue"])(
    "submitted through %s is applied, and visible everywhere",
    async (way) => {
      const [definitionId = ""] = await createOutside(stack, 1);
      const requestId = newId();
      const request = {
        requestId,
        operation: "update",
        definitionId,
        patch: { metrics: ["The agent confirms the order number — “17”"] },
        actor: "ana@example.com",
        reason: "tighten the success metric",
        reference: "QA-12",
      };
      if (way === "the queue") await stack.enqueue(request);
      else {
        const submitted = await stack.api("POST", "/change-requests", { body: request });
        expect(submitted).toMatchObject({
          status: 202,
          body: { requestId, connection: "retell", status: "queued" },
        });
        expect(submitted.headers.get("location")).toContain(requestId);
      }
      expect(await stack.outcome(requestId)).toMatchObject({
        status: "applied",
        result: { version: 2, definitionId },
      });

      const stored = await storedDefinition(stack, definitionId);
      expect(stored?.["metrics"]).toEqual(request.patch.metrics);
      const definition = await stack.api<JsonObject>("GET", pathOf(definitionId));
      expect(definition.headers.get("etag")).toBe('"2"');
      expect(definition.body).toMatchObject({
        connection: "retell",
        definitionId,
        version: 2,
        deleted: false,
        scope: "retell-llm:llm_000000000000000000000000001",
        providerModifiedRaw: stored?.["user_modified_timestamp"],
        document: stored,
      });
      const { body } = await stack.api<JsonObject>("GET", `${pathOf(definitionId)}/versions`);
      expect(body["items"]).toMatchObject([
        {
          version: 2,
          changeType: "updated",
          source: "change_request",
          requestId,
          actor: {
            claimed: "ana@example.com",
            authenticated: way === "the API" ? "local-operator" : expect.any(String),
          },
          reason: "tighten the success metric",
          reference: "QA-12",
          providerModifiedRaw: stored?.["user_modified_timestamp"],
          patch: [{ op: "replace", path: "/metrics/0", value: request.patch.metrics[0] }],
        },
        { version: 1, changeType: "baseline", source: "observed_before_write" },
      ]);

      // The same request again changes nothing.
      await stack.enqueue(request);
      const again = await stack.api("POST", "/change-requests", { body: request });
      expect(again).toMatchObject({ status: 202, body: { status: "applied" } });
      const other = await stack.api("POST", "/change-requests", { body: { ...request, reason: "another" } });
      expect(other).toMatchObject({ status: 409 });
      await stack.enqueue({ requestId: `${requestId}-behind`, operation: "update", definitionId, patch: {} });
      expect(await stack.outcome(`${requestId}-behind`)).toMatchObject({
        status: "unchanged",
        result: { version: 2 },
      });
      const puts = await stack.simulator<{ path: string }[]>("GET", "requests?method=PUT");
      expect(puts.filter(({ path }) => path.endsWith(definitionId))).toHaveLength(1);
    },
  );

  it("creates, replaces and deletes a definition, and its history verifies", async () => {
    const create = newId();
    await stack.api("POST", "/change-requests", {
      body: { requestId: create, operation: "create", definition: refundCase },
    });
    const created = await stack.outcome(create);
    const definitionId = created.result?.definitionId ?? "";
    expect(created).toMatchObject({ status: "applied", result: { version: 1 } });

    const replace = newId();
    await stack.enqueue({
      requestId: replace,
      operation: "replace",
      definitionId,
      definition: { ...refundCase, name: "Refund, calm" },
    });
    expect(await stack.outcome(replace)).toMatchObject({ status: "applied", result: { version: 2 } });
    expect((await stack.api("GET", `${pathOf(definitionId)}/diff?from=1&to=2`)).body).toEqual({
      from: 1,
      to: 2,
      patch: [{ op: "replace", path: "/name", value: "Refund, calm" }],
    });

    const remove = newId();
    await stack.enqueue({ requestId: remove, operation: "delete", definitionId });
    expect(await stack.outcome(remove)).toMatchObject({ status: "applied", result: { version: 3 } });
    expect((await stack.api("GET", pathOf(definitionId))).body).toMatchObject({
      deleted: true,
      document: null,
    });
    expect((await stack.api("GET", `${pathOf(definitionId)}/verify`)).body).toEqual({
      valid: true,
      checked: 3,
    });
  });

  it("of 30 edits that are queued at once, each becomes a version, in that order", async () => {
    const [definitionId = ""] = await createOutside(stack, 1);
    const ids = Array.from({ length: 30 }, () => newId());
    for (const [index, requestId] of ids.entries()) {
      await stack.enqueue({ requestId, operation: "update", definitionId, patch: { name: `Edit ${index}` } });
    }
    for (const requestId of ids) expect(await stack.outcome(requestId)).toMatchObject({ status: "applied" });
    const { body } = await stack.api<{ items: { version: number; requestId?: string }[] }>(
      "GET",
      `${pathOf(definitionId)}/versions`,
    );
    expect(body.items.map(({ version, requestId }) => [version, requestId])).toEqual([
      ...ids.map((requestId, index) => [index + 2, requestId]).reverse(),
      [1, undefined],
    ]);
  });
});

describe("a message that no worker can use", () => {
  const tooDeep = `${'{"a":'.repeat(300)}1${"}".repeat(300)}`;
  it.each([
    ["not JSON", "{"],
    ["no request id", '{"operation":"delete","definitionId":"x"}'],
    [
      "nested too deeply to be read",
      `{"requestId":"deep","operation":"update","definitionId":"x","patch":${tooDeep}}`,
    ],
  ])(
    "goes to the dead letters with its reason, and the message behind it goes on: %s",
    async (_what, body) => {
      const [definitionId = ""] = await createOutside(stack, 1);
      const groupId = `retell#${definitionId}`;
      await stack.enqueue(body, { groupId });
      const requestId = newId();
      await stack.enqueue(
        { requestId, operation: "update", definitionId, patch: { name: "Behind" } },
        { groupId },
      );
      expect(await stack.outcome(requestId)).toMatchObject({ status: "applied" });
      expect(await deadLetter(body)).toMatchObject({
        reason: expect.stringMatching(/not-json|invalid-request/),
        attempts: "0",
      });
    },
  );

  it.each<[string, JsonObject, string]>([
    ["an unknown operation", { operation: "upsert", definitionId: "x" }, "invalid-request"],
    ["an unknown field", { operation: "delete", definitionId: "x", pach: 1 }, "invalid-request"],
    [
      "another connection's name",
      { connection: "other", operation: "delete", definitionId: "x" },
      "wrong-queue",
    ],
    ["a raw U+FFFD", { operation: "delete", definitionId: "x", reason: "\ufffd" }, "invalid-request"],
    [
      "a custom engine",
      { operation: "create", definition: { ...refundCase, response_engine: { type: "custom-llm" } } },
      "invalid-request",
    ],
    [
      "an engine that does not exist",
      {
        operation: "create",
        definition: { ...refundCase, response_engine: { type: "retell-llm", llm_id: "llm_gone" } },
      },
      "refused-by-provider",
    ],
    [
      "an unknown definition",
      { operation: "update", definitionId: "test_case_ffffffffffff", patch: {} },
      "not-found",
    ],
  ])("but has a request id is rejected, by name: %s", async (_what, message, reason) => {
    const requestId = newId();
    // A wrong group id costs order, never safety.
    await stack.enqueue({ requestId, ...message }, { groupId: "any" });
    expect(await stack.outcome(requestId)).toMatchObject({ status: "rejected", result: { reason } });
  });

  async function deadLetter(body: string): Promise<Record<string, string>> {
    const { SQSClient, ReceiveMessageCommand, DeleteMessageCommand } = await import("@aws-sdk/client-sqs");
    const { sqs, region } = stack.description();
    const client = new SQSClient({
      endpoint: sqs.endpoint,
      region,
      credentials: { accessKeyId: "t", secretAccessKey: "t" },
    });
    const QueueUrl = sqs.queues.changeRequestsDeadLetter["retell"];
    try {
      for (let tries = 0; tries < 10; tries += 1) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 2, MessageAttributeNames: ["All"] }),
        );
        for (const message of Messages) {
          await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
          if (message.Body !== body) continue;
          return Object.fromEntries(
            Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue = "" }]) => [
              name,
              StringValue,
            ]),
          );
        }
      }
      throw new Error("no dead letter");
    } finally {
      client.destroy();
    }
  }
});

describe("what is secret", () => {
  it("never reaches a log: no key, prompt, variable or mock", async () => {
    const canary = "CANARY-7f3a";
    const [definitionId = ""] = await createOutside(stack, 1, {
      ...refundCase,
      user_prompt: canary,
      dynamic_variables: { name: canary },
      tool_mocks: [{ tool_name: "t", input_match_rule: { type: "any" }, output: canary }],
    });
    const ids = [newId(), newId(), newId()];
    await stack.enqueue({
      requestId: ids[0] ?? "",
      operation: "update",
      definitionId,
      patch: { name: canary },
      reason: canary,
    });
    await stack.enqueue({ requestId: ids[1] ?? "", operation: "update", definitionId, patch: canary });
    await stack.enqueue({
      requestId: ids[2] ?? "",
      operation: "create",
      definition: { ...refundCase, response_engine: { type: canary } },
    });
    for (const id of ids) await stack.outcome(id);
    await stack.api("GET", `${pathOf(definitionId)}/versions`);
    const { logs } = stack.description();
    const files = readdirSync(logs);
    expect(files).toEqual(expect.arrayContaining(["apply-change.log", "query-api.log"]));
    const text = files.map((file) => readFileSync(join(logs, file), "utf8")).join("\n");
    expect(text).toContain(ids[0]);
    for (const secret of [canary, "test-key-retell", ...Object.values(stack.description().tokens)]) {
      expect(text).not.toContain(secret);
    }
  });

  it("never reaches a metric: what is counted has a name, a number and the connection", async () => {
    const log = readFileSync(join(stack.description().logs, "apply-change.log"), "utf8");
    const lines = log.split("\n").filter((line) => line.includes("CloudWatchMetrics"));
    const counted = new Set<string>();
    for (const line of lines) {
      const { _aws, connection, ...values } = JSON.parse(line);
      const metrics = Object.entries(values).map(([name, value]) => {
        for (const one of [value].flat()) expect(one, name).toBeTypeOf("number");
        counted.add(name);
        return { Name: name, Unit: unitOf(name) };
      });
      expect(connection).toBe("retell");
      expect(_aws).toEqual({
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "TestCaseSync",
            Dimensions: [["connection"]],
            Metrics: expect.arrayContaining(metrics),
          },
        ],
      });
    }
    // What this file's requests came to.
    expect([...counted]).toEqual(
      expect.arrayContaining([
        "RequestApplied",
        "RequestUnchanged",
        "RequestRejected",
        "DuplicateMessageDropped",
        "OverwriteWindow",
      ]),
    );
    expect([...counted].filter((name) => !names.has(name))).toEqual([]);
  });
});

const durations: ReadonlySet<string> = new Set(durationMetrics);
const rates: ReadonlySet<string> = new Set(rateMetrics);

function unitOf(metric: string): string {
  if (durations.has(metric)) return "Milliseconds";
  return rates.has(metric) ? "Count/Second" : "Count";
}
const names: ReadonlySet<string> = new Set([...countMetrics, ...durationMetrics, ...rateMetrics]);
