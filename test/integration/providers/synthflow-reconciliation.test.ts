/** What somebody else does at Synthflow is found by the runs, and nothing else is. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type SynthflowSimulator,
  startSynthflowSimulator,
} from "../../../infra/local/simulators/synthflow/start-synthflow-simulator.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { type PassingClock, passingClock } from "../../support/reconciliation/passing-clock.ts";
import {
  type ProviderReconciliation,
  providerReconciliation,
} from "../../support/reconciliation/provider-reconciliation.ts";

const suites = ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "f47ac10b-58cc-4372-a567-0e02b2c3d480"] as const;
const agent = { model_id: "1726005822670-239735712159542050", agent_name: "Billing" };

let clock: PassingClock;
let simulator: SynthflowSimulator;
let world: ProviderReconciliation;

beforeEach(async () => {
  clock = passingClock();
  simulator = await startSynthflowSimulator({
    clock,
    seed: [{ id: "w", agents: [agent], suites: suites.map((id) => ({ id, model_id: agent.model_id })) }],
  });
  world = providerReconciliation({ provider: "synthflow", baseUrl: simulator.baseUrl }, clock);
});
afterEach(async () => {
  await world.close();
  await simulator.close();
});

function create(name: string, members: JsonObject = {}): string {
  const definition = {
    name,
    prompt: `You are ${name}.`,
    type: "custom",
    success_criteria: ["polite"],
    call_success_type: "all",
    suite_id: suites[0],
    base_agent: { model_id: agent.model_id },
    ...members,
  };
  const result = simulator.workspace.edit({ action: "create", definition });
  return (result.done ? result.definitionId : undefined) ?? "";
}

const calls = () => simulator.workspace.requests().map(({ path, query }) => [path, query["page_number"]]);

describe("the first run", () => {
  it("records every suite's cases and those of none, once", async () => {
    const ids = [create("a"), create("b", { suite_id: suites[1] }), create("c", { suite_id: null })];
    const { run, scopes } = await world.reconcile();
    expect(run).toMatchObject({ status: "completed", counts: { listed: 3, baselines: 3, created: 0 } });
    expect(scopes.map(({ scope, counts }) => [scope, counts.listed]).sort()).toEqual([
      [`suite:${suites[0]}`, 1],
      [`suite:${suites[1]}`, 1],
      ["workspace", 1],
    ]);
    for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("is followed by runs that only list, and record nothing", async () => {
    const id = create("a");
    await world.reconcile();
    const before = calls().length;
    await world.reconcile();
    expect(calls().slice(before)).toEqual([
      ["/v2/assistants", undefined],
      ["/v2/simulation_suites", "1"],
      ["/v2/simulation_cases", "1"],
      // Whose key it is, Synthflow does not say: a known case is asked for.
      [`/v2/simulation_cases/${id}`, undefined],
      ["/v2/simulation_cases", "1"],
      ["/v2/simulation_cases", "1"],
      ["/v2/simulation_cases", "1"],
    ]);
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });
});

describe("what was done outside", () => {
  it("an edit, a creation and a move are found by the next run", async () => {
    const [edited, moved] = [create("edited"), create("moved")];
    await world.reconcile();
    clock.pass(60_000);
    simulator.workspace.edit({ action: "edit", definitionId: edited, set: { prompt: "Another." } });
    const editedAt = clock.now();
    simulator.workspace.edit({ action: "move", definitionId: moved, suiteId: suites[1] });
    const created = create("new");
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ changed: 1, moved: 1, created: 1, missing: 0, left: 0 });
    expect(await world.history(edited)).toEqual(["baseline reconciliation", "updated reconciliation"]);
    expect(await world.history(moved)).toEqual(["baseline reconciliation", "moved reconciliation"]);
    expect(await world.history(created)).toEqual(["created reconciliation"]);
    const [, version] = await world.versions(edited);
    const [from = 0, to = 0] = version?.record.occurredBetween ?? [];
    expect(from <= editedAt && editedAt <= to).toBe(true);
  });

  it("a deletion is recorded by the second run that misses the case", async () => {
    const id = create("deleted");
    create("stays");
    await world.reconcile();
    simulator.workspace.edit({ action: "delete", definitionId: id });
    expect((await world.reconcile()).run.counts).toMatchObject({ missing: 1, deleted: 0 });
    expect((await world.reconcile()).run.counts).toMatchObject({ deleted: 1 });
    expect(await world.history(id)).toEqual(["baseline reconciliation", "deleted reconciliation"]);
  });

  it("an edit of the agent is no change of its cases", async () => {
    const id = create("a");
    await world.reconcile();
    const edited = { ...agent, agent_name: "Renamed", updated_at: "2027-01-01T00:00:00", phone_number: "1" };
    simulator.workspace.edit({ action: "put-agent", agent: edited });
    expect((await world.reconcile()).run.counts).toMatchObject({ changed: 0, left: 0 });
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("cases that Synthflow groups into a suite by itself have moved", async () => {
    const ids = [create("a", { suite_id: null }), create("b", { suite_id: null })];
    await world.reconcile();
    for (const definitionId of ids) {
      simulator.workspace.edit({ action: "move", definitionId, suiteId: suites[0] });
    }
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ moved: 2, missing: 0 });
  });

  it("a case whose suite is not in the list of suites is found, in a scope of its own", async () => {
    create("a");
    await world.reconcile();
    const id = create("orphan", { suite_id: "00000000-0000-4000-8000-000000000000" });
    await world.reconcile();
    // The scope's first pass cannot tell what is new.
    expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });
});

describe("a page that lies", () => {
  it.each(["no-items", "item-without-id", "more-without-key", "repeating-key", "bare-array"] as const)(
    "(%s) leaves everything as it is",
    async (list) => {
      const ids = Array.from({ length: 120 }, (_, index) => create(`case ${index}`));
      await world.reconcile();
      simulator.workspace.addFault({
        match: { path: "/v2/simulation_cases", nth: 1, times: "always" },
        list,
      });
      expect((await world.reconcile()).run.status).toBe("unfinished");
      simulator.workspace.clearFaults();
      expect((await world.reconcile()).run).toMatchObject({ status: "completed", counts: { missing: 0 } });
      for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
    },
  );

  it("(a case left out) is found out by a look at the case", async () => {
    const ids = Array.from({ length: 12 }, (_, index) => create(`case ${index}`));
    await world.reconcile();
    simulator.workspace.addFault({
      match: { path: "/v2/simulation_cases", times: "always" },
      list: { omit: ids.slice(0, 2) },
    });
    const { run } = await world.reconcile();
    expect(run.counts).toMatchObject({ missing: 0, deleted: 0 });
    for (const id of ids) expect(await world.history(id)).toEqual(["baseline reconciliation"]);
  });

  it("(an empty one) halts the scope", async () => {
    for (let index = 0; index < 12; index += 1) create(`case ${index}`);
    await world.reconcile();
    simulator.workspace.addFault({ match: { path: "/v2/simulation_cases", times: "always" }, list: "empty" });
    expect((await world.reconcile()).run.status).toBe("halted");
  });
});

it("heals an edit, and not what Synthflow has no way back from", async () => {
  await world.close();
  world = providerReconciliation(
    { provider: "synthflow", baseUrl: simulator.baseUrl, reconcile: { policy: "heal" } },
    clock,
  );
  const [edited, grouped] = [create("edited"), create("grouped", { suite_id: null })];
  await world.reconcile();
  simulator.workspace.edit({ action: "edit", definitionId: edited, set: { prompt: "Another." } });
  simulator.workspace.edit({ action: "move", definitionId: grouped, suiteId: suites[0] });
  for (let runs = 0; runs < 6; runs += 1) {
    await world.reconcile();
    await world.applyQueued();
  }
  expect(simulator.workspace.definition(edited)).toMatchObject({ prompt: "You are edited." });
  expect(simulator.workspace.definition(grouped)).toMatchObject({ suite_id: suites[0] });
  const puts = simulator.workspace.requests({ method: "PUT" });
  expect(puts.map(({ body }) => body)).toEqual([{ prompt: "You are edited." }]);
});
