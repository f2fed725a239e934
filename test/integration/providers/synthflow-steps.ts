/** The steps that tests of Synthflow's edits are told in, and what each of them demands of every call. */
import { afterEach, expect } from "vitest";
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
    /** `<change type> <source>` of each version. */
    history: async (definitionId: string): Promise<readonly string[]> =>
      (await world().versions(definitionId)).map(({ record }) => `${record.changeType} ${record.source}`),
  };
}
