/** The rows of "the provider call ended in …" that say: the write did not happen. */
import { describe, expect, it } from "vitest";
import { applied, applySteps } from "../../support/apply-steps.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { calls, create, effects, fault, history, outside, remove, replace, restore, result, stored, update } =
  applySteps(world, "refused");

const health = () => world().dependencies().health.read("retell");

describe("the provider call ended in 400, 413, 422, other 4xx, it did not happen:", () => {
  it.each([400, 413, 418, 422])(
    "%i is rejected, with the provider's words in the record only",
    async (status) => {
      const id = world().createOutside();
      fault("PUT", { apply: "never", answer: { status, message: "No such model." } });
      const request = update(id, { name: "Refunds" });
      expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
      expect(await result(request)).toEqual({
        reason: "refused-by-provider",
        providerMessage: "No such model.",
      });
      expect(await history(id)).toEqual(["baseline observed_before_write"]);
      // Nothing of it is left open: the next request goes its way.
      expect(await world().apply(update(id, { name: "Next" }))).toEqual(applied);
    },
  );

  it("a create is rejected", async () => {
    fault("POST", { apply: "never", answer: { status: 422 } });
    expect(await world().apply(create())).toEqual({ kind: "done", status: "rejected" });
    expect(await world().apply(create())).toEqual(applied);
  });

  it("a 400 to a body with members that only the provider knows is rejected, and they are named", async () => {
    world().simulator.workspace.setSwitches({ unknownMembers: "kept" });
    const id = world().createOutside({ ...refundCase, beta: 1 });
    world().simulator.workspace.setSwitches({ unknownMembers: "rejected" });
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    expect(await result(request)).toMatchObject({
      reason: "refused-with-unknown-members",
      errors: [{ pointer: "/beta" }],
    });
  });
});

describe("the provider call ended in 404/410 on a write after a successful read, it did not happen:", () => {
  it.each([404, 410])("a delete is applied (%i)", async (status) => {
    const id = world().createOutside();
    const when = { phase: "before" as const, match: { method: "DELETE" } };
    world().simulator.workspace.edit({ action: "delete", definitionId: id, when });
    fault("DELETE", { apply: "never", answer: { status } });
    expect(await world().apply(remove(id))).toEqual(applied);
    expect(await history(id)).toEqual(["baseline observed_before_write", "deleted change_request"]);
    expect((await world().versions(id))[1]?.record.receipt?.status).toBe(status);
  });

  it.each(["update", "replace", "restore"] as const)("%s is a conflict", async (operation) => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Refunds" }));
    const request = {
      update: () => update(id, { name: "Next" }),
      replace: () => replace(id, { ...refundCase, name: "Next" }),
      restore: () => restore(id, { version: 1 }),
    }[operation]();
    const when = { phase: "before" as const, match: { method: "PUT" } };
    world().simulator.workspace.edit({ action: "delete", definitionId: id, when });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "conflict" });
    expect(await result(request)).toEqual({
      reason: "vanished-before-write",
      definitionId: id,
      conflict: { version: 2, pointers: [] },
    });
    expect(await history(id)).toHaveLength(2);
  });
});

describe("the provider call ended in 409, it did not happen:", () => {
  it("the request is evaluated anew from the read", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: { status: 409 } });
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "ours" }]);
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-conflict" });
    outside(id, { metrics: ["theirs"] });
    expect(await world().apply(request)).toEqual(applied);
    expect(stored(id)["metrics"]).toEqual(["theirs", "ours"]);
  });

  it("is within the budget: eight times, and the request fails", async () => {
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: { status: 409 }, match: { times: "always" } });
    const request = update(id, { name: "Refunds" });
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-conflict" });
    }
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "retries-exhausted" });
    expect(calls("PUT")).toHaveLength(8);
    expect(await world().record(request)).toMatchObject({ status: "failed", attempts: 8, charges: 8 });
    // It says nothing about the connection.
    expect(await health()).toMatchObject({ state: "active", failuresInRow: 0 });
  });
});

describe("the provider call ended in 401, 402, 403, it did not happen: the key check decides", () => {
  it.each([401, 402, 403])("%i: it passes, so writes are paused and reads go on", async (status) => {
    const id = world().createOutside();
    fault("PUT", { apply: "never", answer: { status } });
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "writes-refused" });
    expect(await health()).toMatchObject({ state: "writes-paused" });
    // What needs no write is decided.
    expect(await world().apply(update(id, { name: "Refund" }))).toMatchObject({ status: "unchanged" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "writes-refused" });
    expect(calls("PUT")).toHaveLength(1);
    // One probing request, after a minute, ends the pause.
    world().clock.pass(60_000);
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
    expect(await health()).toMatchObject({ state: "active" });
    expect(world().counted.filter((name) => name === "ConnectionPaused")).toHaveLength(1);
  });

  it("it fails: the secret is read anew once, then the connection is paused until another secret works", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refunds" });
    world().simulator.workspace.edit({ action: "set-key", apiKey: "key_test", key: null });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "key-refused" });
    expect(await health()).toMatchObject({ state: "paused", reason: "key-refused" });
    world().simulator.workspace.edit({
      action: "set-key",
      apiKey: "key_test",
      key: { workspace: "workspace_1" },
    });
    // Nobody asks before the probe is due, or the secret has changed.
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "key-refused" });
    const changed = {
      ...world().dependencies(),
      key: { version: async () => "2", refresh: async () => "2" },
    };
    expect(await world().apply(request, { dependencies: changed })).toEqual(applied);
    expect(await health()).toMatchObject({ state: "active" });
  });
});

describe("the provider call ended in 429, it did not happen:", () => {
  it("the request waits as long as it was told, and neither request nor connection pays", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refunds" });
    for (let times = 1; times <= 4; times += 1) {
      fault("PUT", { apply: "never", answer: { status: 429, headers: { "retry-after": "70" } } });
      const waiting = await world().apply(request);
      expect(waiting).toMatchObject({ kind: "wait", reason: "provider-rate-limited" });
      expect(waiting.kind === "wait" && waiting.waitMs).toBeGreaterThanOrEqual(70_000);
      // Nobody else sends either.
      expect(await world().apply(update(id, { name: "Other" }))).toMatchObject({ reason: "provider-pause" });
      world().clock.pass(70_001);
    }
    expect(await health()).toMatchObject({ state: "active", failuresInRow: 0 });
    expect(await world().record(request)).toMatchObject({ attempts: 4, charges: 0 });
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
  });
});

describe("the provider call ended in 3xx, or in a connect failure before a byte was sent, it did not happen:", () => {
  it.each([301, 302, 307, 308])("%i is never followed, because the key must not travel", async (status) => {
    const id = world().createOutside();
    const location = `${world().simulator.url}/elsewhere`;
    fault("PUT", { apply: "never", answer: { status, headers: { location } } });
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request)).toMatchObject({ kind: "wait", reason: "provider-redirected" });
    expect(world().simulator.workspace.requests({ path: "/elsewhere" })).toEqual([]);
    expect(await health()).toMatchObject({ failuresInRow: 1 });
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
  });

  it("a provider that cannot be reached is a connection fault, and the request waits", async () => {
    const id = world().createOutside();
    const connection = { baseUrl: "http://127.0.0.1:1" };
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request, { connection })).toMatchObject({
      kind: "wait",
      reason: "provider-unreachable",
    });
    expect(await health()).toMatchObject({ failuresInRow: 1 });
    expect(await world().apply(request)).toEqual(applied);
  });

  it("also between the read and the write: nothing is left open, and the next delivery sends", async () => {
    const id = world().createOutside();
    const unreachable = world().dependencies({ baseUrl: "http://127.0.0.1:1" }).provider;
    const given = world().dependencies();
    const dependencies = { ...given, provider: { ...given.provider, update: unreachable.update } };
    const request = update(id, { name: "Refunds" });
    expect(await world().apply(request, { dependencies })).toMatchObject({
      kind: "wait",
      reason: "provider-unreachable",
    });
    expect(await world().apply(request)).toEqual(applied);
    expect(effects(id)).toEqual(["updated"]);
  });
});
