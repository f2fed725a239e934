/** What a workspace holds: the form in which it is given at the start and kept in a data file. */
import * as z from "zod/mini";
import { isJsonObject, type JsonObject } from "../../../../shared/platform/json.ts";

export const jsonObjectSchema = z.custom<JsonObject>(
  (value) => isJsonObject(value as JsonObject),
  "must be an object",
);

export const engineSchema = z.strictObject({
  type: z.enum(["retell-llm", "conversation-flow"]),
  id: z.string().check(z.minLength(1)),
  /** The newest version; an engine has every version from 0 to it. */
  version: z.int().check(z.gte(0)),
  /** Epoch ms. */
  modifiedAt: z.int(),
  /** Every other member of its rows: prompt, model, nodes … */
  members: z._default(jsonObjectSchema, {}),
});

export const workspaceSeedSchema = z.strictObject({
  id: z.string().check(z.minLength(1)),
  /** As `/get-api-key-info` names it. */
  orgName: z.string(),
  engines: z._default(z.array(engineSchema), []),
  /** As `/get-agent/{id}` answers them; every one has an `agent_id`. */
  agents: z._default(z.array(jsonObjectSchema), []),
  /** Complete documents, ids and timestamps included. */
  definitions: z._default(z.array(jsonObjectSchema), []),
  /** Keys (`<type>:<id>`) of engines that were deleted; definitions may have outlived them. */
  deletedEngines: z._default(z.array(z.string()), []),
  /** How many definition ids were handed out: none is ever handed out twice. */
  issuedIds: z._default(z.int().check(z.gte(0)), 0),
});

export type Engine = z.infer<typeof engineSchema>;
export type WorkspaceSeed = z.input<typeof workspaceSeedSchema>;
