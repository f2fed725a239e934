/** What somebody else does at Tela: a colleague in the dashboard, an administrator. */
import * as z from "zod/mini";
import { commonEdits, editTiming } from "../outside-edit.ts";
import { apiKeySchema, projectSchema, promptSchema, workspaceSeedSchema } from "./workspace-seed.ts";

const definitionId = z.string();

export const outsideEditSchema = z.discriminatedUnion("action", [
  ...commonEdits(workspaceSeedSchema, apiKeySchema),
  z.strictObject({ ...editTiming, action: z.literal("move"), definitionId, promptId: z.string() }),
  /** Takes the mark of a deletion away. */
  z.strictObject({ ...editTiming, action: z.literal("undelete"), definitionId }),
  /** For good. */
  z.strictObject({ ...editTiming, action: z.literal("purge"), definitionId }),
  z.strictObject({ ...editTiming, action: z.literal("put-project"), project: projectSchema }),
  z.strictObject({ ...editTiming, action: z.literal("put-prompt"), prompt: promptSchema }),
]);

/** As a caller writes it; what is absent has its default. */
export type OutsideEditInput = z.input<typeof outsideEditSchema>;
export type OutsideEdit = z.infer<typeof outsideEditSchema>;
