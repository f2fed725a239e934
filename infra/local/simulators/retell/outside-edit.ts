/** What somebody else does at Retell: a colleague in the dashboard, Retell's own migrations, an administrator. */
import * as z from "zod/mini";
import { commonEdits, editTiming } from "../outside-edit.ts";
import { jsonObjectSchema } from "../workspace-seed.ts";
import { apiKeySchema } from "./api-keys.ts";
import { engineSchema, workspaceSeedSchema } from "./workspace-seed.ts";

export const outsideEditSchema = z.discriminatedUnion("action", [
  ...commonEdits(workspaceSeedSchema, apiKeySchema),
  z.strictObject({
    ...editTiming,
    action: z.literal("move"),
    definitionId: z.string(),
    responseEngine: jsonObjectSchema,
  }),
  /** A background migration: retired model name → its replacement, in every stored definition. */
  z.strictObject({
    ...editTiming,
    action: z.literal("migrate-models"),
    replacements: z.record(z.string(), z.string()),
    bumpTimestamp: z.boolean(),
  }),
  z.strictObject({ ...editTiming, action: z.literal("add-engine"), engine: engineSchema }),
  z.strictObject({
    ...editTiming,
    action: z.literal("delete-engine"),
    type: z.enum(["retell-llm", "conversation-flow"]),
    id: z.string(),
  }),
]);

/** As a caller writes it; what is absent has its default. */
export type OutsideEditInput = z.input<typeof outsideEditSchema>;
export type OutsideEdit = z.infer<typeof outsideEditSchema>;
