/** How workspaces are kept in a data file: all of them on the first line, then one line per changed definition. */
import * as z from "zod/mini";
import { type JsonObject, parseJson, stringifyJson } from "../../../../shared/platform/json.ts";
import { definitionIdOf } from "./test-case-document.ts";
import { jsonObjectSchema, type WorkspaceSeed, workspaceSeedSchema } from "./workspace-seed.ts";

const savedSchema = z.strictObject({ format: z.literal(1), workspaces: z.array(workspaceSeedSchema) });

const changeSchema = z.strictObject({
  workspace: z.string(),
  definitionId: z.string(),
  issuedIds: z.int(),
  /** Absent: deleted. */
  document: z.exactOptional(jsonObjectSchema),
});

export function savedLine(workspaces: readonly WorkspaceSeed[]): string {
  return stringifyJson({ format: 1, workspaces });
}

export function changeLine(change: {
  workspace: string;
  definitionId: string;
  issuedIds: number;
  document?: JsonObject;
}): string {
  return stringifyJson(change);
}

/** @throws where the lines are not from a data file of this simulator; the message says what is wrong */
export function readSavedWorkspaces([first = "", ...changes]: readonly string[]): readonly WorkspaceSeed[] {
  const { workspaces } = savedSchema.parse(parseJson(first));
  const byId = new Map(
    workspaces.map((seed) => {
      const definitions = seed.definitions.map((document) => [definitionIdOf(document), document] as const);
      return [seed.id, { seed, definitions: new Map(definitions) }];
    }),
  );
  for (const line of changes) {
    const { workspace, definitionId, issuedIds, document } = changeSchema.parse(parseJson(line));
    const changed = byId.get(workspace);
    if (changed === undefined)
      throw new RangeError(`the data file changes an unknown workspace ${workspace}`);
    changed.seed.issuedIds = issuedIds;
    if (document === undefined) changed.definitions.delete(definitionId);
    else changed.definitions.set(definitionId, document);
  }
  return [...byId.values()].map(({ seed, definitions }) => ({
    ...seed,
    definitions: [...definitions.values()],
  }));
}
