/** Applying a change where sizes, texts, clocks, reads or our own stores are not what one hopes for. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { silentLog } from "../../../shared/platform/log.ts";
import { refundCase, requestMaker, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();

const { newId, update } = requestMaker("hard");
const puts = () => world().simulator.workspace.requests({ method: "PUT" });

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

  it("while another request does not know yet what became of its write", async () => {
    const id = world().createOutside();
    world().simulator.workspace.addFault({ match: { method: "PUT" }, answer: "reset" });
    const append = [{ op: "add", path: "/metrics/-", value: "once" }];
    const first = update(id, append);
    expect(await world().apply(first)).toMatchObject({ kind: "wait" });
    const other = update(id, { name: "Other" });
    expect(await world().apply(other)).toMatchObject({ kind: "wait", reason: "unanswered-write-of-another" });
    expect(puts()).toHaveLength(1);
    expect(await world().apply(first)).toEqual({ kind: "done", status: "applied" });
    expect(await world().apply(other)).toEqual({ kind: "done", status: "applied" });
    expect(puts()).toHaveLength(2);
    expect(world().simulator.workspace.definition(id)).toMatchObject({
      name: "Other",
      metrics: ["The agent offers a refund", "once"],
    });
  });

  it("that another request wrote and gave up on: it is not this request's doing", async () => {
    const id = world().createOutside();
    world().simulator.workspace.addFault({ match: { method: "PUT" }, answer: "reset" });
    const given = { delivery: { receiveCount: 100 } };
    expect(await world().apply(update(id, { name: "Same" }), given)).toMatchObject({ kind: "dead-letter" });
    expect(await world().apply(update(id, { name: "Same" }))).toEqual({ kind: "done", status: "unchanged" });
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
  it("is not seen in what a provider may drop by itself: the model, or a member that only it knows", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept", serverDefaults: false });
    const id = world().createOutside({ ...refundCase, beta: 1 });
    await world().apply(update(id, { name: "Known" }));
    world().simulator.workspace.edit({
      action: "edit",
      definitionId: id,
      unset: ["beta", "llm_model"],
      bumpTimestamp: false,
    });
    expect(await world().apply(update(id, { name: "Next" }))).toEqual({ kind: "done", status: "applied" });
    expect((await world().versions(id)).map(({ record }) => record.source)).toEqual([
      "observed_before_write",
      "change_request",
      "observed_before_write",
      "change_request",
    ]);
  });

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
