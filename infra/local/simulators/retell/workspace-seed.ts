/** What a workspace of Retell holds besides its definitions. */
import * as z from "zod/mini";
import { jsonObjectSchema, workspaceSeedMembers } from "../workspace-seed.ts";

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
  ...workspaceSeedMembers,
  /** As `/get-api-key-info` names it. */
  orgName: z.string(),
  engines: z._default(z.array(engineSchema), []),
  /** As `/get-agent/{id}` answers them; every one has an `agent_id`. */
  agents: z._default(z.array(jsonObjectSchema), []),
  /** Keys (`<type>:<id>`) of engines that were deleted; definitions may have outlived them. */
  deletedEngines: z._default(z.array(z.string()), []),
});

export type Engine = z.infer<typeof engineSchema>;
export type WorkspaceSeed = z.input<typeof workspaceSeedSchema>;
export type SavedWorkspace = z.infer<typeof workspaceSeedSchema>;
