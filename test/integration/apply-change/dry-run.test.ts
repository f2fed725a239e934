import { describe, expect, it } from "vitest";
import { type DryRun, dryRun } from "../../../shared/change-request/dry-run.ts";
import { parseChangeRequest } from "../../../shared/change-request/submission/parse-change-request.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { refundCase, requestMaker, withRetellWorld } from "../../support/retell-world.ts";
import { waitFor } from "../../support/wait-for.ts";

const world = withRetellWorld();
const { newId, update } = requestMaker("dry-run");

async function run(body: JsonObject): Promise<DryRun> {
  const dependencies = world().dependencies();
  const parsed = parseChangeRequest(JSON.stringify(body), {
    connection: "retell",
    otherConnection: "wrong-queue",
    dialectOf: () => dependencies.provider.dialect,
  });
  if (!parsed.valid) throw new Error("the test's request is not valid");
  const { health, metrics, commits, ...given } = dependencies;
  const readOnly = { read: (connection: string) => health.read(connection) };
  return await dryRun({ ...given, health: readOnly }, parsed, world().clock.now() + 25_000);
}

const writes = () =>
  world()
    .simulator.workspace.requests()
    .filter(({ method }) => method !== "GET");

describe("a dry run", () => {
  it("says what an update would change against the live definition, and stores and sends nothing", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refunds" });
    expect(await run(request)).toEqual({
      kind: "outcome",
      outcome: "applied",
      patch: [{ op: "replace", path: "/name", value: "Refunds" }],
    });
    const { requests } = world().dependencies();
    expect(
      await requests.read({ connection: "retell", requestId: String(request["requestId"]) }),
    ).toBeUndefined();
    expect(await world().versions(id)).toEqual([]);
    expect(writes()).toEqual([]);
  });

  it("counts what somebody changed outside as the version that the real thing would record first", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "First" }));
    world().simulator.workspace.edit({ action: "rename", definitionId: id, name: "Outside" });
    const sent = writes().length;
    expect(await run(update(id, { name: "Next" }, { expect: { version: 2 } }))).toMatchObject({
      outcome: "conflict",
      reason: "version-differs",
      conflict: { version: 3, pointers: ["/name"] },
    });
    expect(await run(update(id, { name: "Next" }, { expect: { version: 3 } }))).toMatchObject({
      outcome: "applied",
    });
    expect(await world().versions(id)).toHaveLength(2);
    expect(writes()).toHaveLength(sent);
  });

  it.each<[string, (id: string) => JsonObject, JsonObject]>([
    ["nothing to change", (id) => update(id, { name: "Refund" }), { outcome: "unchanged" }],
    [
      "a test of a patch that does not hold",
      (id) => update(id, [{ op: "test", path: "/name", value: "Other" }]),
      { outcome: "conflict", reason: "test-failed", conflict: { version: 1, pointers: ["/name"] } },
    ],
    [
      "an unknown definition",
      () => update("test_case_unknown", { name: "Next" }),
      { outcome: "rejected", reason: "not-found" },
    ],
    [
      "a delete",
      (definitionId) => ({ requestId: newId(), operation: "delete", definitionId }),
      { outcome: "applied" },
    ],
    [
      "a create",
      () => ({ requestId: newId(), operation: "create", definition: refundCase }),
      { outcome: "applied" },
    ],
  ])("foretells the outcome of %s", async (_what, request, answer) => {
    const id = world().createOutside();
    expect(await run(request(id))).toEqual({ kind: "outcome", ...answer });
    expect(writes()).toEqual([]);
  });

  it("foretells a restore: of a living definition with its patch, of a deleted one as a new one", async () => {
    const id = world().createOutside();
    await world().apply(update(id, { name: "Second" }));
    const restore = { operation: "restore", definitionId: id, restore: { version: 1 } };
    expect(await run({ requestId: newId(), ...restore })).toMatchObject({
      outcome: "applied",
      patch: [{ op: "replace", path: "/name", value: "Refund" }],
    });
    await world().apply({ requestId: newId(), operation: "delete", definitionId: id });
    expect(await run({ requestId: newId(), ...restore })).toEqual({ kind: "outcome", outcome: "applied" });
    expect(await run({ requestId: newId(), ...restore, restore: { version: 3 } })).toMatchObject({
      outcome: "rejected",
      reason: "deleted-state",
    });
  });

  it("of a request that was given up, and whose effect has shown up, foretells what a retry finds: applied", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Late" });
    world().simulator.workspace.addFault({
      match: { method: "PUT" },
      apply: { afterMs: 600_000 },
      answer: "reset",
    });
    await world().apply(request);
    world().simulator.workspace.edit({ action: "edit", definitionId: id, set: { user_prompt: "Another." } });
    world().settle();
    expect(await world().apply(request)).toMatchObject({ kind: "dead-letter", reason: "outcome-unknown" });
    world().clock.pass(600_000);
    const stored = () => world().simulator.workspace.definition(id) ?? {};
    await waitFor(() => stored()["name"] === "Late", { timeoutMs: 5_000, what: "the late effect" });
    const versions = (await world().versions(id)).length;
    expect(await run(request)).toEqual({ kind: "outcome", outcome: "applied" });
    expect(await world().versions(id)).toHaveLength(versions);
  });

  it("does not take another workspace's 404 for an answer, and leaves the connection's health alone", async () => {
    const id = world().createOutside();
    const { workspace } = world().simulator;
    workspace.edit({ action: "add-workspace", seed: { id: "workspace_2", orgName: "Other" } });
    workspace.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_2" } });
    const { health } = world().dependencies();
    const before = await health.read("retell");
    expect(await run(update(id, { name: "Next" }))).toEqual({
      kind: "unavailable",
      reason: "other-workspace",
    });
    expect(await health.read("retell")).toEqual(before);
    expect(world().counted).not.toContain("OtherWorkspace");
  });

  it("does not guess while the provider does not answer", async () => {
    const id = world().createOutside();
    world().simulator.workspace.addFault({ apply: "never", answer: { status: 503 } });
    expect(await run(update(id, { name: "Next" }))).toEqual({
      kind: "unavailable",
      reason: "provider-server-error",
    });
  });
});
