/** The members of a Retell test case definition that the simulator itself reads. */
import {
  isJsonObject,
  isRawNumber,
  type JsonObject,
  type JsonValue,
} from "../../../../shared/platform/json.ts";
import type { DocumentKind } from "../simulated-workspace.ts";

/** The seven members of Retell's TestCaseDefinitionInput; the first four are required on a create. */
export const inputMembers = [
  "name",
  "response_engine",
  "user_prompt",
  "metrics",
  "dynamic_variables",
  "tool_mocks",
  "llm_model",
] as const;

export const requiredMembers = inputMembers.slice(0, 4);

/** Members that only the server sets. */
export const serverMembers = [
  "test_case_definition_id",
  "type",
  "creation_timestamp",
  "user_modified_timestamp",
] as const;

const engineIdMembers: Readonly<Record<string, string>> = {
  "retell-llm": "llm_id",
  "conversation-flow": "conversation_flow_id",
};

/** The member of a `response_engine` of this type that holds the engine's id; absent for other types. */
export function engineIdMember(type: JsonValue | undefined): string | undefined {
  return typeof type === "string" && Object.hasOwn(engineIdMembers, type) ? engineIdMembers[type] : undefined;
}

/** `<type>:<engine id>`, what LIST lists by. */
export function engineKey(type: string, id: string): string {
  return `${type}:${id}`;
}

/** The engine that a definition belongs to. */
export function engineKeyOf(document: JsonObject): string {
  const engine = document["response_engine"];
  const type = isJsonObject(engine) ? engine["type"] : undefined;
  const member = engineIdMember(type);
  const id = isJsonObject(engine) && member !== undefined ? engine[member] : undefined;
  return engineKey(String(type), String(id));
}

export function numberOf(value: JsonValue | undefined): number | undefined {
  if (isRawNumber(value)) return Number(value.rawJSON);
  return typeof value === "number" ? value : undefined;
}

export const testCaseDocuments: DocumentKind = {
  idOf: definitionIdOf,
  createdAtOf: (document) => numberOf(document["creation_timestamp"]),
  scopeOf: engineKeyOf,
  // Retell forgets what was deleted.
  isDeleted: () => false,
};

function definitionIdOf(document: JsonObject): string {
  const id = document["test_case_definition_id"];
  if (typeof id !== "string" || id === "") throw new Error("a definition without test_case_definition_id");
  return id;
}
