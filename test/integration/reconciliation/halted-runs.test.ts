/** What looks like the loss of everything, over real tables and HTTP: nothing is recorded before somebody has decided. */
import { describe, expect, it } from "vitest";
import { decideHalted } from "../../../shared/reconciliation/run/decide-halted.ts";
import type { Run, ScopeRun } from "../../../shared/reconciliation/run/run.ts";
import {
  type RetellReconciliation,
  retellReconciliation,
} from "../../support/reconciliation/retell-reconciliation.ts";
import { engineId, refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const workspace = () => world().simulator.workspace;
const list = "/v2/list-test-case-definitions";

/** Six definitions of one scope, all recorded. */
async function recorded(): Promise<RetellReconciliation & { readonly ids: readonly string[] }> {
  const reconciliation = retellReconciliation(world());
  const ids = Array.from({ length: 6 }, (_, index) =>
    world().createOutside({ ...refundCase, name: `case ${index}` }),
  );
  await reconciliation.reconcile();
  return { ...reconciliation, ids };
}

const haltedIds = (scopes: readonly ScopeRun[]) => scopes.flatMap(({ halted = [] }) => halted).toSorted();
const decide = ({ dependencies }: RetellReconciliation, { runId }: Run, how: "confirm" | "discard") =>
  decideHalted(dependencies, runId, how);

async function expectNothingRecorded({
  ids,
  history,
  mirror,
}: RetellReconciliation & { ids: readonly string[] }) {
  for (const id of ids) {
    expect(await history(id)).toEqual(["baseline reconciliation"]);
    expect((await mirror(id))?.missingSince).toBeUndefined();
  }
}

describe("a run halts", () => {
  it("on an empty list; discarded, nothing is asked about until the list shows it again", async () => {
    const found = await recorded();
    workspace().addFault({ match: { path: list, times: "always" }, list: { omit: [...found.ids] } });
    const { run, scopes } = await found.reconcile();
    expect(run).toMatchObject({ status: "halted", counts: { missing: 0, deleted: 0 } });
    expect(haltedIds(scopes)).toEqual(found.ids.toSorted());
    await expectNothingRecorded(found);
    expect(await decide(found, run, "discard")).toMatchObject({
      kind: "decided",
      run: { status: "completed" },
    });
    for (let runs = 0; runs < 3; runs += 1) {
      expect((await found.reconcile()).run).toMatchObject({
        status: "completed",
        counts: { missing: 0, deleted: 0 },
      });
    }
    await expectNothingRecorded(found);
    workspace().clearFaults();
    workspace().edit({ action: "rename", definitionId: found.ids[0] ?? "", name: "changed" });
    expect((await found.reconcile()).run.counts).toMatchObject({ listed: 6, changed: 1 });
    // What is missing from now on counts again.
    workspace().edit({ action: "delete", definitionId: found.ids[1] ?? "" });
    await found.reconcile();
    expect((await found.reconcile()).run.counts).toMatchObject({ deleted: 1 });
  });

  it("on an empty list; confirmed, what a GET still shows stays, and what is gone is recorded", async () => {
    const found = await recorded();
    const gone = found.ids.slice(0, 4);
    for (const definitionId of gone) workspace().edit({ action: "delete", definitionId });
    workspace().addFault({ match: { path: list, times: "always" }, list: { omit: [...found.ids] } });
    const { run } = await found.reconcile();
    expect(await decide(found, run, "confirm")).toMatchObject({ kind: "decided" });
    expect((await found.reconcile()).run.counts).toMatchObject({ missing: 4, deleted: 0 });
    expect((await found.reconcile()).run.counts).toMatchObject({ deleted: 4 });
    for (const id of found.ids) {
      const isGone = gone.includes(id);
      expect((await found.history(id)).at(-1)).toBe(
        isGone ? "deleted reconciliation" : "baseline reconciliation",
      );
      expect((await found.mirror(id))?.deleted).toBe(isGone);
    }
  });

  it("for a deleted engine, whose definitions are there nevertheless", async () => {
    const found = await recorded();
    workspace().edit({ action: "delete-engine", type: "retell-llm", id: engineId });
    const { run, scopes } = await found.reconcile();
    expect(run.status).toBe("halted");
    expect(haltedIds(scopes)).toEqual(found.ids.toSorted());
    await expectNothingRecorded(found);
    await decide(found, run, "confirm");
    await found.reconcile();
    await found.reconcile();
    // Each was asked for, and is there.
    for (const id of found.ids) expect(await found.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("as a whole for another workspace's key, before anything is compared", async () => {
    const found = await recorded();
    const engine = { type: "retell-llm" as const, id: engineId, version: 3, modifiedAt: 1 };
    workspace().edit({
      action: "add-workspace",
      seed: { id: "workspace_2", orgName: "Another", engines: [engine] },
    });
    workspace().edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_2" } });
    const lists = () =>
      workspace()
        .requests()
        .filter(({ path }) => path.startsWith(list)).length;
    const before = lists();
    const { run } = await found.reconcile();
    expect(run).toMatchObject({ status: "halted", reason: "other-workspace", otherWorkspace: "Another" });
    expect(lists()).toBe(before);
    await expectNothingRecorded(found);
    await decide(found, run, "discard");
    workspace().edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_1" } });
    expect((await found.reconcile()).run).toMatchObject({ status: "completed", counts: { listed: 6 } });
    await expectNothingRecorded(found);
  });

  it("and of two decisions at the same time one is made", async () => {
    const found = await recorded();
    for (const definitionId of found.ids) workspace().edit({ action: "delete", definitionId });
    const { run, scopes } = await found.reconcile();
    const answers = await Promise.all([decide(found, run, "confirm"), decide(found, run, "discard")]);
    expect(answers.filter(({ kind }) => kind === "decided")).toHaveLength(1);
    const scope = scopes.find(({ status }) => status === "halted")?.scope ?? "";
    const known = await found.dependencies.knownScopes.read({ connection: run.connection, scope });
    const isConfirmed = answers[0]?.kind === "decided";
    expect([known.confirmed.size, known.silenced.size]).toEqual(isConfirmed ? [6, 0] : [0, 6]);
  });
});
