import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../../shared/platform/json.ts";
import { evaluated, ID, patched, update } from "./synthflow-requests.ts";

describe("a Synthflow update", () => {
  it.each<[string, JsonValue]>([
    ["name", "n2"],
    ["prompt", ""],
    ["success_criteria", []],
    ["call_success_type", "any"],
    ["suite_id", ID],
  ])("may change %s", (member, value) => {
    expect(update({ [member]: value })).toEqual([]);
    expect(patched(`/${member}`, value)).toMatchObject({ kind: "send", touched: [member] });
  });

  it.each(["name", "prompt", "success_criteria", "call_success_type", "suite_id"])(
    "cannot clear %s",
    (member) => {
      const message = "cannot be cleared: Synthflow documents no way to clear a member";
      expect(update({ [member]: null })).toEqual([{ pointer: `/patch/${member}`, message }]);
      const refused = { kind: "rejected", reason: "unsupported-by-provider" };
      const errors = [{ pointer: `/${member}`, message }];
      expect(patched(`/${member}`, null)).toEqual({ ...refused, errors });
      const removal = { operation: "update", patch: [{ op: "remove", path: `/${member}` }] };
      expect(evaluated(removal)).toEqual({ ...refused, errors });
    },
  );

  it.each([
    ["type", "agent_based"],
    ["base_agent_id", "other"],
  ])("cannot change %s, which is fixed at creation", (member, value) => {
    const message = "is fixed when Synthflow creates a case: create a new case";
    expect(update({ [member]: value })).toEqual([{ pointer: `/patch/${member}`, message }]);
    expect(patched(`/${member}`, value)).toMatchObject({
      reason: "unsupported-by-provider",
      errors: [{ pointer: `/${member}`, message }],
    });
  });

  it("cannot give a case another agent", () => {
    const patch = { base_agent: { model_id: "other" } };
    expect(evaluated({ operation: "update", patch })).toMatchObject({
      reason: "unsupported-by-provider",
      errors: [{ pointer: "/base_agent" }],
    });
  });

  it("cannot change the agent itself", () => {
    expect(update({ base_agent: { agent_name: "x" } })).toMatchObject([
      { pointer: "/patch/base_agent/agent_name" },
    ]);
    expect(update([{ op: "replace", path: "/base_agent/updated_at", value: "x" }])).toMatchObject([
      { pointer: "/patch/0/path" },
    ]);
  });

  it.each(["tool_mocks", "metrics", "llm_model", "variables", "files"])(
    "refuses %s, which is another provider's member",
    (member) => {
      expect(update({ [member]: "x" })[0]).toMatchObject({
        pointer: `/patch/${member}`,
        message: expect.stringContaining("is no member of Synthflow's cases"),
      });
      expect(patched(`/${member}`, [])).toMatchObject({ reason: "unsupported-by-provider" });
    },
  );

  it("refuses every member outside the five, known to the case or not", () => {
    const message =
      "is none of the members that Synthflow changes: name, prompt, success_criteria, call_success_type, suite_id";
    for (const member of ["weight", "language"]) {
      expect(update({ [member]: 2 })).toEqual([{ pointer: `/patch/${member}`, message }]);
      expect(patched(`/${member}`, 2)).toMatchObject({
        reason: "unsupported-by-provider",
        errors: [{ pointer: `/${member}`, message }],
      });
    }
  });

  it.each(["simulation_case_id", "workspace_id", "created_at", "updated_at"])("cannot set %s", (member) => {
    expect(update({ [member]: "x" })).toMatchObject([{ pointer: `/patch/${member}` }]);
  });

  it("refuses wrong values", () => {
    expect(update({ success_criteria: "c" })).toMatchObject([{ pointer: "/patch/success_criteria" }]);
    for (const suiteId of ["x", ID.toUpperCase()]) {
      expect(patched("/suite_id", suiteId)).toMatchObject({
        reason: "invalid-definition",
        errors: [{ pointer: "/suite_id", message: "must be a UUID in lower case" }],
      });
    }
  });
});
