import { describe, expect, it } from "vitest";
import { canonicalHash } from "../../../shared/definition/canonical-form.ts";
import { contentOf } from "../../../shared/definition/content.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { refundCase, requestMaker, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();

const { newId, update } = requestMaker("edit");
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
