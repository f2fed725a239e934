/** A paged list, read to its end. */
import type { Answer } from "./provider.ts";
import { ProviderCallError } from "./provider-call-error.ts";

/** A list that is still not at its end is taken for an endless one. */
const MAX_PAGES = 2_000;

/**
 * The answers page by page, whatever `read` makes of a cursor.
 * @throws {ProviderCallError} what `read` throws; `malformed-answer` for a list that leads in a circle or has no end
 */
export async function* allPages<Page extends { readonly nextCursor?: string }>(
  read: (cursor: string | undefined) => Promise<Answer<Page>>,
): AsyncGenerator<Answer<Page>> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const answer = await read(cursor);
    yield answer;
    cursor = answer.body.nextCursor;
    const isEndless = cursor !== undefined && (seen.has(cursor) || seen.size >= MAX_PAGES);
    if (isEndless) throw new ProviderCallError({ code: "malformed-answer" });
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
