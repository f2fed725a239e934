import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt.ts";
import { canonicalHash } from "../../../shared/definition/canonical-form.ts";
import { contentOf } from "../../../shared/definition/content.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();

let requests = 0;
const newId = () => `edit-${++requests}`;
const update = (definitionId: string, patch: unknown, more: JsonObject = {}): JsonObject => ({
  requestId: newId(),
  operation: "update",
  definitionId,
  patch: patch as JsonObject,
  ...more,
});
const puts = () => world().simulator.workspace.requests({ method: "PUT" });

describe("an update", () => {
  it("ends as applied: one read, one complete PUT, and a version with what the provider answered", async () => {
    const id = world().createOutside();
    const request = update(
      id,
      { metrics: ["The agent confirms the order number"] },
      { actor: "ana", reason: "tighter", reference: "QA-12" },
    );
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });

    expect(
      world()
        .simulator.workspace.requests()
        .map(({ method }) => method),
    ).toEqual(["GET", "PUT"]);
    expect(Object.keys(puts()[0]?.body ?? {}).sort()).toEqual(Object.keys(refundCase).sort());

    const stored = world().simulator.workspace.definition(id) as JsonObject;
    expect(stored["metrics"]).toEqual(["The agent confirms the order number"]);
    const [baseline, version] = await world().versions(id);
    expect(baseline?.record).toMatchObject({
      version: 1,
      changeType: "baseline",
      source: "observed_before_write",
    });
    expect(version?.record).toMatchObject({
      version: 2,
      changeType: "updated",
      source: "change_request",
      requestId: request["requestId"],
      epoch: 1,
      actorClaimed: "ana",
      actorAuthenticated: "AIDASENDER",
      reason: "tighter",
      reference: "QA-12",
      providerModifiedRaw: stored["user_modified_timestamp"],
      providerModifiedAt: stored["user_modified_timestamp"],
      effectiveAt: stored["user_modified_timestamp"],
    });
    expect(version?.patchText).toBe(
      '[{"op":"replace","path":"/metrics/0","value":"The agent confirms the order number"}]',
    );

    const mirror = await world().dependencies().mirrors.mirror({ connection: "retell", definitionId: id });
    expect(mirror).toMatchObject({
      version: 2,
      chainHash: version?.record.chainHash,
      contentHash: canonicalHash(contentOf(stored, world().dependencies().provider.dialect.bookkeeping)),
    });
    expect(await world().record(String(request["requestId"]))).toMatchObject({
      status: "applied",
      attempts: 1,
      result: { version: 2, definitionId: id },
    });
  });

  it("changes nothing when its message is delivered again", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refund, angry" });
    await world().apply(request);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(puts()).toHaveLength(1);
    expect(await world().versions(id)).toHaveLength(2);
  });

  it("is unchanged, and sends nothing, when the live definition already is as wanted", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refund" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "unchanged" });
    expect(puts()).toHaveLength(0);
    expect((await world().record(String(request["requestId"]))).result).toEqual({
      version: 1,
      definitionId: id,
    });
  });

  it("keeps what the provider held right before the write, with the interval in which it came", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Refund, angry" }));
    world().simulator.workspace.edit({
      action: "edit",
      definitionId: id,
      set: { user_prompt: "From the dashboard." },
    });
    await world().apply(update(id, { name: "Refund, calm" }));
    const [, ours, theirs, last] = await world().versions(id);
    expect(theirs?.record).toMatchObject({
      version: 3,
      changeType: "updated",
      source: "observed_before_write",
    });
    expect(theirs?.record.requestId).toBeUndefined();
    const [from, to] = theirs?.record.occurredBetween ?? [0, 0];
    const editedAt = (world().simulator.workspace.definition(id)?.["user_modified_timestamp"] as number) ?? 0;
    expect(from).toBeLessThanOrEqual(ours?.record.recordedAt ?? 0);
    expect(theirs?.record.effectiveAt).toBeGreaterThanOrEqual(from);
    expect(theirs?.record.effectiveAt).toBeLessThanOrEqual(to);
    expect(editedAt).toBeGreaterThanOrEqual(to - 5_000);
    expect(last?.record).toMatchObject({ version: 4, changeType: "updated", source: "change_request" });
    expect(world().simulator.workspace.definition(id)?.["user_prompt"]).toBe("From the dashboard.");
  });

  it.each(["replace", "merge", "replace-strict"] as const)(
    "gives the same when the provider's PUT is %s",
    async (put) => {
      world().simulator.workspace.setSwitches({ put });
      const id = world().createOutside();
      await world().apply(update(id, { dynamic_variables: { order: null, customer: "Ana" } }));
      const stored = world().simulator.workspace.definition(id);
      expect(stored).toMatchObject({ ...refundCase, dynamic_variables: { customer: "Ana" } });
      expect((await world().versions(id))[1]?.record.differences).toBeUndefined();
    },
  );

  it("leaves members that only the provider knows, and the text of its numbers, as they were", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept" });
    const id = world().createOutside({
      ...refundCase,
      beta: { weight: JSON.rawJSON("1.0"), big: JSON.rawJSON("12345678901234567890") },
    });
    await world().apply(update(id, { name: "Refund, angry" }));
    expect(JSON.stringify(world().simulator.workspace.definition(id)?.["beta"])).toBe(
      '{"weight":1.0,"big":12345678901234567890}',
    );
    expect(puts()[0]?.bodyText).toContain('"beta":{"weight":1.0,"big":12345678901234567890}');
  });

  it("lists what the provider stored differently from what was sent", async () => {
    world().simulator.workspace.setSwitches({
      modelReplacements: { "claude-4.5-sonnet": "claude-5.5-sonnet" },
    });
    const id = world().createOutside();
    const request = update(id, { llm_model: "claude-4.5-sonnet" });
    await world().apply(request);
    const differences = [{ pointer: "/llm_model", sent: "claude-4.5-sonnet", stored: "claude-5.5-sonnet" }];
    expect((await world().record(String(request["requestId"]))).result?.differences).toEqual(differences);
    expect((await world().versions(id))[1]?.record.differences).toEqual(differences);
  });

  it("applies a JSON Patch, and conflicts where its test does not hold", async () => {
    const id = world().createOutside();
    const test = (value: string) => [
      { op: "test", path: "/name", value },
      { op: "replace", path: "/name", value: "Refund, angry" },
    ];
    const stale = update(id, test("Something else"));
    expect(await world().apply(stale)).toMatchObject({ status: "conflict" });
    expect((await world().record(String(stale["requestId"]))).result).toMatchObject({
      reason: "test-failed",
      conflict: { version: 1, pointers: ["/name"] },
    });
    expect(puts()).toHaveLength(0);
    expect(await world().apply(update(id, test("Refund")))).toMatchObject({ status: "applied" });
  });

  it.each([
    ["version", { version: 7 }, "version-differs"],
    ["contentHash", { contentHash: `sha256:${"0".repeat(64)}` }, "content-differs"],
    ["modifiedTimestamp", { modifiedTimestamp: 1 }, "modified-timestamp-differs"],
  ])(
    "conflicts where the expected %s does not hold, and sends nothing",
    async (_what, expectation, reason) => {
      const id = world().createOutside();
      const request = update(id, { name: "x" }, { expect: expectation as JsonObject });
      expect(await world().apply(request)).toMatchObject({ status: "conflict" });
      expect((await world().record(String(request["requestId"]))).result).toMatchObject({
        reason,
        conflict: { version: 1 },
      });
      expect(puts()).toHaveLength(0);
    },
  );

  it("names what differs from the version that was expected", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Refund, angry" }));
    const request = update(id, { user_prompt: "x" }, { expect: { version: 1 } });
    await world().apply(request);
    expect((await world().record(String(request["requestId"]))).result?.conflict).toEqual({
      version: 2,
      pointers: ["/name"],
    });
  });

  it("is rejected with its pointers where the wanted definition is not valid, and sends nothing", async () => {
    const id = world().createOutside();
    const request = update(id, [
      { op: "replace", path: "/metrics", value: "one" },
      { op: "remove", path: "/tool_mocks" },
    ]);
    expect(await world().apply(request)).toMatchObject({ status: "rejected" });
    const { result } = await world().record(String(request["requestId"]));
    expect(result?.reason).toBe("invalid-definition");
    expect(result?.errors?.map(({ pointer }) => pointer).sort()).toEqual(["/metrics", "/tool_mocks"]);
    expect(puts()).toHaveLength(0);
  });
});

describe("what is very large", () => {
  const noise = (characters: number) =>
    Array.from({ length: Math.ceil(characters / 44) }, (_, index) =>
      createHash("sha256").update(String(index)).digest("base64"),
    ).join("");
  it.each<[string, JsonObject]>([
    ["a name of 900 000 characters", { name: noise(900_000) }],
    ["a prompt that hardly compresses", { user_prompt: noise(900_000) }],
    ["a member name of 300 000 characters", { dynamic_variables: { [noise(300_000)]: "x" } }],
    [
      "9 000 variables",
      {
        dynamic_variables: Object.fromEntries(
          Array.from({ length: 9_000 }, (_, n) => [`${n}-${"v".repeat(60)}`, "x"]),
        ),
      },
    ],
  ])("is stored whole: %s", async (_what, patch) => {
    const id = world().createOutside();
    expect(await world().apply(update(id, patch))).toEqual({ kind: "done", status: "applied" });
    expect(await world().apply(update(id, { metrics: ["after it"] }))).toEqual({
      kind: "done",
      status: "applied",
    });
    const [, large] = await world().versions(id);
    expect(JSON.parse(large?.documentText ?? "{}")).toMatchObject(patch);
    expect((large?.record.name ?? "").length).toBeLessThanOrEqual(1_001);
  });

  it("does not keep a conflict from being recorded: pointers of any length", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { dynamic_variables: { [noise(300_000)]: "x" } }));
    const request = update(id, { name: "x" }, { expect: { version: 1 } });
    expect(await world().apply(request)).toMatchObject({ status: "conflict" });
    expect((await world().record(String(request["requestId"]))).result?.conflict).toEqual({
      version: 2,
      pointers: ["/dynamic_variables"],
    });
  });
});

describe("what tables cannot hold as it is", () => {
  it.each<[string, JsonObject]>([
    ["a number beyond the safe integers", { beta: 10_000_000_000_000_000 }],
    ["a number that is very small", { beta: 1e-200 }],
    ["a long number text", { beta: JSON.rawJSON("0.1000000000000000055511151231257827") }],
  ])("is listed as a difference all the same: %s", async (_what, patch) => {
    const id = world().createOutside();
    expect(await world().apply(update(id, patch))).toEqual({ kind: "done", status: "applied" });
    expect((await world().versions(id))[1]?.record.differences).toEqual([
      { pointer: "/beta", sent: expect.any(String), stored: null },
    ]);
  });

  it("is kept in the document untouched: half of a character in a name from outside", async () => {
    const id = world().createOutside({ ...refundCase, name: "x \ud800" });
    expect(await world().apply(update(id, { metrics: ["y"] }))).toEqual({ kind: "done", status: "applied" });
    expect((await world().versions(id))[1]?.documentText).toContain('"name":"x \\ud800"');
  });

  it.each([
    ["the operation", '{"requestId":"odd-1","operation":"\\ud800"}'],
    ["the definition id", '{"requestId":"odd-2","operation":"delete","definitionId":"\\ud800"}'],
    ["a field", '{"requestId":"odd-3","operation":"delete","definitionId":"x","\\ud800":1}'],
  ])("is rejected in a request: half of a character in %s", async (_what, body) => {
    expect(await world().apply(body)).toEqual({ kind: "done", status: "rejected" });
  });
});

describe("a provider that answers from a lagging copy", () => {
  it("does not get an older state written back: the request waits until the read shows what is known", async () => {
    const id = world().createOutside();
    const createdAt = Date.now();
    world().simulator.workspace.setSwitches({ getLagMs: 700 });
    await waitFor(() => Date.now() - createdAt > 750, {
      timeoutMs: 5_000,
      what: "the definition to be readable",
    });
    expect(await world().apply(update(id, { name: "A's name" }))).toMatchObject({ status: "applied" });
    const request = update(id, { user_prompt: "B's prompt" });
    expect(await world().apply(request, { connection: { settleSeconds: 60 } })).toMatchObject({
      kind: "wait",
      reason: "stale-read",
    });
    await waitFor(
      async () => (await world().apply(request, { connection: { settleSeconds: 60 } })).kind === "done",
      { timeoutMs: 5_000, what: "the lag to pass" },
    );
    expect(world().simulator.workspace.definition(id)).toMatchObject({
      name: "A's name",
      user_prompt: "B's prompt",
    });
  });
});

describe("nothing is sent", () => {
  const neverPut = async (dependencies: ApplyDependencies, delivery = {}) => {
    const id = world().createOutside();
    const end = await world().apply(update(id, { name: "never" }), { dependencies, delivery });
    expect(puts()).toHaveLength(0);
    return end;
  };

  it("when the lease would not outlast the call", async () => {
    const end = await neverPut(world().dependencies(), { invocationEndsAt: Date.now() + 6_500 });
    expect(end).toMatchObject({ kind: "wait", reason: "lease-too-short" });
  });

  it("when the claim was lost before the intent", async () => {
    const { mirrors, ...rest } = world().dependencies();
    const end = await neverPut({ ...rest, mirrors: { ...mirrors, writeIntent: async () => false } });
    expect(end).toMatchObject({ kind: "wait", reason: "claim-lost" });
  });

  it("when the request was decided before the intent", async () => {
    const { requests, ...rest } = world().dependencies();
    await neverPut({ ...rest, requests: { ...requests, beginAttempt: async () => false } });
  });

  it("when somebody else's unanswered write wanted the same: that one is not this request's doing", async () => {
    const id = world().createOutside();
    world().simulator.workspace.addFault({ match: { method: "PUT" }, answer: "reset" });
    expect(await world().apply(update(id, { name: "Same" }))).toMatchObject({ kind: "wait" });
    const other = update(id, { name: "Same" });
    expect(await world().apply(other)).toEqual({ kind: "done", status: "unchanged" });
    expect(puts()).toHaveLength(1);
  });

  it("when a JSON Patch copies a document into itself until nothing can hold it", async () => {
    const id = world().createOutside();
    const bomb = Array.from({ length: 200 }, (_, index) => ({
      op: "copy",
      from: "/dynamic_variables",
      path: `/dynamic_variables/x${index}`,
    }));
    expect(await world().apply(update(id, bomb))).toEqual({ kind: "done", status: "rejected" });
    expect(puts()).toHaveLength(0);
  });
});

describe("a commit that meets a new head while the claim is ours", () => {
  it("goes onto that head: a create whose new definition was edited before it was recorded is not sent again", async () => {
    world().simulator.workspace.addFault({ match: { method: "POST" }, answerAfterMs: 800 });
    const creating = world().apply({
      requestId: newId(),
      operation: "create",
      definition: { ...refundCase, name: "Early" },
    });
    const id = await waitFor(
      () => String(world().simulator.workspace.definitions()[0]?.["test_case_definition_id"] ?? ""),
      { timeoutMs: 5_000, what: "the definition" },
    );
    expect(await world().apply(update(id, { name: "Edited early" }))).toEqual({
      kind: "done",
      status: "applied",
    });
    expect(await creating).toEqual({ kind: "done", status: "applied" });
    expect(world().simulator.workspace.requests({ method: "POST" })).toHaveLength(1);
    expect((await world().versions(id)).map(({ record }) => record.version)).toEqual([1, 2, 3]);
  });
});

describe("half an answer", () => {
  it("is not taken for an edit, nor written back: nothing was modified, and yet the mocks are gone", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Known" }));
    const { tool_mocks, ...half } = world().simulator.workspace.definition(id) ?? {};
    world().simulator.workspace.addFault({
      match: { method: "GET" },
      answer: { status: 200, body: JSON.stringify(half), headers: { "content-type": "application/json" } },
    });
    const request = update(id, { name: "Next" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "incomplete-read" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(world().simulator.workspace.definition(id)).toMatchObject({ tool_mocks, name: "Next" });
    expect(await world().versions(id)).toHaveLength(3);
  });
});

describe("a failure that nobody foresaw", () => {
  it("waits like any other, is logged with its request, and ends as failed after the last delivery", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "x" });
    const logged: unknown[] = [];
    const broken = {
      ...world().dependencies(),
      mirrors: {
        ...world().dependencies().mirrors,
        takeClaim: () => Promise.reject(new TypeError("secret text")),
      },
      log: { ...silentLog, error: (event: string, fields: unknown) => logged.push({ event, fields }) },
    };
    expect(await world().apply(request, { dependencies: broken })).toMatchObject({
      kind: "wait",
      reason: "unexpected-failure",
    });
    expect(logged).toEqual([
      {
        event: "apply-failed-unexpectedly",
        fields: {
          connection: "retell",
          requestId: request["requestId"],
          operation: "update",
          error: "TypeError",
        },
      },
    ]);
    const last = await world().apply(request, { dependencies: broken, delivery: { receiveCount: 100 } });
    expect(last).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
  });
});

describe("a replace", () => {
  it("replaces what it names, keeps the model that it leaves out and members that only the provider knows", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept" });
    const id = world().createOutside({ ...refundCase, beta: 1 });
    const { llm_model, ...definition }: JsonObject = { ...refundCase, metrics: ["Another"] };
    expect(
      await world().apply({ requestId: newId(), operation: "replace", definitionId: id, definition }),
    ).toMatchObject({
      status: "applied",
    });
    expect(world().simulator.workspace.definition(id)).toMatchObject({
      ...refundCase,
      metrics: ["Another"],
      beta: 1,
    });
  });
});

describe("a delete", () => {
  it("ends as applied with a deleted version, and as unchanged when asked again", async () => {
    const id = world().createOutside();
    const first = { requestId: newId(), operation: "delete", definitionId: id };
    expect(await world().apply(first)).toMatchObject({ status: "applied" });
    expect(world().simulator.workspace.definition(id)).toBeUndefined();
    const [, deleted] = await world().versions(id);
    expect(deleted?.record).toMatchObject({
      version: 2,
      changeType: "deleted",
      deleted: true,
      name: "Refund",
    });
    expect(await world().apply({ ...first, requestId: newId() })).toMatchObject({ status: "unchanged" });
    expect(world().simulator.workspace.requests({ method: "DELETE" })).toHaveLength(1);
  });
});

describe("a definition that is not there", () => {
  it.each(["update", "delete"])("rejects an %s of one that nobody knows", async (operation) => {
    const request = {
      requestId: newId(),
      operation,
      definitionId: `unknown-${operation}`,
      ...(operation === "update" && { patch: {} }),
    };
    expect(await world().apply(request)).toMatchObject({ status: "rejected" });
    expect((await world().record(request.requestId)).result?.reason).toBe("not-found");
    expect(await world().versions(request.definitionId)).toEqual([]);
  });

  it("waits where the scope's list still shows it: a 404 alone is no deletion", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Refund, angry" }));
    world().simulator.workspace.addFault({
      match: { method: "GET", path: `/get-test-case-definition/${id}` },
      apply: "never",
      answer: { status: 404 },
    });
    const request = update(id, { name: "Refund, calm" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "list-disagrees" });
    expect(await world().apply(request)).toMatchObject({ status: "applied" });
  });

  it("rejects an edit of one that was deleted outside, without recording a deletion that one look has shown", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Refund, angry" }));
    world().simulator.workspace.edit({ action: "delete", definitionId: id });
    expect(await world().apply(update(id, { name: "x" }))).toMatchObject({ status: "rejected" });
    expect(await world().versions(id)).toHaveLength(2);
  });
});

describe("requests with the same id", () => {
  it("other content: goes to the dead letters and leaves the first one alone", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refund, angry" });
    await world().apply(request);
    expect(await world().apply({ ...request, patch: { name: "Other" } })).toEqual({
      kind: "dead-letter",
      reason: "request-id-reused",
    });
    expect(await world().record(String(request["requestId"]))).toMatchObject({ status: "applied" });
    expect(world().simulator.workspace.definition(id)?.["name"]).toBe("Refund, angry");
  });
});

describe("an invalid message", () => {
  it("with a request id gets a rejected record that names every fault", async () => {
    const requestId = newId();
    expect(
      await world().apply({ requestId, operation: "update", definitionId: "x", pach: {} }),
    ).toMatchObject({
      status: "rejected",
    });
    const { result, definitionId } = await world().record(requestId);
    expect(definitionId).toBe("x");
    expect(result?.reason).toBe("invalid-request");
    expect(result?.errors?.map(({ pointer }) => pointer).sort()).toEqual(["/pach", "/patch"]);
  });

  it.each([
    ["not JSON", "{"],
    ["no request id", '{"operation":"delete","definitionId":"x"}'],
  ])("without one goes to the dead letters: %s", async (_what, body) => {
    expect(await world().apply(body)).toMatchObject({ kind: "dead-letter" });
  });

  it("that names another connection is rejected under the queue's own", async () => {
    const requestId = newId();
    await world().apply({ requestId, connection: "other", operation: "delete", definitionId: "x" });
    expect((await world().record(requestId)).result?.reason).toBe("wrong-queue");
  });
});
