/** Opaque cursors: where the next page of a list starts. */
import * as z from "zod/mini";
import { invalidParameter } from "./problem.ts";

/** `list` names the list, so that a cursor of another one is refused. */
export function cursorOf(list: string, position: unknown): string {
  return Buffer.from(JSON.stringify([list, position]), "utf8").toString("base64url");
}

/** @throws {Problem} for a cursor that this list did not write */
export function positionOf<Schema extends z.ZodMiniType>(
  list: string,
  cursor: string | undefined,
  schema: Schema,
): z.output<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const parsed = z.tuple([z.literal(list), schema]).safeParse(decoded(cursor));
  if (!parsed.success) throw invalidParameter("cursor", "is not one that this list gave");
  return parsed.data[1] as z.output<Schema>;
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    // As good as absent: the schema refuses it.
    return undefined;
  }
}
