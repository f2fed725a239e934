import { startRetellSimulator } from "../../../../infra/local/simulators/retell/start-retell-simulator.ts";
import { systemClock } from "../../../../infra/local/simulators/simulator-clock.ts";
import { parseConnections } from "../../../../shared/platform/config.ts";
import { KEY, NOW } from "../provider-call-context.ts";
import type { ProviderHarness } from "./harness.ts";

const engines = ["llm_1", "llm_2"] as const;
const engineOf = (scope: string) => ({ type: "retell-llm", llm_id: scope.split(":")[1] ?? "", version: 0 });

export const retellHarness: ProviderHarness = async () => {
  let now = NOW;
  const simulator = await startRetellSimulator({
    keys: { [KEY]: { workspace: "w" } },
    seed: [
      {
        id: "w",
        orgName: "Acme",
        engines: engines.map((id) => ({ type: "retell-llm", id, version: 3, modifiedAt: 0 })),
      },
    ],
    clock: { ...systemClock, now: () => now },
    // Least kind: what a PUT leaves out is gone, unknown members as well.
    switches: { put: "replace", unknownMembers: "kept" },
  });
  const { workspace } = simulator;
  const [connection] = parseConnections([{ id: "retell", provider: "retell", baseUrl: simulator.url }]);
  if (connection === undefined) throw new Error("no connection");

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
    connection,
    apiKey: KEY,
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

    now: () => now,
    pass(ms) {
      now += ms;
    },
    timestamp: (at) => ({ raw: at, at }),

    createOutside(name, members = {}) {
      const result = workspace.edit({ action: "create", definition: { ...definition(name), ...members } });
      if (!result.done || result.definitionId === undefined) throw new Error("nothing was created");
      return result.definitionId;
    },
    writeOutside(definitionId, member, value) {
      const change = value === undefined ? { unset: [member] } : { set: { [member]: value } };
      workspace.edit({ action: "edit", definitionId, bumpTimestamp: false, ...change });
    },
    editOutside: (definitionId, set) => void workspace.edit({ action: "edit", definitionId, set }),
    moveOutside: (definitionId, scope) =>
      void workspace.edit({ action: "move", definitionId, responseEngine: engineOf(scope) }),
    stored: (definitionId) => workspace.definition(definitionId),

    addFault: (fault) => void workspace.addFault(fault),
    clearFaults: () => workspace.clearFaults(),
    requests: () => workspace.requests(),
    effects: () => workspace.effects(),
    reset() {
      now = NOW;
      simulator.workspace.reset();
    },
    close: () => simulator.close(),
  };
};
