/** What somebody else does at the provider: a colleague in the dashboard, Retell's own migrations, an administrator. */
import * as z from "zod/mini";
import { requestMatchSchema } from "../request-match.ts";
import { apiKeySchema } from "./api-keys.ts";
import { engineSchema, jsonObjectSchema, workspaceSeedSchema } from "./workspace-seed.ts";

const common = {
  /** Default: the first workspace. */
  workspace: z.exactOptional(z.string()),
  /** Not now, but right before or after the effect of the requests that match. */
  when: z.exactOptional(
    z.strictObject({ phase: z.enum(["before", "after"]), match: z._default(requestMatchSchema, {}) }),
  ),
  /** Not now, but so much later. */
  afterMs: z.exactOptional(z.number().check(z.gte(0), z.lte(36_000_000))),
};

const definitionId = z.string();
/** Whether `user_modified_timestamp` advances. */
const bumpTimestamp = z._default(z.boolean(), true);

export const outsideEditSchema = z.discriminatedUnion("action", [
  /** Replaces or removes whole top-level members; any member and any value, the dashboard knows more than the API. */
  z.strictObject({
    ...common,
    action: z.literal("edit"),
    definitionId,
    set: z._default(jsonObjectSchema, {}),
    unset: z._default(z.array(z.string()), []),
    bumpTimestamp,
  }),
  z.strictObject({ ...common, action: z.literal("rename"), definitionId, name: z.string() }),
  z.strictObject({ ...common, action: z.literal("move"), definitionId, responseEngine: jsonObjectSchema }),
  z.strictObject({ ...common, action: z.literal("delete"), definitionId }),
  /** `definition` lacks what the server sets. */
  z.strictObject({ ...common, action: z.literal("create"), definition: jsonObjectSchema }),
  z.strictObject({
    ...common,
    action: z.literal("duplicate"),
    definitionId,
    name: z.exactOptional(z.string()),
  }),
  /** A background migration: retired model name → its replacement, in every stored definition. */
  z.strictObject({
    ...common,
    action: z.literal("migrate-models"),
    replacements: z.record(z.string(), z.string()),
    bumpTimestamp: z.boolean(),
  }),
  z.strictObject({ ...common, action: z.literal("add-engine"), engine: engineSchema }),
  z.strictObject({
    ...common,
    action: z.literal("delete-engine"),
    type: z.enum(["retell-llm", "conversation-flow"]),
    id: z.string(),
  }),
  z.strictObject({ ...common, action: z.literal("add-workspace"), seed: workspaceSeedSchema }),
  /** Restricts a key, puts another workspace behind it, or (`null`) revokes it. */
  z.strictObject({
    ...common,
    action: z.literal("set-key"),
    apiKey: z.string(),
    key: z.nullable(apiKeySchema),
  }),
]);

/** As a caller writes it; what is absent has its default. */
export type OutsideEditInput = z.input<typeof outsideEditSchema>;
export type OutsideEdit = z.infer<typeof outsideEditSchema>;
