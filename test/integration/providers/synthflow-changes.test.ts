/** Change requests to Synthflow, from the message to the history, over real tables and a simulated account. */
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
const { workspace, update, history } = synthflowSteps(world);

describe("an update", () => {
  it("sends the changed members alone and records the whole case", async () => {
    const id = world().createOutside({ language: "en" });
    const { record } = await update(id, { name: "Renamed", success_criteria: ["a", "b"] });
    expect(record).toMatchObject({ status: "applied", result: { version: 2, definitionId: id } });
    expect(record.result).not.toHaveProperty("differences");
    expect(world().calls("PUT")).toMatchObject([{ body: { name: "Renamed", success_criteria: ["a", "b"] } }]);

    const stored = workspace().definition(id) ?? {};
    const [baseline, version] = await world().versions(id);
    expect(baseline?.record).toMatchObject({ changeType: "baseline", scope: `suite:${suiteId}` });
    expect(version?.record).toMatchObject({
      changeType: "updated",
      source: "change_request",
      providerModifiedRaw: stored["updated_at"],
      providerModifiedAt: Date.parse(`${stored["updated_at"]}Z`),
    });
    expect(await world().recorded(id)).toMatchObject({
      name: "Renamed",
      prompt: billingCase.prompt,
      language: "en",
    });
  });

  it("moves a case to another suite", async () => {
    const id = world().createOutside();
    expect((await update(id, { suite_id: otherSuiteId })).record.status).toBe("applied");
    expect(await world().mirror(id)).toMatchObject({ scope: `suite:${otherSuiteId}` });
    expect(await history(id)).toEqual(["baseline observed_before_write", "moved change_request"]);
  });

  it("meets no change where only the agent was edited", async () => {
    const id = world().createOutside();
    await update(id, { name: "First" });
    workspace().edit({
      action: "put-agent",
      agent: { ...agent, agent_name: "Renamed", updated_at: "2027-01-01T00:00:00" },
    });
    await update(id, { name: "Second" });
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated change_request",
      "updated change_request",
    ]);
  });

  it("is a conflict where the case is no longer what was expected", async () => {
    const id = world().createOutside();
    await update(id, { name: "First" });
    workspace().edit({ action: "edit", definitionId: id, set: { prompt: "changed outside" } });
    const { record } = await world().apply({
      operation: "update",
      definitionId: id,
      patch: { name: "Second" },
      expect: { version: 2 },
    });
    expect(record).toMatchObject({
      status: "conflict",
      result: { conflict: { version: 3, pointers: ["/prompt"] } },
    });
    expect(world().calls("PUT")).toHaveLength(1);
  });

  it("is found out about where its answer is lost, and sent once", async () => {
    const id = world().createOutside();
    workspace().addFault({ match: { method: "PUT" }, answer: "reset" });
    const { disposition, request } = await update(id, { prompt: "lost" });
    expect(disposition).toMatchObject({ kind: "wait" });
    world().settle();
    expect((await world().apply(request)).record.status).toBe("applied");
    expect(world().calls("PUT")).toHaveLength(1);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated adopted"]);
  });

  it("is sent again where it had no effect", async () => {
    const id = world().createOutside();
    workspace().addFault({ match: { method: "PUT" }, apply: "never", answer: { status: 502, html: true } });
    const { request } = await update(id, { prompt: "lost" });
    world().settle();
    expect((await world().apply(request)).record.status).toBe("applied");
    expect(world().calls("PUT")).toHaveLength(2);
    expect(workspace().definition(id)).toMatchObject({ prompt: "lost" });
  });

  it("is read back where its answer tells no modification time", async () => {
    const id = world().createOutside();
    const body = JSON.stringify({ status: "ok", response: { simulation_case_id: id, prompt: "new" } });
    workspace().addFault({ match: { method: "PUT" }, answer: { status: 200, body } });
    expect((await update(id, { prompt: "new" })).record.status).toBe("applied");
    expect(await world().mirror(id)).toMatchObject({
      version: 2,
      modified: { raw: workspace().definition(id)?.["updated_at"] },
    });
    expect(await world().recorded(id)).toMatchObject({ prompt: "new", name: "Billing" });
  });

  it("is read back where its answer repeats no more than what was sent", async () => {
    const id = world().createOutside();
    const updated_at = "2099-01-01T00:00:00";
    const body = JSON.stringify({
      status: "ok",
      response: { simulation_case_id: id, name: "Renamed", updated_at },
    });
    workspace().addFault({ match: { method: "PUT" }, answer: { status: 200, body } });
    expect((await update(id, { name: "Renamed" })).record.status).toBe("applied");
    await update(id, { prompt: "other" });
    expect(await history(id)).toEqual([
      "baseline observed_before_write",
      "updated change_request",
      "updated change_request",
    ]);
    expect(await world().mirror(id)).toMatchObject({ scope: `suite:${suiteId}` });
  });

  it.each<[string, JsonObject | readonly JsonObject[], string]>([
    ["clears a member", [{ op: "add", path: "/suite_id", value: null }], "/suite_id"],
    ["removes a member", [{ op: "remove", path: "/suite_id" }], "/suite_id"],
    ["gives it another agent", { base_agent: { model_id: "other" } }, "/base_agent"],
    ["changes its type", [{ op: "replace", path: "/type", value: "agent_based" }], "/type"],
    ["sets what Synthflow alone sets", [{ op: "add", path: "/language", value: "en" }], "/language"],
    ["sets another provider's member", [{ op: "add", path: "/tool_mocks", value: [] }], "/tool_mocks"],
  ])("that %s is rejected and sends nothing", async (_, patch, pointer) => {
    const id = world().createOutside();
    const { record } = await update(id, patch);
    expect(record).toMatchObject({
      status: "rejected",
      result: { reason: "unsupported-by-provider", errors: [{ pointer }] },
    });
    expect(world().calls("PUT")).toHaveLength(0);
  });

  it("of what is no id never reaches Synthflow", async () => {
    const { record } = await update("by_agent", { name: "x" });
    expect(record).toMatchObject({ status: "rejected", result: { errors: [{ pointer: "/definitionId" }] } });
    expect(workspace().requests()).toHaveLength(0);
  });

  it("is rejected in Synthflow's words", async () => {
    const id = world().createOutside();
    const { record } = await update(id, { suite_id: "00000000-0000-4000-8000-000000000000" });
    expect(record).toMatchObject({
      status: "rejected",
      result: { reason: "refused-by-provider", providerMessage: "Input should be valid" },
    });
  });

  it("is rejected where a working key is refused", async () => {
    const id = world().createOutside();
    workspace().addFault({ match: { method: "PUT" }, apply: "never", answer: { status: 403 } });
    expect((await update(id, { name: "x" })).record.status).toBe("rejected");
    expect(workspace().requests({ path: "/v2/assistants" })).toHaveLength(1);
  });
});
