import { describe, expect, it } from "vitest";
import { parseChangeRequest } from "../../../../shared/change-request/parse-change-request.ts";
import { evaluate } from "../../../../shared/change-request/wanted.ts";
import { type Connection, parseConnections } from "../../../../shared/platform/config.ts";
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";
import type { Dialect, Fault } from "../../../../shared/providers/provider.ts";

function dialect(options: Partial<Connection> = {}): Dialect {
  const [connection] = parseConnections([
    { id: "synthflow", provider: "synthflow", baseUrl: "https://api.example/v2", ...options },
  ]);
  if (connection === undefined) throw new Error("no connection");
  return dialectFor(connection);
}

const ID = "9ad09ad3-9c22-441e-ae35-c05016a09786";
const SUITE = "f47ac10b-58cc-4372-a567-0e02b2c3d479";

const definition = {
  name: "n",
  prompt: "p",
  type: "custom",
  success_criteria: ["c"],
  call_success_type: "all",
  suite_id: SUITE,
  base_agent_id: "1726x2397",
} satisfies JsonObject;

/** The same case as Synthflow answers it. */
const { base_agent_id: _, ...answered } = definition;
const live: JsonObject = { ...answered, base_agent: { model_id: "1726x2397" }, weight: 1 };

/** What is wrong with a request by itself, before anything is asked. */
function faultsOf(request: JsonObject, options: Partial<Connection> = {}): readonly Fault[] {
  const body = JSON.stringify({ requestId: "r1", ...request });
  const result = parseChangeRequest(body, {
    connection: "synthflow",
    otherConnection: "use",
    dialectOf: () => dialect(options),
  });
  return result.valid ? [] : result.faults;
}

const create = (more: JsonObject = {}) =>
  faultsOf({ operation: "create", definition: { ...definition, ...more } });
const update = (patch: JsonValue) => faultsOf({ operation: "update", definitionId: ID, patch });

/** What follows from a request and the live case; `send`: it goes on to the provider. */
function evaluated(more: JsonObject, restored?: JsonObject, base: JsonObject = live) {
  const request = { requestId: "r1", connection: "synthflow", definitionId: ID, ...more };
  return evaluate(
    request as unknown as Parameters<typeof evaluate>[0],
    { version: 1, contentHash: "sha256:x", content: base },
    dialect(),
    { restored },
  );
}

const patched = (path: string, value: JsonValue) =>
  evaluated({ operation: "update", patch: [{ op: "add", path, value }] });

describe("a Synthflow create", () => {
  it("is valid with all seven members, and without suite and agent", () => {
    expect(create()).toEqual([]);
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
    ["suite_id", "suite-1", "/suite_id", "must be a UUID"],
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
    expect(patched("/suite_id", "x")).toMatchObject({ reason: "invalid-definition" });
  });
});

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
    ["weight", { weight: 2 }],
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
