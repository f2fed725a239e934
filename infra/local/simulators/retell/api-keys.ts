/** The API keys of the simulated Retell: a key belongs to one workspace and may be restricted. */
import * as z from "zod/mini";

const levels = ["none", "read", "edit"] as const;
const level = z.enum(levels);

/** The dashboard's "Restrict permissions": `testing` are test cases, `agent` are agents and their engines. */
const permissionsSchema = z.strictObject({
  testing: z._default(level, "edit"),
  agent: z._default(level, "edit"),
});

export const apiKeySchema = z.strictObject({
  /** Id of the workspace. */
  workspace: z.string(),
  name: z._default(z.nullable(z.string()), null),
  permissions: z._default(permissionsSchema, { testing: "edit", agent: "edit" }),
});

export type Permissions = z.infer<typeof permissionsSchema>;
export type ApiKey = z.infer<typeof apiKeySchema>;
export type ApiKeyInput = z.input<typeof apiKeySchema>;

export function allows(granted: Permissions, needed: Partial<Permissions> = {}): boolean {
  return (Object.keys(needed) as (keyof Permissions)[]).every(
    (group) => levels.indexOf(granted[group]) >= levels.indexOf(needed[group] ?? "none"),
  );
}
