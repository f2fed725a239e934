import { expect, test } from "vitest";
import { readDefinitionInput } from "../../../../infra/local/simulators/retell/definition-input.ts";
import { demoWorkspace } from "../../../../infra/local/simulators/retell/demo-workspace.ts";
import { defaultSwitches } from "../../../../infra/local/simulators/retell/switches.ts";
import {
  engineKey,
  engineKeyOf,
  inputMembers,
} from "../../../../infra/local/simulators/retell/test-case-document.ts";
import { isJsonArray, isJsonObject, type JsonObject } from "../../../../shared/platform/json.ts";

const { definitions = [], engines = [], agents = [] } = demoWorkspace();

function mocksOf(definition: JsonObject): readonly JsonObject[] {
  const mocks = definition["tool_mocks"];
  return isJsonArray(mocks) ? mocks.filter(isJsonObject) : [];
}

const ruleType = (mock: JsonObject) => (mock["input_match_rule"] as JsonObject)["type"];

test("the demo's definitions are a dozen, unlike each other, valid as complete bodies, at the demo's engines", () => {
  expect(definitions).toHaveLength(12);
  expect(new Set(definitions.map(({ test_case_definition_id: id }) => id)).size).toBe(12);
  const keys = engines.map(({ type, id }) => engineKey(type, id));
  for (const definition of definitions) {
    expect(readDefinitionInput(definition, inputMembers, defaultSwitches)).toBeDefined();
    expect(keys).toContain(engineKeyOf(definition));
  }
  expect(agents).toHaveLength(2);
});

test("specific mocks stand before the one that matches anything", () => {
  for (const mocks of definitions.map(mocksOf)) {
    for (const [index, mock] of mocks.entries()) {
      const later = mocks.slice(index + 1).filter((other) => other["tool_name"] === mock["tool_name"]);
      if (ruleType(mock) === "any") expect(later).toEqual([]);
    }
  }
});

test("the demo shows what is easily lost: version 0, undocumented members, plain-text outputs, results", () => {
  const mocks = definitions.flatMap(mocksOf);
  expect(definitions.some((one) => (one["response_engine"] as JsonObject)["version"] === 0)).toBe(true);
  expect(definitions.some((one) => (one["response_engine"] as JsonObject)["version"] === undefined)).toBe(
    true,
  );
  expect(definitions.some((one) => one["description"] !== undefined)).toBe(true);
  expect(mocks.some((mock) => mock["type"] === "transfer_call")).toBe(true);
  expect(mocks.some((mock) => mock["result"] === false)).toBe(true);
  expect(mocks.some((mock) => mock["output"] === "Successfully transferred the call")).toBe(true);
  expect(mocks.some((mock) => ruleType(mock) === "partial_match")).toBe(true);
});

test("the demo is the same every time", () => {
  expect(demoWorkspace()).toEqual(demoWorkspace());
});
