/** Retell's test case definitions: create, get, update, delete. What a call would do; nothing is changed here. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject } from "../../../../shared/platform/json.ts";
import { jsonAnswer } from "../json-answer.ts";
import { readDefinitionInput } from "./definition-input.ts";
import { documentView } from "./document-view.ts";
import { type CallContext, type Plan, refuse } from "./plan.ts";
import {
  engineIdMember,
  engineKey,
  engineKeyOf,
  inputMembers,
  numberOf,
  requiredMembers,
  serverMembers,
} from "./test-case-document.ts";

export function planGet({ workspace, id, now, switches }: CallContext): Plan {
  const at = switches.getLagMs === 0 ? Number.POSITIVE_INFINITY : now - switches.getLagMs;
  const document = workspace.definition(id, at);
  if (document === undefined || isHidden({ workspace, switches }, document)) return refuse(404);
  return { answer: jsonAnswer(200, documentView(document, switches)) };
}

export function planCreate(context: CallContext): Plan {
  const { workspace, switches, body, stamp } = context;
  if (switches.trialEnded) return refuse(402);
  const input = readDefinitionInput(body, requiredMembers, switches);
  if (input === undefined) return refuse(400);
  const refusal = refusedEngine(context, input) ?? refusedName(context, input, undefined);
  if (refusal !== undefined) return refuse(refusal);
  const definitionId = workspace.issueId();
  const document: JsonObject = {
    ...(switches.serverDefaults ? withDefaults(input, context) : input),
    test_case_definition_id: definitionId,
    type: "simulation",
    creation_timestamp: stamp,
    user_modified_timestamp: stamp,
  };
  return {
    answer: jsonAnswer(201, documentView(document, switches)),
    write: { definitionId, document },
  };
}

export function planUpdate(context: CallContext): Plan {
  const { workspace, switches, id, body, stamp } = context;
  const before = workspace.definition(id);
  if (before === undefined || isHidden(context, before)) return refuse(404);
  const namesId = isJsonObject(body) && Object.hasOwn(body, "test_case_definition_id");
  if (namesId ? switches.idInBody === "rejected" : switches.idInBody === "required") return refuse(400);
  const input = readDefinitionInput(body, requiredOnUpdate(context), switches);
  if (input === undefined) return refuse(400);
  const content = updatedContent(context, before, input);
  // A definition whose engine is gone can still be edited, but not be pointed at such an engine.
  const sameEngine = isDeepStrictEqual(content["response_engine"], before["response_engine"]);
  const refusal =
    (sameEngine ? undefined : refusedEngine(context, content)) ?? refusedName(context, content, id);
  if (refusal !== undefined) return refuse(refusal);
  const changed = !isDeepStrictEqual(content, before);
  const document =
    changed || switches.noOpPutBumpsTimestamp ? { ...content, user_modified_timestamp: stamp } : before;
  return { answer: jsonAnswer(200, documentView(document, switches)), write: { definitionId: id, document } };
}

export function planDelete(context: CallContext): Plan {
  const { workspace, switches, id } = context;
  const before = workspace.definition(id);
  const answer: Plan["answer"] = { status: 204, headers: {}, body: "" };
  if (before === undefined || isHidden(context, before)) {
    return switches.deleteMissing === 204 ? { answer } : refuse(404);
  }
  return { answer, write: { definitionId: id } };
}

function requiredOnUpdate({ switches }: CallContext): readonly string[] {
  if (switches.put === "merge") return [];
  return switches.put === "replace" ? requiredMembers : inputMembers;
}

/** The document after a PUT, but for its timestamp. */
function updatedContent(context: CallContext, before: JsonObject, input: JsonObject): JsonObject {
  if (context.switches.put === "merge") return { ...before, ...input };
  // Members that clients may write are replaced as a whole; what only the server knows stays.
  const writable = (member: string) =>
    (inputMembers as readonly string[]).includes(member) ||
    (context.switches.unknownMembers === "kept" && !isServerMember(member));
  const replaced = context.switches.serverDefaults ? withDefaults(input, context) : input;
  const kept = Object.entries(before).filter(
    ([member]) => Object.hasOwn(replaced, member) || !writable(member),
  );
  return { ...Object.fromEntries(kept), ...replaced };
}

function isServerMember(member: string): boolean {
  return (serverMembers as readonly string[]).includes(member);
}

function withDefaults(input: JsonObject, { switches }: CallContext): JsonObject {
  const defaults: JsonObject = { dynamic_variables: {}, tool_mocks: [], llm_model: switches.defaultModel };
  return { ...input, ...defaults, ...input };
}

/** A deleted engine may take its definitions out of reach. */
function isHidden(
  { workspace, switches }: Pick<CallContext, "workspace" | "switches">,
  document: JsonObject,
) {
  return switches.orphans === "hidden" && workspace.deletedEngines.has(engineKeyOf(document));
}

/** The status that refuses this engine, where one does. */
function refusedEngine({ workspace, switches }: CallContext, content: JsonObject): number | undefined {
  const reference = content["response_engine"];
  if (!isJsonObject(reference)) return undefined;
  const { type } = reference;
  const id = reference[engineIdMember(type) ?? ""];
  const engine = workspace.engines.get(engineKey(String(type), String(id)));
  if (engine === undefined) {
    return switches.unknownEngineOnWrite === "accepted" ? undefined : switches.unknownEngineOnWrite;
  }
  const version = numberOf(reference["version"]);
  const exists =
    version === undefined || (Number.isInteger(version) && version >= 0 && version <= engine.version);
  if (exists || switches.unknownEngineVersion === "accepted") return undefined;
  return switches.unknownEngineVersion;
}

/** The status that refuses a name that another definition of the engine has, where one does. */
function refusedName(
  { workspace, switches }: CallContext,
  content: JsonObject,
  id: string | undefined,
): number | undefined {
  if (switches.duplicateNames === "accepted") return undefined;
  const others = workspace.rows({ scope: engineKeyOf(content) }).filter((row) => row.id !== id);
  const taken = others.some(({ document }) => document["name"] === content["name"]);
  return taken ? switches.duplicateNames : undefined;
}
