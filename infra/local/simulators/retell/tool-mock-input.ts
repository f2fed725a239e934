/** Checks the `tool_mocks` of a body as Retell's OpenAPI schema ToolMock says. */
import { isJsonArray, isJsonObject, type JsonValue } from "../../../../shared/platform/json.ts";
import { withoutExtraMembers } from "./extra-members.ts";
import type { Switches } from "./switches.ts";

/** Retell OpenAPI: `output` has maxLength 15000; JSON Schema counts code points. */
const MAX_OUTPUT_LENGTH = 15_000;

export function readToolMocks(value: JsonValue, switches: Switches): readonly JsonValue[] | undefined {
  if (!isJsonArray(value)) return undefined;
  const mocks = value.map((mock) => readToolMock(mock, switches));
  return mocks.every((mock) => mock !== undefined) ? mocks : undefined;
}

function readToolMock(value: JsonValue, { unknownNestedMembers }: Switches): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  const { tool_name: toolName, output, result } = value;
  if (typeof toolName !== "string") return undefined;
  if (typeof output !== "string" || Array.from(output).length > MAX_OUTPUT_LENGTH) return undefined;
  if (result !== undefined && result !== null && typeof result !== "boolean") return undefined;
  const rule = readMatchRule(value["input_match_rule"], unknownNestedMembers);
  if (rule === undefined) return undefined;
  return withoutExtraMembers(
    { ...value, input_match_rule: rule },
    ["tool_name", "input_match_rule", "output", "result"],
    unknownNestedMembers,
  );
}

/** `args` is an object in the OpenAPI document, any value in the SDK, and users store `[]` with `any`. */
function readMatchRule(
  rule: JsonValue | undefined,
  extra: Switches["unknownNestedMembers"],
): JsonValue | undefined {
  if (!isJsonObject(rule)) return undefined;
  if (rule["type"] === "partial_match") {
    return rule["args"] === undefined ? undefined : withoutExtraMembers(rule, ["type", "args"], extra);
  }
  return rule["type"] === "any" ? withoutExtraMembers(rule, ["type", "args"], extra) : undefined;
}
