/** The rows of "the provider call ended in …": what is known of the write, and what follows. */
import { describe, expect, it } from "vitest";
import type { FaultInput } from "../../../infra/local/simulators/fault.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();

let requests = 0;
const update = (definitionId: string): JsonObject => ({
  requestId: `failed-call-${++requests}`,
  operation: "update",
  definitionId,
  patch: { name: `Refund ${requests}` },
});
const fault = (fault: FaultInput) =>
  world().simulator.workspace.addFault({ ...fault, match: { method: "PUT" } });
const puts = () => world().simulator.workspace.requests({ method: "PUT" });

describe("a write that certainly had no effect", () => {
  it.each([400, 413, 422])("%i: rejected, with the provider's words in the record only", async (status) => {
    const id = world().createOutside();
    fault({ apply: "never", answer: { status, message: "No such model." } });
    const request = update(id);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await world().record(String(request["requestId"]))).result).toEqual({
      reason: "refused-by-provider",
      providerMessage: "No such model.",
    });
    expect(await world().versions(id)).toHaveLength(1);
  });

  it("400 to a body with members that only the provider knows: rejected, and they are named", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept" });
    const id = world().createOutside({ ...refundCase, beta: 1 });
    world().simulator.workspace.setSwitches({ unknownMembers: "rejected" });
    const request = update(id);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect((await world().record(String(request["requestId"]))).result).toMatchObject({
      reason: "refused-with-unknown-members",
      errors: [{ pointer: "/beta" }],
    });
  });

  it.each([
    ["409", { status: 409 }],
    ["401", { status: 401 }],
    ["402", { status: 402 }],
    ["403", { status: 403 }],
    ["429", { status: 429, headers: { "retry-after": "7" } }],
    ["302", { status: 302, headers: { location: "http://127.0.0.1:1/" } }],
  ])("%s: waits, and is sent again by the next delivery", async (_status, answer) => {
    const id = world().createOutside();
    fault({ apply: "never", answer });
    const request = update(id);
    const waiting = await world().apply(request);
    expect(waiting).toMatchObject({ kind: "wait" });
    if (answer.status === 429 && waiting.kind === "wait")
      expect(waiting.waitMs).toBeGreaterThanOrEqual(7_000);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(puts()).toHaveLength(2);
    expect(
      world()
        .simulator.workspace.effects({ definitionId: id })
        .filter(({ kind }) => kind === "updated"),
    ).toHaveLength(1);
  });

  it("404 after a successful read: conflict, the definition vanished in between", async () => {
    const id = world().createOutside();
    world().simulator.workspace.edit({
      action: "delete",
      definitionId: id,
      when: { phase: "before", match: { method: "PUT" } },
    });
    const request = update(id);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect((await world().record(String(request["requestId"]))).result).toMatchObject({
      reason: "vanished-before-write",
    });
  });

  it("404 on a delete: applied, it is gone as was asked for", async () => {
    const id = world().createOutside();
    world().simulator.workspace.edit({
      action: "delete",
      definitionId: id,
      when: { phase: "before", match: { method: "DELETE" } },
    });
    const request = { requestId: `failed-call-${++requests}`, operation: "delete", definitionId: id };
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
  });

  it("a provider that cannot be reached: waits", async () => {
    const id = world().createOutside();
    const connection = { baseUrl: "http://127.0.0.1:1" };
    expect(await world().apply(update(id), { connection })).toMatchObject({
      kind: "wait",
      reason: "provider-unreachable",
    });
  });
});

describe("a write that may have happened", () => {
  const lost: [string, FaultInput][] = [
    ["reset after the commit", { answer: "reset" }],
    ["500 after the commit", { answer: { status: 500 } }],
    ["HTML from a proxy after the commit", { answer: { status: 502, html: true } }],
    ["408 after the commit", { answer: { status: 408 } }],
    ["no answer within the deadline", { answer: "never" }],
    ["a stalled body", { answer: "stalled-body" }],
    ["truncated JSON", { answer: "truncated-json" }],
    ["200 with HTML", { answer: { status: 200, html: true } }],
  ];
  it.each(lost)(
    "%s: waits, and the next delivery adopts what is there instead of sending it again",
    async (_what, input) => {
      const id = world().createOutside();
      fault(input);
      const request = update(id);
      expect(await world().apply(request, { connection: { callTimeoutSeconds: 0.5 } })).toMatchObject({
        kind: "wait",
      });
      expect((await world().record(String(request["requestId"]))).status).toBe("applying");
      expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
      expect(puts()).toHaveLength(1);
      expect((await world().versions(id)).map(({ record }) => [record.version, record.source])).toEqual([
        [1, "observed_before_write"],
        [2, "adopted"],
      ]);
    },
  );
});

describe("a delete that may have happened", () => {
  it("ends as applied with a deleted version once the definition is found gone", async () => {
    const id = world().createOutside();
    world().simulator.workspace.addFault({ match: { method: "DELETE" }, answer: "reset" });
    const request = { requestId: `failed-call-${++requests}`, operation: "delete", definitionId: id };
    expect(await world().apply(request)).toMatchObject({ kind: "wait" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(world().simulator.workspace.requests({ method: "DELETE" })).toHaveLength(1);
    expect((await world().versions(id)).map(({ record }) => [record.changeType, record.source])).toEqual([
      ["baseline", "observed_before_write"],
      ["deleted", "adopted"],
    ]);
  });
});

describe("a create", () => {
  it("ends as applied with a first version under the id that the provider gave", async () => {
    const definition = { ...refundCase, name: "New" };
    const request = { requestId: `create-${++requests}`, operation: "create", definition, actor: "ben" };
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    const { result } = await world().record(request.requestId);
    const definitionId = result?.definitionId ?? "";
    const stored = world().simulator.workspace.definition(definitionId);
    expect(stored).toMatchObject(definition);
    const [version] = await world().versions(definitionId);
    expect(version?.record).toMatchObject({
      version: 1,
      changeType: "created",
      source: "change_request",
      actorClaimed: "ben",
      providerCreatedRaw: stored?.["creation_timestamp"],
    });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
    expect(world().simulator.workspace.requests({ method: "POST" })).toHaveLength(1);
  });

  it("sends what it was given, without invented defaults, and lists what the server added", async () => {
    const definition = {
      name: "Bare",
      response_engine: { type: "retell-llm", llm_id: "llm_000000000000000000000000001" },
      user_prompt: "p",
      metrics: [],
    };
    const requestId = `create-${++requests}`;
    await world().apply({ requestId, operation: "create", definition });
    const [post] = world().simulator.workspace.requests({ method: "POST" });
    expect(post?.body).toEqual(definition);
    expect(await world().record(requestId)).toMatchObject({ status: "applied", result: { version: 1 } });
  });
});

describe("two attempts at once", () => {
  it("on one definition: the second waits for the first one's claim", async () => {
    const id = world().createOutside();
    await world().apply(update(id));
    world().simulator.workspace.addFault({ match: { method: "PUT" }, delayMs: 300 });
    const answers = await Promise.all([world().apply(update(id)), world().apply(update(id))]);
    expect(answers.map((answer) => answer.kind).sort()).toEqual(["done", "wait"]);
    expect(answers.find(({ kind }) => kind === "wait")).toMatchObject({ reason: "claimed-by-another" });
  });
});
