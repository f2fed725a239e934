/** What somebody else does at Synthflow: a colleague in the dashboard, Synthflow itself, an administrator. */
import * as z from "zod/mini";
import { commonEdits, editTiming } from "../outside-edit.ts";
import { agentSchema, apiKeySchema, suiteSchema, workspaceSeedSchema } from "./workspace-seed.ts";

export const outsideEditSchema = z.discriminatedUnion("action", [
  ...commonEdits(workspaceSeedSchema, apiKeySchema),
  /** Into another suite, or (`null`) out of every one. */
  z.strictObject({
    ...editTiming,
    action: z.literal("move"),
    definitionId: z.string(),
    suiteId: z.nullable(z.string()),
  }),
  /** Puts an agent there, or changes one: every case of it shows that, and none is changed. */
  z.strictObject({ ...editTiming, action: z.literal("put-agent"), agent: agentSchema }),
  z.strictObject({ ...editTiming, action: z.literal("put-suite"), suite: suiteSchema }),
  z.strictObject({ ...editTiming, action: z.literal("delete-suite"), id: z.string() }),
]);

/** As a caller writes it; what is absent has its default. */
export type OutsideEditInput = z.input<typeof outsideEditSchema>;
export type OutsideEdit = z.infer<typeof outsideEditSchema>;
