import { caseView, timestampText } from "../../../../infra/local/simulators/synthflow/case-document.ts";
import { startSynthflowSimulator } from "../../../../infra/local/simulators/synthflow/start-synthflow-simulator.ts";
import type { Switches } from "../../../../infra/local/simulators/synthflow/switches.ts";
import type { Connection } from "../../../../shared/platform/config.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { KEY } from "../key-and-time.ts";
import type { ProviderHarness, SimulatedAccount } from "./harness.ts";
import { accountOver, connectionTo, movedClock } from "./simulated-account.ts";

const suiteIds = ["f47ac10b-58cc-4372-a567-0e02b2c3d479", "f47ac10b-58cc-4372-a567-0e02b2c3d480"] as const;
const agent = { model_id: "1726005822670-239735712159542050", agent_name: "Billing" };

/** Whoever knows the zone of its times says so; without it, none tells when a case was made. */
export const synthflowHarness: ProviderHarness = () => synthflowWith({}, { timestampZone: "+00:00" });

/** Synthflow with its open points decided in another way. */
export async function synthflowWith(
  switches: Partial<Switches>,
  options: Partial<Connection> = {},
): Promise<SimulatedAccount> {
  const time = movedClock();
  const simulator = await startSynthflowSimulator({
    keys: { [KEY]: { workspace: "w" } },
    seed: [
      {
        id: "w",
        agents: [agent],
        suites: suiteIds.map((id) => ({ id, name: "S", model_id: agent.model_id })),
      },
    ],
    clock: time.clock,
    switches: { unknownMembers: "kept", ...switches },
  });
  const { workspace } = simulator;

  const definition = (name: string): JsonObject => ({
    name,
    prompt: "You call about a bill.",
    type: "custom",
    success_criteria: ["The agent explains the bill", "The agent stays polite"],
    call_success_type: "all",
    suite_id: suiteIds[0],
    base_agent_id: agent.model_id,
  });

  /** As Synthflow shows it. */
  const outside = (name: string): JsonObject => {
    const { base_agent_id: modelId, ...given } = definition(name);
    return { ...given, base_agent: { model_id: modelId ?? null }, workspace_id: "w" };
  };

  return {
    ...accountOver(simulator, time, outside),
    connection: connectionTo("synthflow", simulator, options),
    scopes: [`suite:${suiteIds[0]}`, `suite:${suiteIds[1]}`],
    foreignScopes: ["retell-llm:llm_1", "prompt:1", "suite", "suite:", "suite:\ud800", "workspaces"],
    definition,
    members: {
      id: "simulation_case_id",
      name: "name",
      prompt: "prompt",
      modified: "updated_at",
      created: "created_at",
    },
    manyDefinitions: { count: 230, pages: Math.ceil(230 / workspace.switches.largestPage) },
    lyingPages: {
      "no items": { list: "no-items" },
      "the items alone": { list: "bare-array" },
      "an item without an id": { list: "item-without-id" },
      "a total that never comes": { list: "more-without-key" },
      "the first page whatever was asked for": { list: "repeating-key" },
    },
    listPath: "/v2/simulation_cases",

    timestamp: (at) => ({ raw: timestampText(at, workspace.switches), at }),

    moveOutside: (definitionId, scope) =>
      void workspace.edit({ action: "move", definitionId, suiteId: scope.slice("suite:".length) }),
    stored(definitionId) {
      const document = workspace.definition(definitionId);
      const agents = workspace.snapshot().workspaces[0]?.agents ?? [];
      const byId = new Map(agents.map((each) => [each.model_id, each]));
      return document && (caseView(document, byId, workspace.switches) as JsonObject);
    },
  };
}
