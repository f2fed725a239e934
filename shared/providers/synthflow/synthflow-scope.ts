/** Where Synthflow's cases are: in a suite, or in none, which is the workspace itself. */
import type { JsonObject } from "../../platform/json.ts";
import { isScopeName } from "../text-member.ts";
import { isCaseId, isInOwnSpelling } from "./synthflow-answer.ts";

export const WORKSPACE = "workspace";

export function scopeOfSuite(suiteId: string): string {
  return `suite:${suiteId}`;
}

/** The scope of a case's content. A suite that cannot be named is none. */
export function scopeOfContent({ suite_id: suiteId }: JsonObject): string {
  return isScopeName(suiteId) ? scopeOfSuite(suiteId) : WORKSPACE;
}

/** A scope that somebody names, not Synthflow: its cases are in none whose UUID is spelt otherwise. */
export function canHaveCases(scope: string): boolean {
  const suiteId = scope.slice(scopeOfSuite("").length);
  return isScope(scope) && (!isCaseId(suiteId) || isInOwnSpelling(suiteId));
}

export function isScope(scope: string): boolean {
  return scope === WORKSPACE || (/^suite:./s.test(scope) && scope.isWellFormed());
}
