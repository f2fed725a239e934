/** Cases of Synthflow are made, deleted and brought back, from the message to the history, over real tables and a simulated account. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import {
  agent,
  billingCase,
  otherSuiteId,
  suiteId,
  withSynthflowWorld,
} from "../../support/synthflow-world.ts";
import { synthflowSteps } from "./synthflow-steps.ts";

const world = withSynthflowWorld();
const { workspace, update, history, baselineOf } = synthflowSteps(world);
const create = (definition: JsonObject = billingCase) => world().apply({ operation: "create", definition });
const restore = (definitionId: string, version: number) =>
  world().apply({ operation: "restore", definitionId, restore: { version } });

describe("a create", () => {
  it("finds in the answer what it has sent, the agent included", async () => {
    const { record } = await create();
    expect(record.status).toBe("applied");
    expect(record.result).not.toHaveProperty("differences");
    expect(world().calls("POST")).toMatchObject([{ path: "/v2/simulation_cases", body: billingCase }]);
    const id = String(record.result?.definitionId);
    expect(await history(id)).toEqual(["created change_request"]);
    expect(await world().recorded(id)).toMatchObject({ base_agent: { model_id: agent.model_id } });
  });

  it("is found in the list where its answer is lost, and made once", async () => {
    world().createOutside({ name: "Another" });
    workspace().addFault({ match: { method: "POST" }, answer: "reset" });
    const { request } = await create();
    world().settle();
    const { record } = await world().apply(request);
    expect(record.status).toBe("applied");
    expect(workspace().definitions()).toHaveLength(2);
    expect(world().calls("POST")).toHaveLength(1);
    expect(await history(String(record.result?.definitionId))).toEqual(["created adopted"]);
  });

  it("is found in the list where Synthflow's times are local ones, if their zone is known", async () => {
    workspace().setSwitches({ zoneMinutes: -300 });
    const zone = { timestampZone: "-05:00" } as const;
    workspace().addFault({ match: { method: "POST" }, answer: "reset" });
    const { request } = await world().apply({ operation: "create", definition: billingCase }, zone);
    world().settle();
    expect((await world().apply(request, zone)).record.status).toBe("applied");
    expect(workspace().definitions()).toHaveLength(1);
  });

  it("is found in the list where Synthflow's times are local ones of an unknown zone, and no case that is known longer", async () => {
    for (const zoneMinutes of [-300, 120]) {
      workspace().reset();
      workspace().setSwitches({ zoneMinutes });
      const equal = world().createOutside();
      await baselineOf(equal);
      world().clock.pass(60_000);
      workspace().addFault({ match: { method: "POST" }, answer: "reset" });
      const { request } = await create();
      world().settle();
      const { record } = await world().apply(request);
      expect(record).toMatchObject({ status: "applied" });
      expect(record.result?.definitionId).not.toBe(equal);
      expect(workspace().definitions()).toHaveLength(2);
      expect(world().calls("POST")).toHaveLength(1);
    }
  });

  describe("without a suite, whose answer is lost", () => {
    const { suite_id: _, ...plain } = billingCase;
    const createAndLose = async () => {
      workspace().addFault({ match: { method: "POST" }, answer: "reset" });
      const { request } = await create(plain);
      const made = String(workspace().definitions().at(-1)?.["simulation_case_id"]);
      return { request, made };
    };

    it("is found in the suite that Synthflow has put it into", async () => {
      const { request, made } = await createAndLose();
      workspace().edit({ action: "move", definitionId: made, suiteId });
      world().settle();
      const { record } = await world().apply(request);
      expect(record).toMatchObject({ status: "applied", result: { definitionId: made } });
      expect(await history(made)).toEqual(["created adopted"]);
      expect(await world().mirror(made)).toMatchObject({ scope: `suite:${suiteId}` });
      expect(world().calls("POST")).toHaveLength(1);
    });

    it("is not taken for one that another create has made in a suite", async () => {
      workspace().addFault({ match: { method: "POST" }, apply: "never", answer: "reset" });
      const { request } = await create(plain);
      // In the suite, the same in all else, and unanswered as well.
      workspace().addFault({ match: { method: "POST" }, answer: "reset" });
      const others = await create();
      const made = String(workspace().definitions().at(-1)?.["simulation_case_id"]);
      world().settle();
      expect((await world().apply(request)).disposition).toMatchObject({
        kind: "wait",
        reason: "unanswered-write-of-another",
      });
      expect((await world().apply(others.request)).record.result?.definitionId).toBe(made);
      expect((await world().apply(request)).disposition).toMatchObject({
        kind: "wait",
        reason: "looks-again",
      });
      world().settle();
      const { record } = await world().apply(request);
      expect(record.status).toBe("applied");
      expect(record.result?.definitionId).not.toBe(made);
      expect(workspace().definitions()).toHaveLength(2);
    });
  });

  it("for one suite, whose answer is lost, is not found in another", async () => {
    workspace().addFault({ match: { method: "POST" }, apply: "never", answer: "reset" });
    const { request } = await create();
    const outside = world().createOutside({ suite_id: otherSuiteId });
    world().settle();
    expect((await world().apply(request)).disposition).toMatchObject({ kind: "wait", reason: "looks-again" });
    world().settle();
    const { record } = await world().apply(request);
    expect(record.status).toBe("applied");
    expect(record.result?.definitionId).not.toBe(outside);
    expect(await world().mirror(outside)).toBeUndefined();
  });

  it("is made again where it is in no list", async () => {
    workspace().addFault({ match: { method: "POST" }, apply: "never", answer: { status: 500 } });
    const { request } = await create();
    world().settle();
    const { disposition } = await world().apply(request);
    expect(disposition).toMatchObject({ kind: "wait" });
    world().settle();
    expect((await world().apply(request)).record.status).toBe("applied");
    expect(workspace().definitions()).toHaveLength(1);
  });

  it("without a suite is one of the workspace", async () => {
    const { suite_id: _, base_agent_id: __, ...plain } = billingCase;
    const { record } = await create(plain);
    const id = String(record.result?.definitionId);
    expect(await world().mirror(id)).toMatchObject({ scope: "workspace" });
    expect(workspace().definition(id)).toMatchObject({ suite_id: null, base_agent: null });
  });
});

describe("a delete", () => {
  it("is recorded, and nothing the second time", async () => {
    const id = world().createOutside();
    const remove = { operation: "delete", definitionId: id };
    expect((await world().apply(remove)).record.status).toBe("applied");
    expect((await world().apply(remove)).record.status).toBe("unchanged");
    expect(await history(id)).toEqual(["baseline observed_before_write", "deleted change_request"]);
    expect(world().calls("DELETE")).toHaveLength(1);
  });

  it("is not believed because somebody before Synthflow answers 200 with an error", async () => {
    const id = world().createOutside();
    const body = JSON.stringify({ status: "error", message: "maintenance" });
    workspace().addFault({ match: { method: "DELETE" }, apply: "never", answer: { status: 200, body } });
    const { disposition, request } = await world().apply({ operation: "delete", definitionId: id });
    expect(disposition).toMatchObject({ kind: "wait" });
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
    world().settle();
    expect((await world().apply(request)).record.status).toBe("applied");
    expect(workspace().definition(id)).toBeUndefined();
  });
});

describe("a restore", () => {
  it("brings back an earlier version by the members that differ", async () => {
    const id = world().createOutside();
    await update(id, { prompt: "new", name: "Renamed" });
    expect((await restore(id, 1)).record.status).toBe("applied");
    expect(world().calls("PUT").at(-1)?.body).toEqual({ name: "Billing", prompt: billingCase.prompt });
    const [first, , third] = await world().versions(id);
    expect(third?.record.contentHash).toBe(first?.record.contentHash);
  });

  it("leaves alone what Synthflow itself has changed since", async () => {
    const id = world().createOutside({ last_run_at: "2026-11-01T00:00:00Z" });
    await update(id, { name: "Renamed" });
    workspace().edit({ action: "edit", definitionId: id, set: { last_run_at: "2026-11-21T00:00:00Z" } });
    expect((await restore(id, 1)).record.status).toBe("applied");
    expect(world().calls("PUT").at(-1)?.body).toEqual({ name: "Billing" });
    expect(await world().recorded(id)).toMatchObject({ last_run_at: "2026-11-21T00:00:00Z" });
  });

  it("makes a deleted case anew, with its agent and in its suite", async () => {
    const id = world().createOutside();
    await world().apply({ operation: "delete", definitionId: id });
    const { record } = await restore(id, 1);
    expect(record.status).toBe("applied");
    const anew = String(record.result?.definitionId);
    expect(anew).not.toBe(id);
    expect(world().calls("POST")).toMatchObject([{ body: billingCase }]);
    expect(await world().mirror(id)).toMatchObject({ continuesAs: anew });
    const [before] = await world().versions(id);
    expect(await world().mirror(anew)).toMatchObject({ contentHash: before?.record.contentHash });
  });

  it("is rejected where Synthflow has no way back", async () => {
    const id = world().createOutside({ suite_id: null });
    await update(id, { name: "Renamed", suite_id: suiteId });
    const { record } = await restore(id, 1);
    expect(record).toMatchObject({
      status: "rejected",
      result: { reason: "unsupported-by-provider", errors: [{ pointer: "/suite_id" }] },
    });
    expect(world().calls("PUT")).toHaveLength(1);
  });
});
