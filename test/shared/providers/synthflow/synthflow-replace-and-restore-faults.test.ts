import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { definition, dialect, evaluated, faultsOf, ID, live } from "./synthflow-requests.ts";

describe("a Synthflow replace", () => {
  const whole = { name: "n2", prompt: "p2", success_criteria: [], call_success_type: "any" };
  const replace = (given: JsonObject) => ({ operation: "replace", definition: given });

  it("changes what it names and keeps the rest", () => {
    expect(faultsOf({ definitionId: ID, ...replace(whole) })).toEqual([]);
    expect(evaluated(replace(whole))).toMatchObject({
      kind: "send",
      touched: ["name", "prompt", "success_criteria", "call_success_type"],
    });
  });

  it.each(Object.keys(whole))("needs %s, which would be dropped or kept by chance", (member) => {
    const { [member]: _removed, ...rest } = whole as JsonObject;
    expect(faultsOf({ definitionId: ID, ...replace(rest) })).toMatchObject([
      { pointer: `/definition/${member}` },
    ]);
  });

  it("may name what is fixed, as it is", () => {
    expect(evaluated(replace(definition))).toEqual({ kind: "unchanged" });
    expect(evaluated(replace({ ...definition, base_agent_id: "other" }))).toMatchObject({
      reason: "unsupported-by-provider",
      errors: [{ pointer: "/base_agent" }],
    });
    expect(evaluated(replace({ ...definition, type: "agent_based" }))).toMatchObject({
      errors: [{ pointer: "/type" }],
    });
  });

  it("may name no suite where there is none", () => {
    const without = { ...live, suite_id: null };
    expect(faultsOf({ definitionId: ID, ...replace({ ...definition, suite_id: null }) })).toEqual([]);
    expect(evaluated(replace({ ...definition, suite_id: null }), undefined, without)).toEqual({
      kind: "unchanged",
    });
    expect(evaluated(replace({ ...definition, suite_id: null }))).toMatchObject({
      errors: [{ pointer: "/suite_id" }],
    });
  });
});

describe("a Synthflow restore", () => {
  const restore = { operation: "restore", restore: { version: 1 } };

  it("brings back what an update can set", () => {
    const recorded = { ...live, name: "old", suite_id: ID, success_criteria: ["old"] };
    expect(evaluated(restore, recorded)).toMatchObject({ kind: "send", wanted: recorded });
  });

  it.each<[string, JsonObject]>([
    ["suite_id", { suite_id: null }],
    ["type", { type: "agent_based" }],
    ["base_agent", { base_agent: { model_id: "other" } }],
  ])("is refused where %s cannot be brought back", (member, change) => {
    expect(evaluated(restore, { ...live, name: "old", ...change })).toMatchObject({
      kind: "rejected",
      reason: "unsupported-by-provider",
      errors: [{ pointer: `/${member}` }],
    });
  });

  it("takes what Synthflow now has, or no longer has, as it is", () => {
    const { type: _removed, ...withoutType } = live;
    expect(evaluated(restore, { ...live, name: "old" }, withoutType)).toMatchObject({
      wanted: { ...withoutType, name: "old" },
    });
    expect(evaluated(restore, { ...withoutType, name: "old" })).toMatchObject({
      wanted: { ...live, name: "old" },
    });
  });

  it("takes what Synthflow alone changes as it is", () => {
    expect(evaluated(restore, { ...live, name: "old", weight: 2 })).toMatchObject({
      kind: "send",
      wanted: { ...live, name: "old" },
    });
    expect(evaluated(restore, { ...live, weight: 2 })).toEqual({ kind: "unchanged" });
  });

  it("of a deleted case needs what a create needs", () => {
    const { recreateBody, definitionFaults } = dialect();
    expect(definitionFaults(recreateBody(live), "recreate")).toEqual([]);
    const { prompt: _removed, ...withoutPrompt } = live;
    for (const recorded of [withoutPrompt, { ...live, prompt: null }]) {
      expect(definitionFaults(recreateBody(recorded), "recreate")).toEqual([
        { pointer: "/prompt", message: "is required to create a definition, and was not recorded" },
      ]);
    }
  });
});

describe("the id of a Synthflow case", () => {
  it.each(["by_agent", "generate", "1", "", "9AD09AD3-9C22-441E-AE35-C05016A09786", `${ID}/`, `${ID}0`])(
    "is not %j",
    (definitionId) => {
      const message = "must be the id of a Synthflow case: a UUID in lower case";
      for (const request of [
        { operation: "update", patch: { name: "x" } },
        { operation: "replace", definition },
        { operation: "delete" },
        { operation: "restore", restore: { version: 1 } },
      ]) {
        const faults = faultsOf({ ...request, definitionId });
        if (definitionId !== "") expect(faults).toContainEqual({ pointer: "/definitionId", message });
        else expect(faults).not.toEqual([]);
      }
    },
  );

  it("is a UUID", () => {
    expect(faultsOf({ operation: "delete", definitionId: ID })).toEqual([]);
  });
});
