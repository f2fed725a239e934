/**
 * Checks a create or update body as Retell's OpenAPI schema TestCaseDefinitionInput says, and brings it into the
 * form in which it is stored. Strict where the schema speaks, by switch where it does not.
 */
import {
  isJsonArray,
  isJsonObject,
  isRawNumber,
  type JsonObject,
  type JsonValue,
} from "../../../../shared/platform/json.ts";
import { withoutExtraMembers } from "./extra-members.ts";
import type { Switches } from "./switches.ts";
import { engineIdMember, inputMembers, serverMembers } from "./test-case-document.ts";
import { readToolMocks } from "./tool-mock-input.ts";

type Reader = (value: JsonValue, switches: Switches) => JsonValue | undefined;

const readers: Readonly<Record<string, Reader>> = {
  name: (value, switches) => limited(readText(value, switches), switches.lengthLimits.name),
  response_engine: readResponseEngine,
  user_prompt: (value, switches) => limited(readText(value, switches), switches.lengthLimits.user_prompt),
  metrics: (value, switches) => limited(readMetrics(value, switches), switches.lengthLimits.metrics),
  dynamic_variables: readDynamicVariables,
  tool_mocks: (value, switches) => limited(readToolMocks(value, switches), switches.lengthLimits.tool_mocks),
  llm_model: readModel,
};

const nullableBySwitch: ReadonlySet<string> = new Set(["dynamic_variables", "tool_mocks", "llm_model"]);
const inputMemberNames: ReadonlySet<string> = new Set(inputMembers);
const serverMemberNames: ReadonlySet<string> = new Set(serverMembers);

/** The members to store, in the body's order; `undefined` where the body is invalid (a 400). */
export function readDefinitionInput(
  body: JsonValue | undefined,
  required: readonly string[],
  switches: Switches,
): JsonObject | undefined {
  if (!isJsonObject(body)) return undefined;
  const members: [string, JsonValue][] = [];
  for (const [member, value] of Object.entries(body)) {
    if (inputMemberNames.has(member)) {
      const stored = readInputMember(member, value, switches);
      if (stored === invalid) return undefined;
      if (stored !== absent) members.push([member, stored]);
    } else if (switches.unknownMembers === "rejected" && member !== "test_case_definition_id") {
      return undefined;
    } else if (switches.unknownMembers === "kept" && !serverMemberNames.has(member)) {
      members.push([member, value]);
    }
  }
  const document = Object.fromEntries(members);
  return required.every((member) => Object.hasOwn(document, member)) ? document : undefined;
}

const invalid = Symbol("invalid");
const absent = Symbol("absent");

function readInputMember(
  member: string,
  value: JsonValue,
  switches: Switches,
): JsonValue | typeof invalid | typeof absent {
  if (value === null) {
    if (!nullableBySwitch.has(member) || switches.nullMembers === "rejected") return invalid;
    return switches.nullMembers === "stored" ? null : absent;
  }
  return readers[member]?.(value, switches) ?? invalid;
}

function readText(value: JsonValue, { storedText }: Switches): string | undefined {
  if (typeof value !== "string") return undefined;
  if (storedText === "trimmed") return value.trim();
  return storedText === "nfc" ? value.normalize("NFC") : value;
}

function readMetrics(value: JsonValue, switches: Switches): readonly JsonValue[] | undefined {
  if (!isJsonArray(value)) return undefined;
  const metrics = value.map((metric) => readText(metric, switches));
  return metrics.every((metric) => metric !== undefined) ? metrics : undefined;
}

function readDynamicVariables(value: JsonValue): JsonValue | undefined {
  const valid = isJsonObject(value) && Object.values(value).every((text) => typeof text === "string");
  return valid ? value : undefined;
}

function readModel(value: JsonValue, { knownModels, modelReplacements }: Switches): JsonValue | undefined {
  if (typeof value !== "string") return undefined;
  const replacement = Object.hasOwn(modelReplacements, value) ? modelReplacements[value] : undefined;
  const model = replacement ?? value;
  return knownModels === null || knownModels.includes(model) ? model : undefined;
}

/** custom-llm is refused: "Custom LLM is not supported." Version is a JSON number or null, 0 included. */
function readResponseEngine(value: JsonValue, { unknownNestedMembers }: Switches): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  const idMember = engineIdMember(value["type"]);
  if (idMember === undefined) return undefined;
  const id = value[idMember];
  if (typeof id !== "string" || id === "") return undefined;
  const version = value["version"];
  if (version !== undefined && version !== null && typeof version !== "number" && !isRawNumber(version)) {
    return undefined;
  }
  return withoutExtraMembers(value, ["type", idMember, "version"], unknownNestedMembers);
}

/** Strings count in code points, as JSON Schema's maxLength does. */
function limited<T extends JsonValue>(value: T | undefined, limit: number | undefined): T | undefined {
  if (value === undefined || limit === undefined) return value;
  const length = typeof value === "string" ? Array.from(value).length : isJsonArray(value) ? value.length : 0;
  return length <= limit ? value : undefined;
}
