import { describe, expect, it } from "vitest";
import { contentOf } from "../../../../shared/definition/document/content.ts";
import { type Connection, parseConnections } from "../../../../shared/platform/config.ts";
import { type JsonObject, parseJson, stringifyJson } from "../../../../shared/platform/json.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";
import type { Dialect } from "../../../../shared/providers/provider.ts";

function dialect(options: Partial<Connection> = {}): Dialect {
  const [connection] = parseConnections([
    { id: "synthflow", provider: "synthflow", baseUrl: "https://api.example/v2", ...options },
  ]);
  if (connection === undefined) throw new Error("no connection");
  return dialectFor(connection);
}

const parsed = (text: string) => parseJson(text) as JsonObject;

const live =
  parsed(`{"simulation_case_id":"9ad09ad3-9c22-441e-ae35-c05016a09786","workspace_id":"w","suite_id":null,
  "name":"n","prompt":"p","type":"custom","success_criteria":["c"],"call_success_type":"all","weight":1.0,
  "base_agent":{"model_id":"1726x2397","agent_name":"Billing","updated_at":"2026-11-01T00:00:00","phone_number":null},
  "created_at":"2026-10-01T00:00:00.123456","updated_at":"2026-10-02T00:00:00.123456"}`);
const content = contentOf(live, dialect().bookkeeping);

describe("the Synthflow dialect", () => {
  it("leaves the provider's own members, and the agent but for its id, out of the content", () => {
    expect(content).toEqual({
      suite_id: null,
      name: "n",
      prompt: "p",
      type: "custom",
      success_criteria: ["c"],
      call_success_type: "all",
      weight: content["weight"],
      base_agent: { model_id: "1726x2397" },
    });
    const { bookkeeping } = dialect({ ignore: ["/weight"] });
    expect(contentOf(live, bookkeeping)).not.toHaveProperty("weight");
  });

  it("sees no change of a case in an edit of its agent", () => {
    const agent = { model_id: "1726x2397", agent_name: "Renamed", updated_at: "2026-11-20T00:00:00", x: [1] };
    expect(contentOf({ ...live, base_agent: agent }, dialect().bookkeeping)).toEqual(content);
    const other = { ...agent, model_id: "other" };
    expect(contentOf({ ...live, base_agent: other }, dialect().bookkeeping)).not.toEqual(content);
    expect(contentOf({ ...live, base_agent: null }, dialect().bookkeeping)["base_agent"]).toBeNull();
  });

  it.each([
    ['{"suite_id":"f47ac10b-58cc-4372-a567-0e02b2c3d479"}', "suite:f47ac10b-58cc-4372-a567-0e02b2c3d479"],
    ['{"suite_id":null}', "workspace"],
    ["{}", "workspace"],
    ['{"suite_id":""}', "workspace"],
    ['{"suite_id":7}', "workspace"],
    ['{"suite_id":"\\ud800"}', "workspace"],
  ])("puts %s into the scope %s", (text, scope) => {
    expect(dialect().scopeOf(parsed(text))).toBe(scope);
  });

  it.each([
    ["workspace", true],
    ["suite:f47ac10b-58cc-4372-a567-0e02b2c3d479", true],
    ["suite:F47AC10B-58CC-4372-A567-0E02B2C3D479", false],
    ["suite:", false],
    ["prompt:1", false],
  ])("lists %s: %s", (scope, isListable) => {
    expect(dialect().scopeFault(scope) === undefined).toBe(isListable);
  });

  it("expects Synthflow to put a new case without a suite into one, and no other anywhere else", () => {
    const { createMayLandIn } = dialect();
    expect(createMayLandIn("workspace", "suite:a")).toBe(true);
    expect(createMayLandIn("suite:a", "suite:b")).toBe(false);
    expect(createMayLandIn("suite:a", "workspace")).toBe(false);
  });

  it("names a case by its name, which may be missing", () => {
    expect(dialect().nameOf(content)).toBe("n");
    expect(dialect().nameOf({})).toBe("");
  });

  it("takes a refused call with a working key for the end of this request", () => {
    expect(dialect().refusalWithWorkingKey).toBe("rejected");
  });

  it("lets Synthflow rewrite nothing", () => {
    expect(dialect().rewriteSet).toEqual([]);
  });

  it("names the members that Synthflow's documents do not know", () => {
    expect(dialect().unknownMembers(live)).toEqual(["weight"]);
    expect(dialect().unknownMembers({ base_agent_id: "a", type: "custom" })).toEqual([]);
  });
});

describe("the body of a create", () => {
  it("is what was given, with the agent as Synthflow answers it", () => {
    const definition = parsed('{"name":"n","x":1.0,"base_agent_id":"a"}');
    expect(dialect().createBody(definition)).toEqual({
      name: "n",
      x: definition["x"],
      base_agent: { model_id: "a" },
    });
    expect(dialect().createBody({ name: "n" })).toEqual({ name: "n" });
  });
});

describe("the body of an update", () => {
  it("is the changed members of the five, nothing else", () => {
    const wanted = { ...content, name: "renamed", suite_id: "s", success_criteria: [] };
    expect(dialect().updateBody("d1", content, wanted)).toEqual({
      name: "renamed",
      suite_id: "s",
      success_criteria: [],
    });
    expect(dialect().updateSends).toBe("changed");
  });

  it("never holds a null, a read-only member or one outside the five", () => {
    const wanted = {
      ...live,
      name: null,
      suite_id: null,
      prompt: "p2",
      type: "agent_based",
      base_agent: null,
      base_agent_id: "b",
      weight: 2,
      simulation_case_id: "x",
      workspace_id: "x",
      updated_at: "x",
    };
    expect(dialect().updateBody("d1", { ...content, suite_id: "s" }, wanted)).toEqual({ prompt: "p2" });
  });

  it("keeps the text of what it sends", () => {
    const body = dialect().updateBody("d1", content, { ...content, prompt: "a\u2028b " });
    expect(stringifyJson(body)).toBe('{"prompt":"a\u2028b "}');
  });
});

describe("the content that a replace leaves", () => {
  it("keeps everything that it does not name", () => {
    const definition = { name: "n2", prompt: "p2", success_criteria: [], call_success_type: "any" };
    expect(dialect().replacedContent(content, definition)).toEqual({ ...content, ...definition });
  });

  it("takes the agent that it names for the one that Synthflow answers", () => {
    const { base_agent: _, ...others } = content;
    const replaced = (base_agent_id: string | null) => dialect().replacedContent(content, { base_agent_id });
    expect(replaced("1726x2397")).toEqual(content);
    expect(replaced("other")).toEqual({ ...others, base_agent: { model_id: "other" } });
    expect(replaced(null)).toEqual({ ...others, base_agent: null });
  });
});

describe("the content that a restore brings back", () => {
  const restoredOver = (restored: JsonObject, now: JsonObject) =>
    dialect().restoredContent(restored, now, { keepEngineVersion: false });

  it("is the recorded one", () => {
    const recorded = { ...content, name: "old", suite_id: "s", type: "agent_based" };
    expect(restoredOver(recorded, content)).toEqual(recorded);
  });

  it("keeps what Synthflow has come to have since, and leaves out what it has lost", () => {
    const { type: _, ...withoutType } = content;
    expect(restoredOver(content, withoutType)).toEqual(withoutType);
    const recorded = { ...withoutType, name: "old" };
    expect(restoredOver(recorded, { ...content, language: "en" })).toEqual({
      ...content,
      language: "en",
      name: "old",
    });
  });

  it("brings back what an update can set, even if it is absent now", () => {
    const { prompt: _, suite_id: __, ...withoutBoth } = content;
    // A case that had no suite has none where Synthflow shows no suites.
    expect(restoredOver(content, withoutBoth)).toEqual({ ...withoutBoth, prompt: "p" });
  });
});

describe("the body that makes a recorded case anew", () => {
  it("is the content without nulls, the agent by its id alone", () => {
    const { suite_id: _, ...withSuite } = content;
    expect(dialect().recreateBody(live)).toEqual(withSuite);
    expect(stringifyJson(dialect().recreateBody(live))).toContain('"weight":1.0');
    expect(dialect().recreateBody({ ...live, base_agent: null })).not.toHaveProperty("base_agent");
    expect(dialect().recreateBody({ ...live, suite_id: "s" })["suite_id"]).toBe("s");
  });

  it("brings back what the connection ignores as well", () => {
    expect(dialect({ ignore: ["/prompt", "/base_agent"] }).recreateBody(live)).toMatchObject({
      prompt: "p",
      base_agent: { model_id: "1726x2397" },
    });
  });

  it("leaves unknown members out where the connection does not send them", () => {
    expect(dialect({ sendUnknownFields: false }).recreateBody(live)).not.toHaveProperty("weight");
  });

  it("leads to the scope in which the case was", () => {
    expect(dialect().scopeOf(dialect().recreateBody({ ...live, suite_id: "s" }))).toBe("suite:s");
    expect(dialect().scopeOf(dialect().recreateBody(live))).toBe("workspace");
  });
});
