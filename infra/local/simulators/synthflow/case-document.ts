/**
 * A simulation case as it is stored and as it is shown: stored is the agent's id only, shown is the agent as it is now,
 * so that an edit of the agent changes what every case of it shows, and no case.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "../../../../shared/platform/json.ts";
import { printedDocument } from "../printed-document.ts";
import type { DocumentKind } from "../simulated-workspace.ts";
import type { Switches } from "./switches.ts";
import type { Agent } from "./workspace-seed.ts";

/** Members that only the server sets. */
export const serverMembers: readonly string[] = [
  "simulation_case_id",
  "workspace_id",
  "created_at",
  "updated_at",
];

export const caseDocuments: DocumentKind = {
  idOf(document) {
    const id = document["simulation_case_id"];
    if (typeof id !== "string" || id === "") throw new Error("a case without simulation_case_id");
    return id;
  },
  createdAtOf: ({ created_at: createdAt }) =>
    typeof createdAt === "string" ? instantOf(createdAt) : undefined,
  scopeOf: scopeOfCase,
  // What is deleted is shown nowhere.
  isDeleted: () => false,
};

/** `suite:<id>`, or `workspace` for a case without one. */
function scopeOfCase({ suite_id: suiteId }: JsonObject): string {
  return typeof suiteId === "string" ? `suite:${suiteId}` : "workspace";
}

export function agentIdOf({ base_agent: agent }: JsonObject): JsonValue | undefined {
  return isJsonObject(agent) ? agent["model_id"] : undefined;
}

export function caseView(
  document: JsonObject,
  agents: ReadonlyMap<string, Agent>,
  switches: Pick<Switches, "answerForm" | "typeMember">,
): JsonValue {
  const agent = agents.get(String(agentIdOf(document)));
  const shown = Object.entries(document)
    .filter(([name]) => name !== "type" || switches.typeMember !== "removed")
    .map(([name, value]): [string, JsonValue] =>
      name === "base_agent" && isJsonObject(value) && agent !== undefined
        ? [name, { ...value, ...agent }]
        : [name, value],
    );
  return printedDocument(Object.fromEntries(shown), switches);
}

/** A timestamp as the server writes it, with Python's six digits or JavaScript's three. */
export function timestampText(
  at: number,
  { timestamps, zoneMinutes }: Pick<Switches, "timestamps" | "zoneMinutes">,
): string {
  const iso = (instant: number) => new Date(instant).toISOString().slice(0, -1);
  switch (timestamps) {
    case "zoneless":
      return `${iso(at + zoneMinutes * 60_000)}000`;
    case "zulu":
      return `${iso(at)}Z`;
    case "offset":
      return `${iso(at + 7_200_000)}000+02:00`;
  }
}

function instantOf(text: string): number {
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}
