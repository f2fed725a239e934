/** An edit that nothing stands in the way of: what is sent, what is recorded, and what is left as it was. */
import { describe, expect, it } from "vitest";
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import { contentOf } from "../../../shared/definition/document/content.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { refundCase, requestMaker, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();

const { newId, update } = requestMaker("edit");
const puts = () => world().simulator.workspace.requests({ method: "PUT" });

describe("an update", () => {
  it("whose call ends in 2xx with a valid body is committed: one read, one complete PUT, a version with the answer", async () => {
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

    const mirror = await world().mirror(id);
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

  it("is unchanged, and sends nothing, where it names what is live", async () => {
    const id = world().createOutside();
    const { llm_model, ...definition } = refundCase;
    const request = { requestId: newId(), operation: "replace", definitionId: id, definition };
    expect(await world().apply(request)).toEqual({ kind: "done", status: "unchanged" });
    expect(puts()).toHaveLength(0);
  });

  it("that leaves out the tool mocks is rejected, and they stay", async () => {
    const id = world().createOutside();
    const { tool_mocks, ...definition } = refundCase;
    const request = { requestId: newId(), operation: "replace", definitionId: id, definition };
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await world().record(request)).result?.errors).toMatchObject([
      { pointer: "/definition/tool_mocks" },
    ]);
    expect(world().simulator.workspace.definition(id)).toMatchObject({ tool_mocks });
  });
});
