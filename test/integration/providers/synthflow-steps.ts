/** The steps that tests of Synthflow's edits are told in, and what each of them demands of every call. */
import { afterEach, expect } from "vitest";
import { nextVersion } from "../../../shared/definition/history/version.ts";
import { stateOf } from "../../../shared/definition/mirror/observed-state.ts";
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { SynthflowWorld } from "../../support/synthflow-world.ts";

export function synthflowSteps(world: () => SynthflowWorld) {
  const workspace = () => world().simulator.workspace;

  // Runs, simulations and generations cost money; `by_agent` has no pages.
  afterEach(() => {
    for (const { path } of workspace().requests()) {
      expect(path).toMatch(/^\/v2\/(simulation_cases(\/[0-9a-f-]{36})?|assistants)$/);
    }
    for (const { body } of workspace().requests({ method: "PUT" })) {
      const allowed = ["name", "prompt", "success_criteria", "call_success_type", "suite_id"];
      for (const [name, value] of Object.entries(body as JsonObject)) {
        expect(allowed).toContain(name);
        expect(value).not.toBeNull();
      }
    }
  });

  return {
    workspace,
    update: (definitionId: string, patch: JsonObject | readonly JsonObject[]) =>
      world().apply({ operation: "update", definitionId, patch }),
    /** As a run records what it meets for the first time. */
    async baselineOf(definitionId: string): Promise<void> {
      const { commits, connection, mirrors, provider } = world().dependencies();
      const { body } = await provider.get(definitionId, { timeoutMs: 10_000 });
      const now = world().clock.now();
      const key = { connection: connection.id, definitionId };
      const next = nextVersion({
        key,
        head: undefined,
        previousContent: undefined,
        state: stateOf(body, provider.dialect),
        changeType: "baseline",
        source: "reconciliation",
        look: { startedAt: now, endedAt: now },
        now,
      });
      const claim = { target: { kind: "definition", ...key }, token: "run" } as const;
      const lease = { requestId: "run", epoch: 0, token: claim.token, leaseUntil: now + 10_000 };
      expect(await mirrors.takeClaim(claim.target, lease, now)).toMatchObject({ taken: true });
      // The id itself, which is as long as such a token may be.
      const idempotencyToken = definitionId;
      const answer = await commits.commit({ ...next, headVersion: 0, claim, idempotencyToken });
      expect(answer).toEqual({ committed: true });
      await mirrors.releaseClaim(claim.target, claim.token);
    },
    /** `<change type> <source>` of each version. */
    history: async (definitionId: string): Promise<readonly string[]> =>
      (await world().versions(definitionId)).map(({ record }) => `${record.changeType} ${record.source}`),
  };
}
