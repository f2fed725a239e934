/**
 * Which messages of a batch a function's answer leaves in the queue. The Lambda developer guide says ("Success
 * and failure conditions"): an absent, null or empty answer or list is complete success; an answer that is not
 * JSON of the right shape and an identifier that is empty, null, under another name or of no message of the batch
 * is complete failure.
 */
import * as z from "zod/mini";

const responseSchema = z.nullable(
  z.object({
    batchItemFailures: z.optional(z.nullable(z.array(z.object({ itemIdentifier: z.string() })))),
  }),
);

/**
 * @param payload the function's answer as JSON text
 * @param messageIds the batch
 * @returns the ids of the messages that failed
 */
export function failedMessages(payload: string, messageIds: readonly string[]): ReadonlySet<string> {
  const response = responseSchema.safeParse(JSON.parse(payload));
  if (!response.success) return new Set(messageIds);
  const failed = new Set(response.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  return failed.isSubsetOf(new Set(messageIds)) ? failed : new Set(messageIds);
}
