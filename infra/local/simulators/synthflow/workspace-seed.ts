/** What a workspace of Synthflow holds besides its cases. */
import * as z from "zod/mini";
import { jsonObjectSchema, workspaceSeedMembers } from "../workspace-seed.ts";

const name = z.string().check(z.minLength(1));

export const agentSchema = z.strictObject({
  model_id: name,
  agent_name: z._default(z.string(), "Agent"),
  agent_type: z._default(z.string(), "inbound"),
  voice_engine_type: z._default(z.string(), "v2"),
  phone_number: z._default(z.nullable(z.string()), null),
  /** As the server writes timestamps. */
  updated_at: z._default(z.string(), "2025-10-01T09:30:00.000000"),
  image_url: z._default(z.nullable(z.string()), null),
});

export const suiteSchema = z.strictObject({
  id: name,
  name: z._default(z.string(), "Suite"),
  /** The agent that the suite is tied to. */
  model_id: name,
  /** Every other member of its rows. */
  members: z._default(jsonObjectSchema, {}),
});

export const workspaceSeedSchema = z.strictObject({
  ...workspaceSeedMembers,
  agents: z._default(z.array(agentSchema), []),
  suites: z._default(z.array(suiteSchema), []),
});

export const apiKeySchema = z.strictObject({
  /** Id of the workspace. */
  workspace: z.string(),
});

export type Agent = z.infer<typeof agentSchema>;
export type Suite = z.infer<typeof suiteSchema>;
export type WorkspaceSeed = z.input<typeof workspaceSeedSchema>;
export type SavedWorkspace = z.infer<typeof workspaceSeedSchema>;
export type ApiKey = z.infer<typeof apiKeySchema>;
