import { describe, expect, it } from "vitest";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import { type Connection, parseConnections } from "../../../../shared/platform/config.ts";
import { type JsonObject, parseJson, stringifyJson } from "../../../../shared/platform/json.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";
import type { Dialect } from "../../../../shared/providers/provider.ts";

function dialect(options: Partial<Connection> = {}): Dialect {
  const [connection] = parseConnections([
    { id: "retell", provider: "retell", baseUrl: "https://api.example", ...options },
  ]);
  if (connection === undefined) throw new Error("no connection");
  return dialectFor(connection);
}

const parsed = (text: string) => parseJson(text) as JsonObject;

const live = parsed(`{"test_case_definition_id":"d1","type":"simulation","name":"n",
  "response_engine":{"type":"retell-llm","llm_id":"l","version":0},"user_prompt":"u","metrics":["m"],
  "dynamic_variables":{},"tool_mocks":[{"tool_name":"t","input_match_rule":{"type":"any","args":[]},"output":"o",
  "result":null,"type":"transfer_call"}],"llm_model":"gpt-99","description":"unknown to us","weight":1.0,
  "creation_timestamp":1,"user_modified_timestamp":2}`);
const content = contentOf(live, dialect().bookkeeping);

describe("the Retell dialect", () => {
  it("leaves the provider's own members, and those that the connection ignores, out of the content", () => {
    expect(Object.keys(content)).toEqual([
      "name",
      "response_engine",
      "user_prompt",
      "metrics",
      "dynamic_variables",
      "tool_mocks",
      "llm_model",
      "description",
      "weight",
    ]);
    const { bookkeeping } = dialect({ ignore: ["/description", "/response_engine/version"] });
    expect(contentOf(live, bookkeeping)).not.toHaveProperty("description");
    expect(contentOf(live, bookkeeping)["response_engine"]).toEqual({ type: "retell-llm", llm_id: "l" });
  });

  it.each([
    ['{"response_engine":{"type":"retell-llm","llm_id":"l1"}}', "retell-llm:l1"],
    ['{"response_engine":{"type":"conversation-flow","conversation_flow_id":"f"}}', "conversation-flow:f"],
    ['{"response_engine":{"type":"custom-llm","llm_id":"l1"}}', "other:custom-llm"],
    ['{"response_engine":{"type":"retell-llm","conversation_flow_id":"f"}}', "other:retell-llm"],
    ['{"response_engine":{"type":7}}', "other:unknown"],
    ['{"response_engine":null}', "other:unknown"],
    ["{}", "other:unknown"],
  ])("puts %s into the scope %s", (text, scope) => {
    expect(dialect().scopeOf(parsed(text))).toBe(scope);
  });

  it("names a definition by its name, which may be missing", () => {
    expect(dialect().nameOf(content)).toBe("n");
    expect(dialect().nameOf({})).toBe("");
  });

  it("takes a refused call with a working key for what all writes will meet", () => {
    expect(dialect().refusalWithWorkingKey).toBe("writes-paused");
  });

  it("lets Retell rewrite the model and nothing else", () => {
    expect(dialect().rewriteSet).toEqual(["llm_model"]);
  });
});

describe("the body of a create", () => {
  it("is what was given, without invented defaults", () => {
    const definition = parsed('{"name":"n","x":1.0}');
    expect(dialect().createBody(definition)).toEqual(definition);
  });
});

describe("the body of an update", () => {
  it("is the complete content, unknown members and number texts included", () => {
    const wanted = { ...content, name: "renamed" };
    const body = dialect().updateBody("d1", content, wanted);
    expect(stringifyJson(body)).toBe(stringifyJson(wanted));
    expect(stringifyJson(body)).toContain('"weight":1.0');
    expect(dialect().updateSends).toBe("complete");
  });

  it("never holds read-only members", () => {
    expect(Object.keys(dialect().updateBody("d1", live, live))).toEqual(Object.keys(content));
  });

  it("leaves unknown members out where the connection does not send them, but not those of a mock", () => {
    const body = dialect({ sendUnknownFields: false }).updateBody("d1", content, content);
    expect(Object.keys(body)).not.toContain("description");
    expect(Object.keys(body)).not.toContain("weight");
    expect(body["tool_mocks"]).toEqual(content["tool_mocks"]);
  });

  it("holds the id where the connection asks for it", () => {
    expect(dialect({ sendIdInBody: true }).updateBody("d1", content, content)).toEqual({
      test_case_definition_id: "d1",
      ...content,
    });
  });

  it("does not invent a model that is not there", () => {
    const { llm_model: _, ...wanted } = content;
    expect(dialect().updateBody("d1", content, wanted)).not.toHaveProperty("llm_model");
  });

  it("sends what the connection ignores as it is live", () => {
    const ignoring = dialect({ ignore: ["/llm_model", "/response_engine/version", "/weight", "/absent"] });
    const base = contentOf(live, ignoring.bookkeeping);
    const body = ignoring.updateBody("d1", base, { ...base, name: "renamed" }, live);
    expect(body).toEqual({ ...content, name: "renamed" });
    expect(stringifyJson(body)).toContain('"weight":1.0');
  });
});

describe("the content that a replace leaves", () => {
  it("keeps the model and unknown members that it does not name", () => {
    const definition = { name: "new", weight: 2 };
    expect(dialect().replacedContent(content, definition)).toEqual({
      name: "new",
      weight: 2,
      llm_model: "gpt-99",
      description: "unknown to us",
    });
  });

  it("takes the model that it names", () => {
    expect(dialect().replacedContent(content, { llm_model: "gpt-1" })["llm_model"]).toBe("gpt-1");
  });
});

describe("a restored content with the live engine's version", () => {
  const engine = (more: JsonObject): JsonObject => ({ type: "retell-llm", llm_id: "l", ...more });
  const restored: JsonObject = { ...content, name: "restored", response_engine: engine({ version: 1 }) };
  const withLive = (response_engine: JsonObject | string | null) =>
    dialect().restoredContent(restored, { ...content, response_engine }, { keepEngineVersion: true });

  it("takes the version alone, whatever else is live", () => {
    expect(withLive(engine({ version: 7, extra: true }))).toEqual({
      ...restored,
      response_engine: engine({ version: 7 }),
    });
  });

  it("keeps the text of the number", () => {
    const version = JSON.rawJSON("7.0");
    expect(stringifyJson(withLive(engine({ version }) as JsonObject)["response_engine"] ?? null)).toContain(
      "7.0",
    );
  });

  it("has no version where the live engine has none", () => {
    expect(withLive(engine({}))["response_engine"]).toEqual(engine({}));
  });

  it.each<[string, JsonObject | string | null]>([
    ["another engine", { type: "retell-llm", llm_id: "other", version: 7 }],
    ["another kind of engine", { type: "conversation-flow", conversation_flow_id: "l", version: 7 }],
    ["an engine that is no object", "l"],
    ["no engine", null],
  ])("is as it was restored where %s is live", (_what, live) => {
    expect(withLive(live)).toEqual(restored);
  });

  it("is as it was restored where it names no engine itself", () => {
    const bare = { ...restored, response_engine: null };
    expect(dialect().restoredContent(bare, content, { keepEngineVersion: true })).toEqual(bare);
  });

  it("is as it was restored where nobody asks for the live version", () => {
    const other = { ...content, response_engine: engine({ version: 7 }) };
    expect(dialect().restoredContent(restored, other, { keepEngineVersion: false })).toEqual(restored);
  });
});

describe("the body that makes a recorded document anew", () => {
  it("is the whole content, unknown members and number texts included, without read-only members", () => {
    const body = dialect().recreateBody(live);
    expect(Object.keys(body)).toEqual(Object.keys(content));
    expect(stringifyJson(body)).toBe(stringifyJson(content));
  });

  it("brings back what the connection ignores as well", () => {
    const ignoring = dialect({ ignore: ["/llm_model", "/response_engine/version", "/weight"] });
    expect(ignoring.recreateBody(live)).toEqual(content);
  });

  it("leaves unknown members out where the connection does not send them", () => {
    const body = dialect({ sendUnknownFields: false }).recreateBody(live);
    expect(Object.keys(body)).not.toContain("description");
    expect(Object.keys(body)).not.toContain("weight");
    expect(body["tool_mocks"]).toEqual(content["tool_mocks"]);
  });

  it("never holds an id, which is the provider's to give", () => {
    expect(dialect({ sendIdInBody: true }).recreateBody(live)).not.toHaveProperty("test_case_definition_id");
  });

  it("leads to the scope in which the document was", () => {
    expect(dialect().scopeOf(dialect().recreateBody(live))).toBe("retell-llm:l");
  });
});

describe("the members that Retell's documents do not know", () => {
  it("are named, those of objects inside are not", () => {
    expect(dialect().unknownMembers(content)).toEqual(["description", "weight"]);
    expect(dialect().unknownMembers(live)).toEqual(["description", "weight"]);
  });
});
