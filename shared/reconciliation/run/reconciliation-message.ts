/** The messages of a run: identities only, so that one that comes twice or late does no harm. */
import * as z from "zod/mini";
import { asciiJson } from "../../platform/ascii-json.ts";

const text = z.string().check(z.minLength(1));

const messageSchema = z.discriminatedUnion("kind", [
  /** Find the run's scopes. */
  z.strictObject({ kind: z.literal("discover"), connection: text, runId: text }),
  /** Reconcile one of them. */
  z.strictObject({ kind: z.literal("scope"), connection: text, runId: text, scope: text }),
]);

export type ReconciliationMessage = z.infer<typeof messageSchema>;
export type DiscoverMessage = Extract<ReconciliationMessage, { kind: "discover" }>;
export type ScopeMessage = Extract<ReconciliationMessage, { kind: "scope" }>;

/** ASCII only: SQS replaces some characters, and refuses others. */
export function reconciliationMessageBody(message: ReconciliationMessage): string {
  return asciiJson(message);
}

/** `undefined` for a body that is no message of a run. */
export function parseReconciliationMessage(body: string): ReconciliationMessage | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  const parsed = messageSchema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}
