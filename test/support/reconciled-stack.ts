/** Scopes of a local stack that are reconciled by hand: what a test does to them outside, and what it expects then. */
import { expect } from "vitest";
import type { Effect } from "../../infra/local/simulators/effects-log.ts";
import type { LocalStack } from "./local-stack.ts";
import { type RunView, reconcile, scopeOf, type VersionView } from "./stack-runs.ts";
import { addEngine, caseOf, createOutside } from "./stack-workspace.ts";
import { waitFor } from "./wait-for.ts";

export type ReconciledStack = ReturnType<typeof reconciledStack>;

/** `settleMs`: the connection's settle time. */
export function reconciledStack(stack: () => LocalStack, settleMs: number) {
  const changedAt = async (definitionId: string): Promise<number> => {
    const effects = await stack().simulator<Effect[]>("GET", `effects?definitionId=${definitionId}`);
    return effects.at(-1)?.at ?? 0;
  };
  return {
    /** An engine of its own for a test, with as many definitions, all of them recorded. */
    async recordedScope(llmId: string, count: number): Promise<{ scope: string; ids: string[] }> {
      await addEngine(stack(), llmId);
      const ids = await createOutside(stack(), count, caseOf(llmId));
      const scope = `retell-llm:${llmId}`;
      const run = await reconcile(stack(), scope);
      expect(scopeOf(run, scope)).toMatchObject({ status: "completed", counts: { baselines: count } });
      // What was recorded within the settle time is not believed to be gone again.
      await passed(run, settleMs);
      return { scope, ids };
    },

    edit: (definitionId: string, prompt: string) =>
      stack().simulator("POST", "edits", { action: "edit", definitionId, set: { user_prompt: prompt } }),

    remove: (definitionIds: readonly string[]) =>
      stack().simulator(
        "POST",
        "edits",
        definitionIds.map((definitionId) => ({ action: "delete", definitionId })),
      ),

    definition: (definitionId: string) =>
      stack().api("GET", `/connections/retell/definitions/${definitionId}`),

    decide: (run: RunView, how: "confirm" | "discard", body?: object) =>
      stack().api<RunView>("POST", `/reconciliations/${run.runId}/${how}`, { ...(body && { body }) }),

    /** The change happened in the version's interval, and that is no wider than the two runs around it. */
    async expectInterval(
      definitionId: string,
      { occurredBetween, effectiveAt }: VersionView,
      { before, after }: { readonly before: RunView; readonly after: RunView },
    ): Promise<void> {
      const [from = Number.NaN, to = Number.NaN] = (occurredBetween ?? []).map(Date.parse);
      const at = await changedAt(definitionId);
      expect(from).toBeLessThanOrEqual(at);
      expect(to).toBeGreaterThanOrEqual(at);
      expect(from).toBeGreaterThanOrEqual(Date.parse(before.startedAt) - TOLERANCE_MS);
      expect(to).toBeLessThanOrEqual(Date.parse(after.finishedAt));
      expect(Date.parse(effectiveAt)).toBeGreaterThanOrEqual(from);
      expect(Date.parse(effectiveAt)).toBeLessThanOrEqual(to);
    },

    /** Calls to the provider since then, by method and kind of path. */
    async callsSince(number: number): Promise<string[]> {
      const calls = await stack().simulator<{ method: string; path: string }[]>(
        "GET",
        `requests?after=${number}`,
      );
      return calls.map(({ method, path }) => `${method} ${path.replace(/\/test_case_.*/, "")}`);
    },

    callsSoFar: async () => (await stack().simulator<unknown[]>("GET", "requests")).length,
  };
}

/** What may be off on both sides: the settle time, in which a list may lag, and timestamps in whole seconds. */
const TOLERANCE_MS = 3_000;

/** So much time since the end of the run. */
export const passed = ({ finishedAt }: RunView, ms: number) =>
  waitFor(() => Date.now() > Date.parse(finishedAt) + ms, {
    timeoutMs: ms + 5_000,
    what: `${ms} ms to pass`,
  });
