/** Synthflow's simulation cases: create, get, update, delete. What a call would do; nothing is changed here. */
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { jsonAnswer } from "../json-answer.ts";
import { agentIdOf, caseView, timestampText } from "./case-document.ts";
import { readCreate, readUpdate, uuidPattern } from "./case-input.ts";
import { type CallContext, enveloped, type Plan, refuse } from "./plan.ts";

export function planGet(context: CallContext): Plan {
  const { workspace, id, now, switches } = context;
  if (!uuidPattern.test(id)) return refuse(context, switches.malformedId);
  const at = switches.getLagMs === 0 ? Number.POSITIVE_INFINITY : now - switches.getLagMs;
  const document = workspace.definition(id, at);
  if (document === undefined) return refuse(context, 404);
  return { answer: enveloped(caseView(document, workspace.agents, switches)) };
}

export function planCreate(context: CallContext): Plan {
  const { workspace, switches, stamp } = context;
  const input = readCreate(context);
  if (input === undefined) return refuse(context, 422);
  const { base_agent_id: agentId = null, ...members } = input;
  if (agentId !== null && !workspace.agents.has(String(agentId))) return refuse(context, 422);
  const definitionId = workspace.issueId();
  const document = newCase(
    { ...members, base_agent: agentId === null ? null : { model_id: agentId } },
    { id: definitionId, workspaceId: workspace.id, createdAt: timestampText(stamp, switches) },
  );
  const refusal = refusedSuite(context, document);
  if (refusal !== undefined) return refuse(context, refusal);
  const shown = caseView(document, workspace.agents, switches);
  const answer = enveloped(switches.createAnswer === "nested" ? { simulation_case: shown } : shown);
  return { answer, write: { definitionId, document } };
}

/** In the order of Synthflow's own documents. A case without a suite says so. */
export function newCase(
  members: JsonObject,
  { id, workspaceId, createdAt }: { id: string; workspaceId: string; createdAt: string },
): JsonObject {
  const own = { simulation_case_id: id, workspace_id: workspaceId };
  return {
    ...own,
    suite_id: null,
    base_agent: null,
    // A copy brings the original's members along.
    ...members,
    ...own,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

export function planUpdate(context: CallContext): Plan {
  const { workspace, switches, id, stamp } = context;
  if (!uuidPattern.test(id)) return refuse(context, switches.malformedId);
  const before = workspace.definition(id);
  if (before === undefined) return refuse(context, 404);
  const input = readUpdate(context);
  if (input === undefined) return refuse(context, 422);
  // Named PUT, but a part of the members is enough: the others stay.
  const content = { ...before, ...input };
  const refusal = Object.hasOwn(input, "suite_id") ? refusedSuite(context, content) : undefined;
  if (refusal !== undefined) return refuse(context, refusal);
  const isStamped = switches.noOpPutBumpsTimestamp || !isDeepStrictEqual(content, before);
  const document = isStamped ? { ...content, updated_at: timestampText(stamp, switches) } : before;
  return {
    answer: enveloped(caseView(document, workspace.agents, switches)),
    write: { definitionId: id, document },
  };
}

export function planDelete(context: CallContext): Plan {
  const { workspace, switches, id } = context;
  if (!uuidPattern.test(id)) return refuse(context, switches.malformedId);
  const answer = answerToDelete(switches.deleteAnswer);
  if (workspace.definition(id) === undefined) {
    return switches.deleteMissing === 204 ? { answer } : refuse(context, 404);
  }
  return { answer, write: { definitionId: id } };
}

function answerToDelete(form: CallContext["switches"]["deleteAnswer"]): Plan["answer"] {
  if (form === "200-object") return jsonAnswer(200, {});
  return { status: form === "204" ? 204 : 200, headers: {}, body: "" };
}

/** The status that refuses the case's suite, where one does. */
function refusedSuite({ workspace, switches }: CallContext, content: JsonObject): number | undefined {
  const { suite_id: suiteId } = content;
  if (typeof suiteId !== "string") return undefined;
  const suite = workspace.suites.get(suiteId);
  if (suite === undefined) return switches.unknownSuite === "accepted" ? undefined : switches.unknownSuite;
  const agentId = agentIdOf(content);
  const isOthers = agentId !== undefined && agentId !== suite.model_id;
  return isOthers && switches.suiteOfAnotherAgent !== "accepted" ? switches.suiteOfAnotherAgent : undefined;
}
