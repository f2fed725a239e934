import { describe, expect, it } from "vitest";
import { falsehoods, unfound } from "../../support/reconciliation/falsehoods.ts";
import {
  type ReconciliationWorld,
  reconciliationWorld,
} from "../../support/reconciliation/reconciliation-world.ts";

/** So few calls that an invocation has the time for one or two of them. */
function slow(perMinute: number, isNameless = false): { world: ReconciliationWorld; ids: readonly string[] } {
  const world = reconciliationWorld({
    engines: ["llm_1"],
    pageSize: 5,
    invocationMs: 60_000,
    connection: { rateLimit: { requestsPerSecond: perMinute / 60, burst: 1, adaptive: false } },
  });
  if (isNameless) {
    const { provider } = world.dependencies;
    const checkKey: typeof provider.checkKey = async (options) => ({
      ...(await provider.checkKey(options)),
      body: { workspace: undefined },
    });
    Object.assign(world.dependencies, { provider: { ...provider, checkKey } });
  }
  return { world, ids: Array.from({ length: 12 }, (_, index) => world.create(`case ${index}`)) };
}

describe.each([3, 1])("with %i calls a minute", (perMinute) => {
  it.each([
    ["that names its accounts", false],
    ["that does not", true],
  ])("a run of a provider %s gets to its end nevertheless, and misses nothing", async (_what, isNameless) => {
    const { world, ids } = slow(perMinute, isNameless);
    const first = await world.reconcile();
    expect(first.run).toMatchObject({ status: "completed", counts: { listed: 12, baselines: 12, left: 0 } });
    const [changed = "", deleted = ""] = ids;
    world.edit({ action: "rename", definitionId: changed, name: "changed" });
    world.edit({ action: "delete", definitionId: deleted });
    world.create("made");
    const second = await world.reconcile();
    expect(second.run).toMatchObject({
      status: "completed",
      counts: { changed: 1, created: 1, missing: 1, left: 0 },
    });
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { deleted: 1 } });
    expect(await falsehoods(world)).toEqual([]);
    expect(await unfound(world)).toEqual([]);
  });

  it("what is there again is seen", async () => {
    const { world, ids } = slow(perMinute);
    await world.reconcile();
    const isOfTheFirst = (path: string) => path.endsWith(ids[0] ?? "");
    world.workspace.edit({ action: "rename", definitionId: ids[1] ?? "", name: "changed" });
    world.hooks.lie = (delivery, { path }) => {
      if (isOfTheFirst(path)) return { kind: "answer", answer: { status: 404, headers: {}, body: "{}" } };
      if (!path.includes("list-test-case") || delivery.kind !== "answer") return delivery;
      const page = JSON.parse(delivery.answer.body);
      const items = page.items.filter(
        (item: Record<string, unknown>) => item["test_case_definition_id"] !== ids[0],
      );
      return { kind: "answer", answer: { ...delivery.answer, body: JSON.stringify({ ...page, items }) } };
    };
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1 });
    world.hooks.lie = undefined;
    expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { missing: 0 } });
    expect((await world.mirror(ids[0] ?? ""))?.missingSince).toBeUndefined();
  });
});

it("a run that takes long asks from time to time whose the key is", async () => {
  const { world, ids } = slow(3);
  for (let made = 0; made < 38; made += 1) world.create(`more ${made}`);
  await world.reconcile();
  const more = [...world.tables.targets.values()].flatMap(({ mirror }) => mirror?.definitionId ?? []);
  for (const definitionId of more) world.edit({ action: "rename", definitionId, name: "changed" });
  let reads = 0;
  world.hooks.after = ({ path }) => {
    if (!path.includes("get-test-case") || ++reads !== 15) return;
    const seed = { id: "workspace_2", orgName: "Another", engines: [] };
    world.edit({ action: "add-workspace", seed });
    world.edit({ action: "set-key", apiKey: "key_test", key: { workspace: "workspace_2" } });
  };
  const { run } = await world.reconcile();
  expect(run).toMatchObject({ status: "halted", reason: "other-workspace", otherWorkspace: "Another" });
  expect((await world.mirror(ids[0] ?? ""))?.deleted).toBe(false);
});
