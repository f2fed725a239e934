/** What a workspace of Tela holds besides its test cases. */
import * as z from "zod/mini";
import { workspaceSeedMembers } from "../workspace-seed.ts";

const id = z.string().check(z.minLength(1));

export const projectSchema = z.strictObject({
  id,
  title: z.string(),
  deleted: z._default(z.boolean(), false),
});

export const promptSchema = z.strictObject({
  id,
  projectId: id,
  title: z.string(),
  deleted: z._default(z.boolean(), false),
});

export const workspaceSeedSchema = z.strictObject({
  ...workspaceSeedMembers,
  projects: z._default(z.array(projectSchema), []),
  /** What the dashboard calls canvases. */
  prompts: z._default(z.array(promptSchema), []),
});

/** A key may see some projects only. */
export const apiKeySchema = z.strictObject({
  /** Id of the workspace. */
  workspace: z.string(),
  projects: z._default(z.union([z.literal("all"), z.array(z.string())]), "all"),
});

export type Project = z.infer<typeof projectSchema>;
export type Prompt = z.infer<typeof promptSchema>;
export type ApiKey = z.infer<typeof apiKeySchema>;
export type ApiKeyInput = z.input<typeof apiKeySchema>;
export type WorkspaceSeed = z.input<typeof workspaceSeedSchema>;
export type SavedWorkspace = z.infer<typeof workspaceSeedSchema>;
