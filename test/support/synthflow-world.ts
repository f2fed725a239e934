/** A simulated Synthflow, real tables and the use case over both. */
import type { SynthflowTypes } from "../../infra/local/simulators/synthflow/plan.ts";
import { startSynthflowSimulator } from "../../infra/local/simulators/synthflow/start-synthflow-simulator.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { type ProviderWorld, withProviderWorld } from "./provider-world.ts";

export const suiteId = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
export const otherSuiteId = "f47ac10b-58cc-4372-a567-0e02b2c3d480";
export const agent = { model_id: "1726005822670-239735712159542050", agent_name: "Billing" };

/** As a create request names it. */
export const billingCase = {
  name: "Billing",
  prompt: "You call about a bill.",
  type: "custom",
  success_criteria: ["The agent explains the bill"],
  call_success_type: "all",
  suite_id: suiteId,
  base_agent_id: agent.model_id,
} satisfies JsonObject;

export type SynthflowWorld = ProviderWorld<SynthflowTypes> & {
  /** Puts a case into the simulated workspace as a colleague would, and answers its id. */
  createOutside(members?: JsonObject): string;
  /** The calls of this method that reached the provider. */
  calls(method: string): readonly { readonly body?: unknown; readonly path: string }[];
};

/** Each test begins with an empty workspace: two suites of one agent. */
export function withSynthflowWorld(): () => SynthflowWorld {
  const world = withProviderWorld<SynthflowTypes>({
    provider: "synthflow",
    start: (options) =>
      startSynthflowSimulator({
        ...options,
        seed: [
          {
            id: "workspace_1",
            agents: [agent],
            suites: [suiteId, otherSuiteId].map((id) => ({ id, model_id: agent.model_id })),
          },
        ],
      }),
    newId: (ordinal) => `9ad09ad3-9c22-441e-ae35-${ordinal.toString(16).padStart(12, "0")}`,
    scopes: ["workspace", `suite:${suiteId}`, `suite:${otherSuiteId}`],
  });
  return () => ({
    ...world(),
    createOutside(members = {}) {
      const { base_agent_id: modelId, ...given } = billingCase;
      const definition = { ...given, base_agent: { model_id: modelId }, ...members };
      const result = world().simulator.workspace.edit({ action: "create", definition });
      if (!result.done || result.definitionId === undefined) throw new Error("nothing was created");
      return result.definitionId;
    },
    calls: (method) => world().simulator.workspace.requests({ method }),
  });
}
