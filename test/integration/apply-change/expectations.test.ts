/** `expect` and JSON Patch tests: what does not hold is a conflict, and nothing is sent. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { outside, remove, replace, restore, result, stored, update } = applySteps(world, "expect");

const operations = ["update", "replace", "delete", "restore"] as const;
const requestFor = (
  operation: (typeof operations)[number],
  id: string,
  expectation: JsonObject,
): JsonObject =>
  ({
    update: () => update(id, { name: "Next" }, { expect: expectation }),
    replace: () => replace(id, { ...refundCase, name: "Next" }, { expect: expectation }),
    delete: () => remove(id, { expect: expectation }),
    restore: () => restore(id, { version: 1 }, { expect: expectation }),
  })[operation]();

const writes = () =>
  world()
    .simulator.workspace.requests()
    .filter(({ method }) => method !== "GET").length;

/** Two versions, of which the second is live. */
async function known(): Promise<{ id: string; contentHash: string; modifiedTimestamp: number }> {
  const id = world().createOutside();
  await world().apply(update(id, { name: "Known" }));
  const { contentHash = "", modified } = (await world().mirror(id)) ?? {};
  return { id, contentHash, modifiedTimestamp: Number(modified?.raw) };
}

describe.each(operations)("what %s expects", (operation) => {
  it.each<[string, (live: Awaited<ReturnType<typeof known>>) => JsonObject]>([
    ["nothing", () => ({})],
    ["the version", () => ({ version: 2 })],
    ["the content hash", ({ contentHash }) => ({ contentHash })],
    ["the modification timestamp", ({ modifiedTimestamp }) => ({ modifiedTimestamp })],
    ["all of them", ({ contentHash, modifiedTimestamp }) => ({ version: 2, contentHash, modifiedTimestamp })],
  ])("holds: %s", async (_what, expectationOf) => {
    const live = await known();
    expect(await world().apply(requestFor(operation, live.id, expectationOf(live)))).toEqual(applied);
  });

  const otherHash = `sha256:${"0".repeat(64)}`;
  it.each<[string, string, (live: Awaited<ReturnType<typeof known>>) => JsonObject]>([
    ["an earlier version", "version-differs", () => ({ version: 1 })],
    ["a later version", "version-differs", () => ({ version: 7 })],
    ["another content hash", "content-differs", () => ({ contentHash: otherHash })],
    ["another timestamp", "modified-timestamp-differs", () => ({ modifiedTimestamp: 1 })],
    ["a timestamp as text", "modified-timestamp-differs", () => ({ modifiedTimestamp: "yesterday" })],
    [
      "one of several that does not hold",
      "content-differs",
      ({ modifiedTimestamp }) => ({ version: 2, contentHash: otherHash, modifiedTimestamp }),
    ],
  ])("does not hold: %s", async (_what, reason, expectationOf) => {
    const live = await known();
    const sent = writes();
    const request = requestFor(operation, live.id, expectationOf(live));
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(request)).toMatchObject({
      reason,
      definitionId: live.id,
      conflict: { version: 2 },
    });
    expect(writes()).toBe(sent);
    expect(await world().versions(live.id)).toHaveLength(2);
  });
});

describe("a conflict", () => {
  it("names the version that is there and the pointers that differ from the expected one", async () => {
    const { id } = await known();
    outside(id, { user_prompt: "Outside." });
    const request = update(id, { metrics: ["Next"] }, { expect: { version: 1 } });
    await world().apply(request);
    expect(await result(request)).toMatchObject({
      conflict: { version: 3, pointers: ["/name", "/user_prompt"] },
    });
  });

  it("is found on what is live, not on what we have recorded: the outside edit is recorded first", async () => {
    const { id, contentHash } = await known();
    outside(id, { name: "Outside" });
    const request = update(id, { metrics: ["Next"] }, { expect: { contentHash } });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect((await world().versions(id)).at(-1)?.record).toMatchObject({
      version: 3,
      source: "observed_before_write",
    });
    expect(stored(id)["name"]).toBe("Outside");
  });
});

describe("a JSON Patch", () => {
  const renamed = { op: "replace", path: "/name", value: "Next" };

  it("whose test does not hold is a conflict that names the pointer; one whose test holds is applied", async () => {
    const { id } = await known();
    const stale = update(id, [{ op: "test", path: "/name", value: "Something else" }, renamed]);
    expect(await world().apply(stale)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(stale)).toMatchObject({
      reason: "test-failed",
      conflict: { version: 2, pointers: ["/name"] },
    });
    const right = update(id, [{ op: "test", path: "/name", value: "Known" }, renamed]);
    expect(await world().apply(right)).toEqual(applied);
  });

  it("whose path does not exist is a conflict that names it", async () => {
    const { id } = await known();
    const request = update(id, [{ op: "remove", path: "/metrics/7" }]);
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(request)).toMatchObject({ conflict: { version: 2, pointers: ["/metrics/7"] } });
  });

  it("that cannot be applied as a whole is not applied in part", async () => {
    const { id } = await known();
    const before = stored(id);
    await world().apply(update(id, [renamed, { op: "remove", path: "/nothing" }]));
    expect(stored(id)).toEqual(before);
  });
});
