import { startRetellSimulator } from "../../../../infra/local/simulators/retell/start-retell-simulator.ts";
import { KEY } from "../key-and-time.ts";
import type { ProviderHarness } from "./harness.ts";
import { accountOver, connectionTo, movedClock } from "./simulated-account.ts";

const engines = ["llm_1", "llm_2"] as const;
const engineOf = (scope: string) => ({ type: "retell-llm", llm_id: scope.split(":")[1] ?? "", version: 0 });

export const retellHarness: ProviderHarness = async () => {
  const time = movedClock();
  const simulator = await startRetellSimulator({
    keys: { [KEY]: { workspace: "w" } },
    seed: [
      {
        id: "w",
        orgName: "Acme",
        engines: engines.map((id) => ({ type: "retell-llm", id, version: 3, modifiedAt: 0 })),
      },
    ],
    clock: time.clock,
    // Least kind: what a PUT leaves out is gone, unknown members as well.
    switches: { put: "replace", unknownMembers: "kept" },
  });
  const { workspace } = simulator;

  const definition = (name: string) => ({
    name,
    response_engine: engineOf("retell-llm:llm_1"),
    user_prompt: "You want your money back.",
    metrics: ["The agent offers a refund"],
    dynamic_variables: { order: "17" },
    tool_mocks: [{ tool_name: "lookup", input_match_rule: { type: "any" }, output: '{"ok":true}' }],
    llm_model: "gpt-4.1",
  });

  return {
    ...accountOver(simulator, time, definition),
    connection: connectionTo("retell", simulator),
    scopes: ["retell-llm:llm_1", "retell-llm:llm_2"],
    foreignScopes: [
      "workspace",
      "suite:1",
      "prompt:1",
      "other:custom-llm",
      "retell-llm:",
      "retell-llm:\ud800",
    ],
    workspace: "Acme",
    definition,
    members: {
      id: "test_case_definition_id",
      name: "name",
      prompt: "user_prompt",
      modified: "user_modified_timestamp",
      created: "creation_timestamp",
    },
    manyDefinitions: { count: 230, pages: 3 },
    lyingPages: {
      "no items": { list: "no-items" },
      "an item without an id": { list: "item-without-id" },
      "more pages without a key": { list: "more-without-key" },
      "a key that comes again": { list: "repeating-key" },
    },
    listPath: "/v2/list-test-case-definitions",

    timestamp: (at) => ({ raw: at, at }),

    moveOutside: (definitionId, scope) =>
      void workspace.edit({ action: "move", definitionId, responseEngine: engineOf(scope) }),
  };
};
