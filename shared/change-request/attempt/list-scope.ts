/** Reads the whole list of a scope, to find out what a single answer does not tell. */
import type { Look } from "../../definition/history/version.ts";
import { allPages } from "../../providers/all-pages.ts";
import type { ObservedDefinition } from "../../providers/provider.ts";
import { type Attempt, readOptions } from "./attempt.ts";

export type ScopeList = {
  readonly definitions: readonly ObservedDefinition[];
  /** What the list shows of other scopes. */
  readonly elsewhere: readonly ObservedDefinition[];
  readonly look: Look;
};

/** @throws {ProviderCallError} where any page fails; `malformed-answer` for a list that leads in a circle */
export async function listScope(attempt: Attempt, scope: string): Promise<ScopeList> {
  const { provider, clock } = attempt;
  const startedAt = clock.now();
  const definitions: ObservedDefinition[] = [];
  const elsewhere: ObservedDefinition[] = [];
  let clockAheadMs: number | undefined;
  const pages = allPages((cursor) => provider.list(scope, cursor, readOptions(attempt)));
  for await (const { body, receipt } of pages) {
    definitions.push(...body.definitions);
    elsewhere.push(...(body.elsewhere ?? []));
    // The page that came back fastest tells best what the provider's clock shows.
    if (receipt.clockAheadMs !== undefined) {
      clockAheadMs = Math.max(clockAheadMs ?? Number.NEGATIVE_INFINITY, receipt.clockAheadMs);
    }
  }
  const look = { startedAt, endedAt: clock.now(), ...(clockAheadMs !== undefined && { clockAheadMs }) };
  return { definitions, elsewhere, look };
}
