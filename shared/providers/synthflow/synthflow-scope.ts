/** Where Synthflow's cases are: in a suite, or in none, which is the workspace itself. */
import type { JsonObject } from "../../platform/json.ts";

export const WORKSPACE = "workspace";

/** A scope is part of table keys: Unicode, and limited in size. */
const MAX_SUITE_ID = 512;

export function scopeOfSuite(suiteId: string): string {
  return `suite:${suiteId}`;
}

/** The scope of a case's content. A suite that cannot be named is none. */
export function scopeOfContent({ suite_id: suiteId }: JsonObject): string {
  const isName =
    typeof suiteId === "string" && suiteId !== "" && suiteId.length <= MAX_SUITE_ID && suiteId.isWellFormed();
  return isName ? scopeOfSuite(suiteId) : WORKSPACE;
}

export function isScope(scope: string): boolean {
  return scope === WORKSPACE || (/^suite:./s.test(scope) && scope.isWellFormed());
}
