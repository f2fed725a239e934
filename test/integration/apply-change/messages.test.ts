/** Which request a message is: by its id, and its content. */
import { describe, expect, it } from "vitest";
import type { ApplyDependencies } from "../../../shared/change-request/attempt/attempt.ts";
import { requestMaker, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();

const { newId, update } = requestMaker("message");

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

  it("the same content: it is the same request, however it is spelled, and nothing is sent again", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refund, angry" });
    await world().apply(request);
    const respelled = { connection: "retell", ...Object.fromEntries(Object.entries(request).reverse()) };
    expect(await world().apply(respelled)).toEqual({ kind: "done", status: "applied" });
    expect(world().simulator.workspace.requests({ method: "PUT" })).toHaveLength(1);
    expect(world().counted).toContain("DuplicateMessageDropped");
  });

  it("other content while the first one waits: it is not touched either", async () => {
    const id = world().createOutside();
    world().simulator.workspace.addFault({ apply: "never", answer: { status: 429 } });
    const request = update(id, { name: "Refund, angry" });
    await world().apply(request);
    const before = await world().record(request);
    expect(await world().apply({ ...request, patch: { name: "Other" } })).toEqual({
      kind: "dead-letter",
      reason: "request-id-reused",
    });
    expect(await world().record(request)).toEqual(before);
    // The pause after the 429 is over.
    world().clock.pass(60_000);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "applied" });
  });
});

describe("requests with the same id that are first seen at the same time", () => {
  it("other content: whoever comes second does not touch the first one's record, whatever it meets", async () => {
    const [id, other] = [world().createOutside(), world().createOutside()];
    const request = update(id, { name: "Second" });
    const first = { ...request, definitionId: other, patch: { name: "First" } };
    const given = world().dependencies();
    let before: unknown;
    const dependencies: ApplyDependencies = {
      ...given,
      provider: {
        ...given.provider,
        // While the second one reads, the first one is delivered and has to wait.
        async get(definitionId, options) {
          const { workspace } = world().simulator;
          workspace.addFault({ apply: "never", answer: { status: 429 } });
          await world().apply(first);
          before = await world().record(first);
          workspace.addFault({ apply: "never", answer: { status: 503 } });
          return await given.provider.get(definitionId, options);
        },
      },
    };
    await world().apply(request, { dependencies });
    expect(await world().record(first)).toEqual(before);
    // The pause after the 429 is over.
    world().clock.pass(60_000);
    expect(await world().apply(request)).toEqual({ kind: "dead-letter", reason: "request-id-reused" });
    expect(await world().apply(first)).toEqual({ kind: "done", status: "applied" });
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
