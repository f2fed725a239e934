/** The members of a Tela test case that the simulator itself reads and writes. */
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import type { DocumentKind } from "../simulated-workspace.ts";
import type { Switches } from "./switches.ts";

/** The read model, in the order of its documents. Lists with generations show one more. */
export const readMembers = [
  "id",
  "title",
  "messages",
  "variables",
  "variablesRichContent",
  "files",
  "promptId",
  "expectedOutput",
  "answers",
  "promptApplicationId",
  "metadata",
  "createdAt",
  "updatedAt",
  "deletedAt",
] as const;

/** Members that only the server sets. */
export const serverMembers: ReadonlySet<string> = new Set([
  "id",
  "createdAt",
  "updatedAt",
  "deletedAt",
  "generations",
]);

export const testCaseDocuments: DocumentKind = {
  idOf(document) {
    const { id } = document;
    if (typeof id !== "string" || id === "") throw new Error("a test case without id");
    return id;
  },
  createdAtOf: ({ createdAt }) => (typeof createdAt === "string" ? Date.parse(createdAt) : undefined),
  scopeOf: promptOf,
  isDeleted: ({ deletedAt }) => typeof deletedAt === "string",
};

export function promptOf({ promptId }: JsonObject): string {
  return typeof promptId === "string" ? promptId : "";
}

export function timestamp(at: number, { timestampForm }: Pick<Switches, "timestampForm">): string {
  const text = new Date(at).toISOString();
  return timestampForm === "seconds" ? text.replace(/\.\d+Z$/, "Z") : text;
}

/** A new test case: what it was not given is null, but for its title. */
export function newDocument(
  members: JsonObject,
  id: string,
  stamp: number,
  switches: Pick<Switches, "timestampForm">,
): JsonObject {
  const at = timestamp(stamp, switches);
  const known = readMembers.map((member): [string, JsonValue] => [member, members[member] ?? null]);
  const server = { id, createdAt: at, updatedAt: at, deletedAt: null };
  return { ...Object.fromEntries(known), ...members, title: members["title"] ?? "", ...server };
}

export function stamped(
  document: JsonObject,
  stamp: number,
  switches: Pick<Switches, "timestampForm">,
): JsonObject {
  return { ...document, updatedAt: timestamp(stamp, switches) };
}

/** Tela keeps what was deleted. */
export function markedAsDeleted(
  document: JsonObject,
  stamp: number,
  switches: Pick<Switches, "timestampForm" | "deleteTouchesUpdatedAt">,
): JsonObject {
  const marked = { ...document, deletedAt: timestamp(stamp, switches) };
  return switches.deleteTouchesUpdatedAt ? stamped(marked, stamp, switches) : marked;
}
