/** How workspaces are kept in a data file: all of them on the first line, then one line per changed definition. */
import * as z from "zod/mini";
import { type JsonObject, parseJson, stringifyJson } from "../../../shared/platform/json.ts";
import type { SimulatedProvider, SimulatorTypes } from "./simulated-provider.ts";
import { jsonObjectSchema, type WorkspaceSeed } from "./workspace-seed.ts";

const savedSchema = z.strictObject({ format: z.literal(1), workspaces: z.array(z.unknown()) });

const changeSchema = z.strictObject({
  workspace: z.string(),
  definitionId: z.string(),
  issuedIds: z.int(),
  /** Absent: deleted. */
  document: z.exactOptional(jsonObjectSchema),
});

export function savedLine(workspaces: readonly unknown[]): string {
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
export function readSavedWorkspaces<T extends SimulatorTypes>(
  [first = "", ...changes]: readonly string[],
  { seed: seedSchema, documents }: Pick<SimulatedProvider<T>, "seed" | "documents">,
): readonly T["seed"][] {
  const seeds = savedSchema.parse(parseJson(first)).workspaces.map((saved) => seedSchema.parse(saved));
  const byId = new Map(
    seeds.map((seed) => {
      const definitions = seed.definitions.map((document) => [documents.idOf(document), document] as const);
      return [seed.id, { seed, issuedIds: seed.issuedIds, definitions: new Map(definitions) }];
    }),
  );
  for (const line of changes) {
    const { workspace, definitionId, issuedIds, document } = changeSchema.parse(parseJson(line));
    const changed = byId.get(workspace);
    if (changed === undefined)
      throw new RangeError(`the data file changes an unknown workspace ${workspace}`);
    changed.issuedIds = issuedIds;
    if (document === undefined) changed.definitions.delete(definitionId);
    else changed.definitions.set(definitionId, document);
  }
  return [...byId.values()].map(({ seed, issuedIds, definitions }): WorkspaceSeed & T["seed"] => ({
    ...seed,
    issuedIds,
    definitions: [...definitions.values()],
  }));
}
