/** Where Tela's test cases are: at a prompt, which newer documents call a canvas. */
import type { JsonObject } from "../../platform/json.ts";
import { isScopeName } from "../text-member.ts";

export function scopeOfPrompt(promptId: string): string {
  return `prompt:${promptId}`;
}

/** The scope of a test case's content. One whose prompt cannot be named is kept in a scope that cannot be listed. */
export function scopeOfContent({ promptId }: JsonObject): string {
  return isScopeName(promptId) ? scopeOfPrompt(promptId) : "other:unknown";
}

/** The prompt that a scope names; `undefined` for a scope that Tela cannot list. */
export function promptOfScope(scope: string): string | undefined {
  const promptId = /^prompt:(.+)$/s.exec(scope)?.[1];
  return promptId?.isWellFormed() ? promptId : undefined;
}
