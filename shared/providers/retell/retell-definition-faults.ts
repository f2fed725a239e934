/**
 * What Retell would refuse, found before anything is sent. Types and limits are those of Retell's OpenAPI description;
 * what it leaves open (model names, rule types, `args`, members that it does not know) passes.
 */
import { isJsonObject, isRawNumber, type JsonObject, type JsonValue } from "../../platform/json.ts";
import {
  type Check,
  fault,
  listOf,
  memberNameFaults,
  text,
  textsByName,
  wholeFaults,
} from "../member-check.ts";
import type { Fault } from "../provider.ts";
import { retellEngines } from "./retell-engine.ts";

/** Retell OpenAPI: `ToolMock.output.maxLength`. JSON Schema counts characters, not UTF-16 units. */
const MAX_OUTPUT_CHARACTERS = 15_000;

const responseEngine: Check = (value, path) => {
  if (!isJsonObject(value)) return fault(path, "must be an object");
  if (value["type"] === "custom-llm") {
    return fault(
      [...path, "type"],
      "custom-llm engines cannot have test cases: Retell supports retell-llm and conversation-flow",
    );
  }
  const engine = retellEngines.find(({ type }) => type === value["type"]);
  if (engine === undefined) return fault([...path, "type"], "must be retell-llm or conversation-flow");
  const { [engine.idMember]: id, version } = value;
  return [
    ...(typeof id === "string" && id !== ""
      ? []
      : fault([...path, engine.idMember], "must be a string that is not empty")),
    // 0 is a version; absent and null both mean that none is pinned.
    ...(version === undefined || version === null || typeof version === "number" || isRawNumber(version)
      ? []
      : fault([...path, "version"], "must be a number or null")),
  ];
};

const inputMatchRule: Check = (value, path) =>
  isJsonObject(value) ? text(value["type"], [...path, "type"]) : fault(path, "must be an object");

const output: Check = (value, path) =>
  typeof value === "string" && isLongerThan(value, MAX_OUTPUT_CHARACTERS)
    ? fault(path, `must have at most ${MAX_OUTPUT_CHARACTERS} characters`)
    : text(value, path);

const mockResult: Check = (value, path) =>
  value === undefined || value === null || typeof value === "boolean"
    ? []
    : fault(path, "must be true, false or null");

const toolMock: Check = (value, path) =>
  isJsonObject(value)
    ? [
        ...text(value["tool_name"], [...path, "tool_name"]),
        ...inputMatchRule(value["input_match_rule"], [...path, "input_match_rule"]),
        ...output(value["output"], [...path, "output"]),
        ...mockResult(value["result"], [...path, "result"]),
      ]
    : fault(path, "must be an object");

/** The members of `TestCaseDefinitionInput`, all of them. */
const inputMembers: ReadonlyMap<string, Check> = new Map([
  ["name", text],
  ["response_engine", responseEngine],
  ["user_prompt", text],
  ["metrics", listOf(text)],
  ["dynamic_variables", textsByName],
  ["tool_mocks", listOf(toolMock)],
  ["llm_model", text],
]);

/** Retell OpenAPI: what a create must have. */
const requiredToCreate: ReadonlySet<string> = new Set(["name", "response_engine", "user_prompt", "metrics"]);
/**
 * What a whole definition must have. No document says whether a PUT merges or replaces: a definition without
 * `tool_mocks` could lose them, and a test run would call real tools. The model is Retell's to choose.
 */
const requiredWhenWhole: ReadonlySet<string> = new Set(
  [...inputMembers.keys()].filter((name) => name !== "llm_model"),
);

export const readOnlyMembers: readonly string[] = [
  "test_case_definition_id",
  "type",
  "creation_timestamp",
  "user_modified_timestamp",
];

export function isInputMember(name: string): boolean {
  return inputMembers.has(name);
}

/** All faults of a definition that shall be created, or replace another as a whole. */
export function faultsOfDefinition(
  definition: JsonObject,
  operation: "create" | "replace",
  ignoredPaths: readonly (readonly string[])[] = [],
): readonly Fault[] {
  const required = operation === "create" ? requiredToCreate : requiredWhenWhole;
  return [
    ...readOnlyMembers
      .filter((name) => Object.hasOwn(definition, name))
      .flatMap((name) => fault([name], "is kept by Retell and cannot be set")),
    ...wholeFaults(definition, operation, { required, ignoredPaths }),
    ...Object.entries(definition).flatMap(([name, value]) => faultsOfMember(name, value)),
  ];
}

/** All faults of the members of `wanted` that an edit touched; `wanted` is sent as a whole. */
export function faultsOfTouched(wanted: JsonObject, touched: ReadonlySet<string>): readonly Fault[] {
  return [...touched].flatMap((name) => {
    if (Object.hasOwn(wanted, name)) return faultsOfMember(name, wanted[name]);
    return requiredWhenWhole.has(name) ? fault([name], "cannot be removed") : [];
  });
}

function faultsOfMember(name: string, value: JsonValue | undefined): readonly Fault[] {
  return [...(inputMembers.get(name)?.(value, [name]) ?? []), ...memberNameFaults(name, value, [name])];
}

/** Whether the text has more characters (code points) than `limit`. */
function isLongerThan(value: string, limit: number): boolean {
  return value.length > limit && [...value].length > limit;
}
