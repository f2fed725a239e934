/**
 * Retell's response engines that own test cases, and the scopes named after them. Retell lists test cases by engine
 * only. A type that is not here is kept as it is, in a scope that cannot be listed.
 */
import { isJsonObject, type JsonObject } from "../../platform/json.ts";
import { isScopeName, MAX_SCOPE_NAME } from "../text-member.ts";

export type RetellEngine = {
  /** `response_engine.type`, and the `type` of a list call. */
  readonly type: string;
  /** The member that names the engine, in `response_engine`, in the engine's own rows and in a list call. */
  readonly idMember: string;
  readonly listPath: string;
};

export const retellEngines: readonly RetellEngine[] = [
  { type: "retell-llm", idMember: "llm_id", listPath: "/v2/list-retell-llms" },
  {
    type: "conversation-flow",
    idMember: "conversation_flow_id",
    listPath: "/v2/list-conversation-flows",
  },
];

export function scopeOfEngine(engine: RetellEngine, engineId: string): string {
  return `${engine.type}:${engineId}`;
}

/** The engine and the id that a scope names; `undefined` for a scope that Retell cannot list. */
export function engineOfScope(scope: string): { engine: RetellEngine; engineId: string } | undefined {
  const engine = retellEngines.find(({ type }) => scope.startsWith(`${type}:`));
  const engineId = engine === undefined ? "" : scope.slice(engine.type.length + 1);
  return engine === undefined || engineId === "" ? undefined : { engine, engineId };
}

/** The scope of a test case's content. */
export function scopeOfContent(content: JsonObject): string {
  const responseEngine = content["response_engine"];
  if (!isJsonObject(responseEngine)) return "other:unknown";
  const { type } = responseEngine;
  const engine = retellEngines.find((candidate) => candidate.type === type);
  const engineId = engine === undefined ? undefined : responseEngine[engine.idMember];
  if (engine !== undefined && isScopeName(engineId)) return scopeOfEngine(engine, engineId);
  return `other:${typeof type === "string" && type !== "" ? type.slice(0, MAX_SCOPE_NAME).toWellFormed() : "unknown"}`;
}
