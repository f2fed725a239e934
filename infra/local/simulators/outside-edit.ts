/** What somebody else does at a provider, in the forms that every simulated provider knows. */
import * as z from "zod/mini";
import { requestMatchSchema } from "./request-match.ts";
import { jsonObjectSchema } from "./workspace-seed.ts";

/** The members of every edit. */
export const editTiming = {
  /** Default: the first workspace. */
  workspace: z.exactOptional(z.string()),
  /** Not now, but right before or after the effect of the requests that match. */
  when: z.exactOptional(
    z.strictObject({ phase: z.enum(["before", "after"]), match: z._default(requestMatchSchema, {}) }),
  ),
  /** Not now, but so much later. */
  afterMs: z.exactOptional(z.number().check(z.gte(0), z.lte(36_000_000))),
};

const timingSchema = z.object(editTiming);
export type EditTiming = z.infer<typeof timingSchema>;

const definitionId = z.string();

/** A colleague in the dashboard, and an administrator. `seed` and `key`: the provider's schemas. */
export function commonEdits<Seed extends z.ZodMiniType, Key extends z.ZodMiniType>(seed: Seed, key: Key) {
  return [
    /** Replaces or removes whole top-level members; any member and any value, the dashboard knows more than the API. */
    z.strictObject({
      ...editTiming,
      action: z.literal("edit"),
      definitionId,
      set: z._default(jsonObjectSchema, {}),
      unset: z._default(z.array(z.string()), []),
      /** Whether the modification time advances. */
      bumpTimestamp: z._default(z.boolean(), true),
    }),
    z.strictObject({ ...editTiming, action: z.literal("rename"), definitionId, name: z.string() }),
    z.strictObject({ ...editTiming, action: z.literal("delete"), definitionId }),
    /** `definition` lacks what the server sets. */
    z.strictObject({ ...editTiming, action: z.literal("create"), definition: jsonObjectSchema }),
    z.strictObject({
      ...editTiming,
      action: z.literal("duplicate"),
      definitionId,
      name: z.exactOptional(z.string()),
    }),
    z.strictObject({ ...editTiming, action: z.literal("add-workspace"), seed }),
    /** Changes a key, puts another workspace behind it, or (`null`) revokes it. */
    z.strictObject({ ...editTiming, action: z.literal("set-key"), apiKey: z.string(), key: z.nullable(key) }),
  ] as const;
}

/** With the provider's own seed and key, whatever they are. */
export type CommonEdit = z.infer<ReturnType<typeof commonEdits>[number]>;
