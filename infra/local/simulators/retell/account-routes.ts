/** Retell's single engines, agents and the key's own description. */
import { isJsonObject } from "../../../../shared/platform/json.ts";
import { jsonAnswer } from "../json-answer.ts";
import { pageOf } from "./list-page.ts";
import { engineDocument } from "./list-routes.ts";
import { type CallContext, type Plan, refuse } from "./plan.ts";
import { engineKey } from "./test-case-document.ts";
import type { Engine } from "./workspace-seed.ts";

/** @param missing documented: 422 for a Retell LLM, 404 for a conversation flow */
export function planGetEngine(type: Engine["type"], missing: 404 | 422): (context: CallContext) => Plan {
  return ({ workspace, id, query }) => {
    const engine = workspace.engines.get(engineKey(type, id));
    if (engine === undefined) return refuse(missing);
    const asked = query.get("version") ?? "latest";
    if (asked !== "latest" && !/^[0-9]{1,9}$/.test(asked)) return refuse(400);
    const version = asked === "latest" ? engine.version : Number(asked);
    return version > engine.version
      ? refuse(missing)
      : { answer: jsonAnswer(200, engineDocument(engine, version)) };
  };
}

export function planKeyInfo({ workspace, key }: CallContext): Plan {
  return { answer: jsonAnswer(200, { org_name: workspace.orgName, api_key_name: key.name }) };
}

/** Paging stands in the query, the body may hold `filter_criteria` (which is accepted and not applied). */
export function planListAgents({ workspace, query, body, switches }: CallContext): Plan {
  if (!isJsonObject(body)) return refuse(400);
  const descending = query.get("sort_order") !== "ascending";
  const agents = descending ? workspace.agents.toReversed() : workspace.agents;
  const listed = agents.map((agent, index) => ({
    id: String(agent["agent_id"]),
    createdAt: descending ? agents.length - index : index,
    item: Object.fromEntries(
      ["agent_id", "agent_name", "channel", "tags", "user_modified_timestamp"]
        .filter((member) => agent[member] !== undefined)
        .map((member) => [member, agent[member]]),
    ) as typeof agent,
  }));
  const result = pageOf(listed, query, { listName: "agents", descending }, switches);
  return result.ok ? { answer: jsonAnswer(200, result.page) } : refuse(result.status);
}

export function planGetAgent({ workspace, id }: CallContext): Plan {
  const agent = workspace.agents.find((candidate) => candidate["agent_id"] === id);
  return agent === undefined ? refuse(404) : { answer: jsonAnswer(200, agent) };
}
