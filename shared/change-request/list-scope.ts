/** Reads the whole list of a scope, to find out what a single answer does not tell. */
import type { Look } from "../definition/version.ts";
import type { ObservedDefinition } from "../providers/provider.ts";
import { ProviderCallError } from "../providers/provider-call-error.ts";
import { type Attempt, readOptions } from "./attempt.ts";

export type ScopeList = {
  readonly definitions: readonly ObservedDefinition[];
  readonly look: Look;
};

/** @throws {ProviderCallError} where any page fails; `malformed-answer` for a list that leads in a circle */
export async function listScope(attempt: Attempt, scope: string): Promise<ScopeList> {
  const { provider, clock } = attempt;
  const startedAt = clock.now();
  const definitions: ObservedDefinition[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  let clockAheadMs: number | undefined;
  do {
    const { body, receipt } = await provider.list(scope, cursor, readOptions(attempt));
    definitions.push(...body.definitions);
    // The page that came back fastest tells best what the provider's clock shows.
    if (receipt.clockAheadMs !== undefined) {
      clockAheadMs = Math.max(clockAheadMs ?? Number.NEGATIVE_INFINITY, receipt.clockAheadMs);
    }
    cursor = body.nextCursor;
    if (cursor !== undefined && seen.has(cursor)) throw new ProviderCallError({ code: "malformed-answer" });
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
  const look = { startedAt, endedAt: clock.now(), ...(clockAheadMs !== undefined && { clockAheadMs }) };
  return { definitions, look };
}
