/** A 404 that is no answer about the definition: nothing is believed to be gone because of it alone. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Disposition } from "../../../shared/change-request/outcome/delivery.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, deleteOutside, fault, history, remove, restore, result, stored, update } = applySteps(
  world,
  "misleading",
);

const LISTS = { path: "/v2/list-test-case-definitions" };
const proxys404 = { apply: "never", answer: { status: 404, html: true } } as const;

/** Two versions. */
async function known(): Promise<string> {
  const id = world().createOutside();
  await world().apply(update(id, { name: "Known" }));
  return id;
}

describe("a 404 on a DELETE", () => {
  it("that a GET contradicts is not believed: the definition is not recorded as deleted, and it is tried again", async () => {
    const id = await known();
    fault("DELETE", proxys404);
    const request = remove(id);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "still-there" });
    expect(await history(id)).toHaveLength(2);
    expect(await world().mirror(id)).toMatchObject({ deleted: false });
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("DELETE")).toHaveLength(2);
    expect(stored(id)).toEqual({});
  });

  it("that a GET contradicts again and again is within the budget: eight times, and the request fails", async () => {
    const id = await known();
    const request = remove(id);
    let answer: Disposition | undefined;
    for (let tries = 1; tries <= 9; tries += 1) {
      fault("DELETE", proxys404);
      answer = await world().apply(request);
    }
    expect(answer).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
    expect(calls("DELETE")).toHaveLength(8);
    expect(await world().mirror(id)).toMatchObject({ deleted: false });
  });

  it("that only the scope's list contradicts is not believed either", async () => {
    const id = await known();
    fault("DELETE", proxys404);
    const request = remove(id);
    const given = world().dependencies();
    let reads = 0;
    const provider = {
      ...given.provider,
      get: async (...asked: Parameters<typeof given.provider.get>) => {
        reads += 1;
        if (reads === 2) fault("GET", { ...proxys404, match: { path: "/get-test-*" } });
        return await given.provider.get(...asked);
      },
    };
    expect(await world().apply(request, { dependencies: { ...given, provider } })).toMatchObject({
      kind: "wait",
      reason: "list-disagrees",
    });
    expect(await history(id)).toHaveLength(2);
    expect(await world().apply(request)).toEqual(applied);
  });
});

describe("a deletion that was recorded, while the definition lives", () => {
  let id: string;

  beforeEach(async () => {
    id = await known();
    fault("DELETE", { apply: "never", answer: "reset" });
    const request = remove(id);
    await world().apply(request);
    world().settle();
    // For a moment neither a GET nor the list shows it.
    fault("GET", { ...proxys404, match: { path: "/get-test-*" } });
    fault("GET", { match: LISTS, list: "empty" });
    expect(await world().apply(request)).toEqual(applied);
    expect(await world().mirror(id)).toMatchObject({ deleted: true, version: 3 });
    expect(stored(id)).toMatchObject({ name: "Known" });
  });

  it("does not make a restore put a second one beside it: the living one is recorded and restored", async () => {
    const request = restore(id, { version: 1 });
    // Until the settle time has passed, a lagging copy may show it so.
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "stale-read" });
    expect(await history(id)).toHaveLength(3);
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "still-there" });
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toEqual([]);
    expect(await result(request)).toMatchObject({ definitionId: id, version: 5 });
    expect(stored(id)).toMatchObject({ name: refundCase["name"] } as JsonObject);
    expect((await history(id)).slice(2)).toEqual([
      "deleted adopted",
      "restored observed_before_write",
      "restored change_request",
    ]);
  });

  it("is made anew where a GET agrees that it is gone", async () => {
    deleteOutside(id);
    const request = restore(id, { version: 1 });
    expect(await world().apply(request)).toEqual(applied);
    expect(calls("POST")).toHaveLength(1);
    expect((await result(request))?.definitionId).not.toBe(id);
  });

  it("is not decided where the GET fails: the restore waits", async () => {
    const request = restore(id, { version: 1 });
    fault("GET", { apply: "never", answer: { status: 503 } });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-server-error" });
    expect(calls("POST")).toEqual([]);
  });
});
