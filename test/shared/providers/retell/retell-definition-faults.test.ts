import { describe, expect, it } from "vitest";
import { type JsonObject, parseJson } from "../../../../shared/platform/json.ts";
import { retellDialect } from "../../../../shared/providers/retell/retell-dialect.ts";

const options = { ignore: [], sendUnknownFields: true, sendIdInBody: false };
const { definitionFaults, memberFaults } = retellDialect(options);

const mock = { tool_name: "t", input_match_rule: { type: "any" }, output: "o" };
const minimal = {
  name: "n",
  response_engine: { type: "retell-llm", llm_id: "l" },
  user_prompt: "u",
  metrics: [],
};
const whole = { ...minimal, dynamic_variables: {}, tool_mocks: [] };
const pointers = (definition: JsonObject, operation: "create" | "replace" = "create") =>
  definitionFaults(definition, operation).map(({ pointer }) => pointer);

describe("a definition without faults", () => {
  it.each<[string, JsonObject]>([
    ["only what a create needs", {}],
    ["an engine version 0", { response_engine: { type: "retell-llm", llm_id: "l", version: 0 } }],
    ["an engine version null", { response_engine: { type: "retell-llm", llm_id: "l", version: null } }],
    [
      "an engine version 3.0",
      { response_engine: parseJson('{"type":"conversation-flow","conversation_flow_id":"f","version":3.0}') },
    ],
    ["a model that nobody has heard of", { llm_model: "gpt-99" }],
    ["an output of 15 000 characters", { tool_mocks: [{ ...mock, output: "😀".repeat(15_000) }] }],
    ["args that are an array", { tool_mocks: [{ ...mock, input_match_rule: { type: "any", args: [] } }] }],
    ["an unknown rule type", { tool_mocks: [{ ...mock, input_match_rule: { type: "regex" } }] }],
    ["mock results", { tool_mocks: [mock, { ...mock, result: null }, { ...mock, result: false }] }],
    ["unknown members", { description: 7, tool_mocks: [{ ...mock, type: "transfer_call" }] }],
  ])("may have %s", (_, members) => {
    expect(definitionFaults({ ...minimal, ...members }, "create")).toEqual([]);
    expect(definitionFaults({ ...whole, ...members }, "replace")).toEqual([]);
  });
});

describe("a definition with faults", () => {
  it("lacks what its operation needs, each named", () => {
    expect(pointers({})).toEqual(["/name", "/response_engine", "/user_prompt", "/metrics"]);
    expect(pointers(minimal, "replace")).toEqual(["/dynamic_variables", "/tool_mocks"]);
    expect(pointers(whole, "replace")).toEqual([]);
  });

  it.each<[string, JsonObject, string[]]>([
    ["texts", { name: 1, user_prompt: null, llm_model: null }, ["/name", "/user_prompt", "/llm_model"]],
    ["metrics", { metrics: ["a", 1.5, null] }, ["/metrics/1", "/metrics/2"]],
    ["metrics as a text", { metrics: "a" }, ["/metrics"]],
    [
      "variables",
      { dynamic_variables: { a: 7, "b/c": true } },
      ["/dynamic_variables/a", "/dynamic_variables/b~1c"],
    ],
    ["variables as an array", { dynamic_variables: [] }, ["/dynamic_variables"]],
    ["mocks as an object", { tool_mocks: {} }, ["/tool_mocks"]],
    ["a mock as a text", { tool_mocks: [mock, "x"] }, ["/tool_mocks/1"]],
    [
      "an empty mock",
      { tool_mocks: [{}] },
      ["/tool_mocks/0/tool_name", "/tool_mocks/0/input_match_rule", "/tool_mocks/0/output"],
    ],
    [
      "a rule without a type",
      { tool_mocks: [{ ...mock, input_match_rule: {} }] },
      ["/tool_mocks/0/input_match_rule/type"],
    ],
    ["a mock result", { tool_mocks: [{ ...mock, result: "yes" }] }, ["/tool_mocks/0/result"]],
    ["a long output", { tool_mocks: [{ ...mock, output: "x".repeat(15_001) }] }, ["/tool_mocks/0/output"]],
    ["an engine as a text", { response_engine: "llm" }, ["/response_engine"]],
    ["an engine without a type", { response_engine: { llm_id: "l" } }, ["/response_engine/type"]],
    ["an engine without its id", { response_engine: { type: "retell-llm" } }, ["/response_engine/llm_id"]],
    [
      "an engine with another one's id",
      { response_engine: { type: "conversation-flow", llm_id: "l" } },
      ["/response_engine/conversation_flow_id"],
    ],
    [
      "an engine version",
      { response_engine: { type: "retell-llm", llm_id: "l", version: "3" } },
      ["/response_engine/version"],
    ],
  ])("has each of them named by its pointer: %s", (_, members, expected) => {
    expect(pointers({ ...minimal, ...members })).toEqual(expected);
  });

  it("is told clearly that custom-llm engines have no test cases", () => {
    const [fault] = definitionFaults({ ...minimal, response_engine: { type: "custom-llm" } }, "create");
    expect(fault).toMatchObject({
      pointer: "/response_engine/type",
      message: expect.stringContaining("custom-llm"),
    });
  });

  it("must not set members that Retell keeps", () => {
    const readOnly = {
      test_case_definition_id: "d",
      type: "simulation",
      creation_timestamp: 1,
      user_modified_timestamp: 2,
    };
    expect(pointers({ ...whole, ...readOnly }, "replace")).toEqual(
      Object.keys(readOnly).map((name) => `/${name}`),
    );
  });

  it("must not have a member called __proto__, at any depth", () => {
    const hidden = parseJson(`{"__proto__":1,"x":[{"__proto__":{"__proto__":{}}}]}`) as JsonObject;
    expect(pointers({ ...minimal, ...Object.fromEntries(Object.entries(hidden)) })).toEqual([
      "/__proto__",
      "/x/0/__proto__",
      "/x/0/__proto__/__proto__",
    ]);
  });

  it("never has its text quoted", () => {
    const faults = definitionFaults(
      { name: { secret: 1 }, metrics: "secret", response_engine: "secret" },
      "create",
    );
    expect(JSON.stringify(faults)).not.toContain("secret");
  });

  it("has at most 100 of them named", () => {
    expect(pointers({ ...minimal, metrics: Array.from({ length: 1_000 }, () => 1) })).toHaveLength(100);
  });

  it("must not set unknown members that its connection would not send", () => {
    const strict = retellDialect({ ...options, sendUnknownFields: false });
    const definition = { ...whole, "a/b": 1, type: "simulation" };
    expect(strict.definitionFaults(definition, "create").map(({ pointer }) => pointer)).toEqual([
      "/type",
      "/a~1b",
    ]);
    expect(strict.memberFaults({ description: "x" }, new Set(["description", "gone"]))).toMatchObject([
      { pointer: "/description" },
    ]);
  });

  it("must not replace what its connection ignores, which need not be named either", () => {
    const ignoring = retellDialect({ ...options, ignore: ["/tool_mocks", "/response_engine/version"] });
    const { tool_mocks: _, ...rest } = whole;
    expect(ignoring.definitionFaults(rest, "replace")).toEqual([]);
    const naming = { ...whole, response_engine: { ...whole.response_engine, version: null } };
    expect(ignoring.definitionFaults(naming, "replace").map(({ pointer }) => pointer)).toEqual([
      "/tool_mocks",
      "/response_engine/version",
    ]);
    expect(ignoring.definitionFaults(naming, "create")).toEqual([]);
  });
});

describe("the members that an edit touched", () => {
  const odd = { ...whole, response_engine: { type: "quantum-llm" }, tool_mocks: "odd", llm_model: null };

  it("are checked, and others pass as the provider gave them", () => {
    expect(memberFaults(odd, new Set(["name"]))).toEqual([]);
    expect(memberFaults(odd, new Set(["response_engine", "tool_mocks", "llm_model"]))).toMatchObject([
      { pointer: "/response_engine/type" },
      { pointer: "/tool_mocks" },
      { pointer: "/llm_model" },
    ]);
  });

  it("may be removed only where Retell can do without them", () => {
    expect(memberFaults({}, new Set(Object.keys({ ...whole, llm_model: "m", description: "d" })))).toEqual(
      Object.keys(whole).map((name) => ({ pointer: `/${name}`, message: "cannot be removed" })),
    );
  });
});
