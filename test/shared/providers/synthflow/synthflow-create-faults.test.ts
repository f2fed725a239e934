import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import { create, definition, faultsOf, ID } from "./synthflow-requests.ts";

describe("a Synthflow create", () => {
  it("is valid with all seven members, and without suite and agent", () => {
    expect(create()).toEqual([]);
    expect(create({ base_agent_id: ID })).toEqual([]);
    expect(create({ base_agent_id: "AGENT-7" })).toEqual([]);
    const { suite_id, base_agent_id, ...required } = definition;
    expect(faultsOf({ operation: "create", definition: required })).toEqual([]);
  });

  it.each(["name", "prompt", "type", "success_criteria", "call_success_type"])("needs %s", (member) => {
    const { [member]: _removed, ...rest } = definition as JsonObject;
    expect(faultsOf({ operation: "create", definition: rest })).toEqual([
      { pointer: `/definition/${member}`, message: "is required to create a definition" },
    ]);
  });

  it.each<[string, JsonValue, string, string]>([
    ["name", 7, "/name", "must be a string"],
    ["prompt", null, "/prompt", "must be a string"],
    ["type", "other", "/type", "must be one of custom, agent_based"],
    ["success_criteria", "c", "/success_criteria", "must be an array"],
    ["success_criteria", ["c", 1], "/success_criteria/1", "must be a string"],
    ["call_success_type", "some", "/call_success_type", "must be one of all, any"],
    ["suite_id", "suite-1", "/suite_id", "must be a UUID in lower case"],
    ["suite_id", ID.toUpperCase(), "/suite_id", "must be a UUID in lower case"],
    ["base_agent_id", ID.toUpperCase(), "/base_agent_id", "must be a UUID in lower case"],
    ["suite_id", null, "/suite_id", "cannot be null: leave it out"],
    ["base_agent_id", null, "/base_agent_id", "cannot be null: leave it out"],
    ["base_agent_id", 7, "/base_agent_id", "must be a string"],
  ])("refuses %s = %j", (member, value, pointer, message) => {
    expect(create({ [member]: value })).toEqual([{ pointer: `/definition${pointer}`, message }]);
  });

  it.each(["simulation_case_id", "workspace_id", "created_at", "updated_at"])("cannot set %s", (member) => {
    expect(create({ [member]: "x" })).toEqual([
      { pointer: `/definition/${member}`, message: "is kept by Synthflow and cannot be set" },
    ]);
  });

  it("says under which name an agent is given", () => {
    expect(create({ base_agent: { model_id: "a" } })).toEqual([
      {
        pointer: "/definition/base_agent",
        message: "is what Synthflow answers; a request names the agent as base_agent_id",
      },
    ]);
  });

  it.each([
    ["user_prompt", "; theirs is prompt"],
    ["metrics", "; theirs is success_criteria"],
    ["title", "; theirs is name"],
    ["response_engine", "; theirs is suite_id"],
    ["tool_mocks", ""],
    ["llm_model", ""],
    ["dynamic_variables", ""],
    ["variables", ""],
    ["files", ""],
    ["messages", ""],
  ])("refuses %s, which is another provider's member", (member, hint) => {
    expect(create({ [member]: "x" })).toEqual([
      { pointer: `/definition/${member}`, message: `is no member of Synthflow's cases${hint}` },
    ]);
  });

  it("passes on what nobody knows, unless the connection does not send it", () => {
    expect(create({ language: "en" })).toEqual([]);
    const unknown = { operation: "create", definition: { ...definition, language: "en" } };
    expect(faultsOf(unknown, { sendUnknownFields: false })).toMatchObject([
      { pointer: "/definition/language" },
    ]);
  });
});
