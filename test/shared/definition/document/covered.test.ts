import { describe, expect, it } from "vitest";
import { compareWithSent } from "../../../../shared/definition/document/covered.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";

const rewriteSet = ["llm_model"];
const onCreate = (body: JsonObject, stored: JsonObject) =>
  compareWithSent({ operation: "create", body }, stored, rewriteSet);
const onUpdate = (
  body: JsonObject,
  base: JsonObject,
  stored: JsonObject,
  wanted: JsonObject = { ...base, ...body },
) => compareWithSent({ operation: "update", body, base, wanted }, stored, rewriteSet);

describe("covered", () => {
  it("holds when every member that was sent is stored with an equal value", () => {
    expect(onCreate({ name: "a", metrics: ["m"] }, { metrics: ["m"], name: "a" })).toEqual({
      covered: true,
      differences: [],
    });
  });

  it("lets a server add defaults on a create, inside objects as well, and lists them", () => {
    const { covered, differences } = onCreate(
      { name: "a", response_engine: { type: "retell-llm", llm_id: "llm_1" } },
      { name: "a", response_engine: { type: "retell-llm", llm_id: "llm_1", version: 3 }, tool_mocks: [] },
    );
    expect(covered).toBe(true);
    expect(differences).toEqual([{ pointer: "/response_engine/version", sent: null, stored: 3 }]);
  });

  it("does not hold when a value that was sent is missing or another one", () => {
    expect(onCreate({ name: "a" }, {}).differences).toEqual([{ pointer: "/name", sent: "a", stored: null }]);
    expect(onCreate({ name: "a" }, { name: "b" }).covered).toBe(false);
    expect(onCreate({ metrics: ["a", "b"] }, { metrics: ["b", "a"] }).covered).toBe(false);
  });

  it("does not hold on an update when a member inside an object was merged instead of replaced", () => {
    const { covered, differences } = onUpdate(
      { dynamic_variables: { a: "1" } },
      { dynamic_variables: { a: "0", b: "2" } },
      { dynamic_variables: { a: "1", b: "2" } },
    );
    expect(covered).toBe(false);
    expect(differences).toEqual([{ pointer: "/dynamic_variables/b", sent: null, stored: "2" }]);
  });

  it("lets a member that was not sent be absent or as in the base on an update", () => {
    expect(onUpdate({ name: "b" }, { name: "a", llm: "x" }, { name: "b", llm: "x" }).covered).toBe(true);
    expect(onUpdate({ name: "b" }, { name: "a", llm: "x" }, { name: "b" }).covered).toBe(true);
    expect(onUpdate({ name: "b" }, { name: "a", llm: "x" }, { name: "b", llm: "y" }).covered).toBe(false);
  });

  it("lists a member that was to go and that the server has kept, as it was or as another", () => {
    const base = { name: "a", note: "x", llm_model: "m" };
    const sent = { name: "b" };
    expect(onUpdate(sent, base, { ...base, ...sent }, sent)).toEqual({
      covered: true,
      differences: [
        { pointer: "/note", sent: null, stored: "x" },
        { pointer: "/llm_model", sent: null, stored: "m" },
      ],
    });
    expect(onUpdate(sent, base, { name: "b", note: "y" }, sent).covered).toBe(false);
    expect(onUpdate(sent, base, sent, sent).differences).toEqual([]);
  });

  it("lets the provider rewrite what it always may, and lists it", () => {
    expect(onUpdate({ llm_model: "old" }, { llm_model: "old" }, { llm_model: "new" })).toEqual({
      covered: true,
      differences: [{ pointer: "/llm_model", sent: "old", stored: "new" }],
    });
  });

  it("names long texts and lists by their hash only", () => {
    const prompt = "You are calling about order 17. ".repeat(4);
    const [difference] = onCreate({ user_prompt: prompt }, { user_prompt: `${prompt}!` }).differences;
    expect(difference?.sent).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(difference?.stored).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(difference?.sent).not.toBe(difference?.stored);
  });

  it("tells null from absent", () => {
    expect(onCreate({ result: null }, {}).covered).toBe(false);
    expect(onCreate({ result: null }, { result: null }).covered).toBe(true);
  });
});
