/** Tela's projects, prompts and the key itself, as public clients of Tela read them. */
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { jsonAnswer } from "../json-answer.ts";
import { type CallContext, type Plan, refuse } from "./plan.ts";
import { timestamp } from "./test-case-document.ts";
import type { Project, Prompt } from "./workspace-seed.ts";

export function planListProjects(context: CallContext): Plan {
  const { key, workspace } = context;
  const visible = [...workspace.projects.values()].filter(
    ({ id }) => key.projects === "all" || key.projects.includes(id),
  );
  return { answer: jsonAnswer(200, rowsOf(context, visible)) };
}

/** `projectId` is what is known to be asked for. */
export function planListPrompts(context: CallContext): Plan {
  const { key, query, switches, workspace } = context;
  const projectId = query.get("projectId") ?? "";
  const project = workspace.projects.get(projectId);
  if (projectId === "") return refuse(400, switches, ["projectId is required"]);
  if (key.projects !== "all" && !key.projects.includes(projectId)) return refuse(switches.noAccess, switches);
  if (project === undefined) return refuse(404, switches);
  const prompts = [...workspace.prompts.values()].filter((prompt) => prompt.projectId === projectId);
  const withVersion = query.get("includeLastVersion") === "true";
  const rows = rowsOf(context, prompts).map((row) =>
    withVersion ? { ...row, lastVersion: { promptId: row["id"] ?? null, content: "" } } : row,
  );
  return { answer: jsonAnswer(200, rows) };
}

export function planGetKey({ switches, workspace }: CallContext): Plan {
  const key = { id: "key_1", title: "Test Case Sync" };
  const answers = {
    key,
    "key-with-workspace": { ...key, workspaceId: workspace.id },
    list: [{ ...key, workspaceId: workspace.id }],
  };
  return { answer: jsonAnswer(200, answers[switches.keyAnswer]) };
}

function rowsOf({ switches, workspace }: CallContext, parents: readonly (Project | Prompt)[]): JsonObject[] {
  const at = timestamp(0, switches);
  return parents
    .filter(({ deleted }) => !deleted || switches.deletedParents === "listed")
    .map(({ deleted, ...members }) => ({
      ...members,
      workspaceId: workspace.id,
      createdAt: at,
      updatedAt: at,
      deletedAt: deleted ? at : null,
    }));
}
