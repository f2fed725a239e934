import { beforeEach, describe, expect, it } from "vitest";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import { isListOfDefinitions } from "../../support/reconciliation/list-lies.ts";
import {
  ENGINES,
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

let world: ReconciliationWorld;
let ids: readonly string[];
beforeEach(() => {
  world = reconciliationWorld();
  ids = [world.create("a"), world.create("b"), world.create("c", ENGINES[1])];
});

/** The same engines, as far as ids tell; nothing else is the same. */
function swapKey(orgName = "Another", engines: readonly string[] = ENGINES): void {
  const rows = engines.map((id) => ({ type: "retell-llm" as const, id, version: 3, modifiedAt: 1 }));
  world.edit({ action: "add-workspace", seed: { id: "workspace_2", orgName, engines: rows } });
  world.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_2" } });
}
const swapBack = () =>
  world.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_1" } });

async function expectUntouched(): Promise<void> {
  for (const id of ids) {
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
    expect((await world.mirror(id))?.missingSince).toBeUndefined();
  }
}
const workspace = async () => (await world.dependencies.health.read("retell")).workspace;

describe("with another workspace's key", () => {
  it("a run halts before anything is compared, and rings", async () => {
    await world.reconcile();
    swapKey();
    const { run, scopes } = await world.reconcile();
    expect(run).toMatchObject({
      status: "halted",
      reason: "other-workspace",
      otherWorkspace: "Another",
      counts: { listed: 0 },
    });
    expect(scopes.every(({ status }) => status === "pending")).toBe(true);
    expect(world.workspace.requests().filter(({ path }) => path.includes("list-test-case"))).toHaveLength(2);
    expect(world.metrics.get("RunHalted")).toBe(1);
    await expectUntouched();
    expect(await workspace()).toBe("Acme");
    swapBack();
    expect((await world.reconcile()).run.status).toBe("completed");
    await expectUntouched();
  });

  it("a run halts where it has few of the known scopes, whatever it is called", async () => {
    const many = reconciliationWorld({ engines: ["llm_1", "llm_2", "llm_3", "llm_4", "llm_5"] });
    for (let nth = 1; nth <= 5; nth += 1) many.create(`case ${nth}`, `llm_${nth}`);
    await many.reconcile();
    // Nobody knows any more what it was called.
    many.tables.health.clear();
    for (const id of ["llm_1", "llm_2", "llm_3"]) {
      many.edit({ action: "delete-engine", type: "retell-llm", id });
    }
    expect((await many.reconcile()).run).toMatchObject({ status: "halted", reason: "other-workspace" });
  });

  it("a run halts where that workspace is called the same, and goes on when an operator says that it may", async () => {
    await world.reconcile();
    swapKey("Acme", ["llm_9"]);
    world.outside.keyVersion = "2";
    for (let runs = 0; runs < 2; runs += 1) {
      const { run } = await world.reconcile();
      expect(run).toMatchObject({ status: "halted", reason: "other-workspace", otherWorkspace: "Acme" });
    }
    await expectUntouched();
    const { run } = await world.reconcile();
    await decideHalted(world.dependencies, run.runId, "confirm");
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { missing: 3 } });
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { deleted: 3 } });
    await world.reconcile();
    expect((await world.dependencies.health.read("retell")).acceptedKeyVersion).toBeUndefined();
  });

  it("that it was given in the middle of a run, the run halts before it records anything", async () => {
    await world.reconcile();
    world.edit({ action: "rename", definitionId: ids[0] ?? "", name: "changed" });
    let isSwapped = false;
    world.hooks.after = (call) => {
      if (isSwapped || !isListOfDefinitions(call)) return;
      isSwapped = true;
      swapKey();
    };
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "halted", reason: "other-workspace", otherWorkspace: "Another" });
    await expectUntouched();
  });

  it("no scope is recorded for the first time", async () => {
    let isSwapped = false;
    world.hooks.after = ({ path }) => {
      if (isSwapped || !path.includes("list-conversation-flows")) return;
      isSwapped = true;
      swapKey();
      const definition = { ...world.workspace.definitions("workspace_1")[0], test_case_definition_id: "x" };
      world.edit({ action: "create", workspace: "workspace_2", definition });
    };
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "halted", reason: "other-workspace" });
    expect(world.tables.versions.size).toBe(0);
  });

  it.each([
    ["confirm", "Another"],
    ["discard", "Acme"],
  ] as const)("an operator's %s decides what the workspace is called from now on", async (decision, name) => {
    await world.reconcile();
    swapKey();
    const { run } = await world.reconcile();
    expect(await decideHalted(world.dependencies, run.runId, decision)).toMatchObject({
      kind: "decided",
      run: { status: "unfinished", reason: `other-workspace-${decision}ed` },
    });
    expect(await workspace()).toBe(name);
    await expectUntouched();
  });
});

describe("with the right key", () => {
  it("a run goes on where the workspace was only renamed, and knows the new name", async () => {
    await world.reconcile();
    const renamed = world.workspace.snapshot().workspaces[0];
    if (renamed === undefined) throw new Error("there is a workspace");
    world.edit({ action: "add-workspace", seed: { ...renamed, id: "workspace_2", orgName: "Acme Inc" } });
    world.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_2" } });
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", workspace: "Acme Inc" });
    expect(await workspace()).toBe("Acme Inc");
    await expectUntouched();
  });

  it("a run does not go on with another version of the secret than it began with", async () => {
    await world.reconcile();
    world.edit({ action: "rename", definitionId: ids[0] ?? "", name: "changed" });
    world.hooks.after = (call) => {
      if (isListOfDefinitions(call)) world.outside.keyVersion = "2";
    };
    const { run } = await world.reconcile();
    expect(run).toMatchObject({ status: "unfinished", reason: "key-replaced" });
    await expectUntouched();
    world.hooks.after = undefined;
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { changed: 1 } });
  });

  it("a quiet run asks whose key it is once", async () => {
    await world.reconcile();
    const before = world.workspace.requests().length;
    await world.reconcile();
    const calls = world.workspace.requests().slice(before);
    expect(calls.filter(({ path }) => path === "/get-api-key-info")).toHaveLength(1);
  });
});
