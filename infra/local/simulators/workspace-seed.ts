/** What every workspace holds: the form in which it is given at the start and kept in a data file. */
import * as z from "zod/mini";
import { isJsonObject, type JsonObject } from "../../../shared/platform/json.ts";

export const jsonObjectSchema = z.custom<JsonObject>(
  (value) => isJsonObject(value as JsonObject),
  "must be an object",
);

/** The members of every provider's seed schema. */
export const workspaceSeedMembers = {
  id: z.string().check(z.minLength(1)),
  /** Complete documents, ids and timestamps included. */
  definitions: z._default(z.array(jsonObjectSchema), []),
  /** How many definition ids were handed out: none is ever handed out twice. */
  issuedIds: z._default(z.int().check(z.gte(0)), 0),
};

export type WorkspaceSeed = {
  readonly id: string;
  readonly definitions: readonly JsonObject[];
  readonly issuedIds: number;
};
