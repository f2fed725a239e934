/** A worker that dies at any point of its work: the message is delivered again, and there is one effect and one outcome. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { applied, applySteps } from "../../support/apply-steps.ts";
import type { Death } from "../../support/dying-worker.ts";
import { refundCase, withRetellWorld } from "../../support/retell-world.ts";

const world = withRetellWorld();
const { crash, create, effects, fault, history, remove, stored, update } = applySteps(world, "crash");

/** Delivered until it is decided, with all that it waits for in between. */
async function deliverUntilDone(request: JsonObject): Promise<void> {
  for (let deliveries = 1; deliveries <= 5; deliveries += 1) {
    world().settle();
    world().clock.pass(20_001);
    if ((await world().apply(request)).kind !== "wait") return;
  }
  throw new Error("it is not decided");
}

const points: [string, Death][] = [
  ["before the claim", { before: "mirrors.takeClaim" }],
  ["under the claim, before the read", { before: "provider.get" }],
  ["after the read", { after: "provider.get" }],
  ["before the attempt is counted", { before: "requests.create" }],
  ["between attempt and intent", { before: "mirrors.writeIntent" }],
  ["after the intent, before the call", { after: "mirrors.writeIntent" }],
];

describe("an update whose worker dies", () => {
  it.each<[string, Death, string]>([
    ...points.map(([where, death]) => [where, death, "change_request"] as [string, Death, string]),
    ["before the call's answer", { after: "provider.update" }, "adopted"],
    ["before the commit", { before: "commits.commit" }, "adopted"],
    ["after the commit", { after: "commits.commit" }, "change_request"],
  ])("%s", async (_where, death, source) => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    const request = update(id, [{ op: "add", path: "/metrics/-", value: "once" }]);
    await crash(request, death);
    await deliverUntilDone(request);
    expect(stored(id)["metrics"]).toEqual([...(refundCase["metrics"] as string[]), "once"]);
    expect(effects(id)).toEqual(["updated"]);
    expect(await history(id)).toEqual(["baseline observed_before_write", `updated ${source}`]);
    expect(await world().record(request)).toMatchObject({ status: "applied", result: { version: 2 } });
  });

  it("while it records what it found before the write: the pre-image is in the history once", async () => {
    const id = world().createOutside();
    const request = update(id, { name: "Refunds" });
    await crash(request, { after: "commits.commit" });
    expect(await history(id)).toEqual(["baseline observed_before_write"]);
    await deliverUntilDone(request);
    expect(await history(id)).toEqual(["baseline observed_before_write", "updated change_request"]);
  });

  it("before a rejection is given back: it is rejected once", async () => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    fault("PUT", { apply: "never", answer: { status: 400 } });
    const request = update(id, { name: "Refunds" });
    await crash(request, { after: "requests.finish" });
    expect(await world().record(request)).toMatchObject({ status: "rejected" });
    expect(await world().apply(request)).toEqual({ kind: "done", status: "rejected" });
    await deliverUntilDone(update(id, { metrics: ["Next"] }));
    expect(effects(id)).toEqual(["updated"]);
  });
});

describe("a create whose worker dies", () => {
  it.each<[string, Death, string]>([
    ...points
      .filter(([, death]) => !Object.values(death).includes("provider.get"))
      .map(([where, death]) => [where, death, "change_request"] as [string, Death, string]),
    ["before the call's answer", { after: "provider.create" }, "adopted"],
    ["before the commit", { before: "commits.commit" }, "adopted"],
    ["after the commit", { after: "commits.commit" }, "change_request"],
  ])("%s", async (_where, death, source) => {
    const request = create();
    await crash(request, death);
    await deliverUntilDone(request);
    const definitions = world().simulator.workspace.definitions();
    expect(definitions).toHaveLength(1);
    const id = String(definitions[0]?.["test_case_definition_id"]);
    expect(await history(id)).toEqual([`created ${source}`]);
    expect(await world().record(request)).toMatchObject({ status: "applied", result: { definitionId: id } });
    // The scope is free again.
    expect(await world().apply(create({ ...refundCase, name: "Next" }))).toEqual(applied);
  });
});

describe("a delete whose worker dies", () => {
  it.each<[string, Death]>([
    ["after the intent, before the call", { after: "mirrors.writeIntent" }],
    ["before the call's answer", { after: "provider.delete" }],
    ["before the commit", { before: "commits.commit" }],
    ["after the commit", { after: "commits.commit" }],
  ])("%s", async (_where, death) => {
    const id = world().createOutside();
    await world().apply(update(id, {}));
    const request = remove(id);
    await crash(request, death);
    await deliverUntilDone(request);
    expect(effects(id)).toEqual(["deleted"]);
    expect(await history(id)).toHaveLength(2);
    expect(await world().record(request)).toMatchObject({ status: "applied", result: { version: 2 } });
  });
});
