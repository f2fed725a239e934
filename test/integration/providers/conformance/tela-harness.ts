import { startTelaSimulator } from "../../../../infra/local/simulators/tela/start-tela-simulator.ts";
import type { JsonObject } from "../../../../shared/platform/json.ts";
import { KEY } from "../key-and-time.ts";
import type { ProviderHarness } from "./harness.ts";
import { accountOver, connectionTo, movedClock } from "./simulated-account.ts";

const prompts = ["5b1c7c39-6c2e-4d0f-8d0e-3a4b5c6d7e8f", "0f9e8d7c-6b5a-4c3d-9e2f-1a0b9c8d7e6f"] as const;

export const telaHarness: ProviderHarness = async () => {
  const time = movedClock();
  const simulator = await startTelaSimulator({
    keys: { [KEY]: { workspace: "w" } },
    seed: [
      {
        id: "w",
        projects: [
          { id: "project_1", title: "Support" },
          { id: "project_2", title: "Sales" },
        ],
        prompts: prompts.map((id, index) => ({
          id,
          projectId: `project_${index + 1}`,
          title: `Canvas ${index}`,
        })),
      },
    ],
    clock: time.clock,
    switches: { unknownMembers: "kept", keyAnswer: "key-with-workspace" },
  });
  const { workspace } = simulator;

  const definition = (title: string): JsonObject => ({
    title,
    messages: [{ role: "user", content: "Where is my order?" }],
    variables: { order: "17" },
    variablesRichContent: {},
    files: [],
    promptId: prompts[0],
    expectedOutput: "The agent asks for the order's number",
    metadata: { source: "craft" },
  });

  return {
    ...accountOver(simulator, time, definition),
    connection: connectionTo("tela", simulator),
    scopes: [`prompt:${prompts[0]}`, `prompt:${prompts[1]}`],
    foreignScopes: ["workspace", "suite:1", "retell-llm:1", "other:unknown", "prompt:", "prompt:\ud800"],
    workspace: "w",
    definition,
    members: {
      id: "id",
      name: "title",
      prompt: "expectedOutput",
      modified: "updatedAt",
      created: "createdAt",
    },
    manyDefinitions: { count: 230, pages: 1 },
    lyingPages: {
      "no array": { list: "no-items" },
      "an item without an id": { list: "item-without-id" },
      "an envelope": { list: "more-without-key" },
    },
    listPath: "/test-case",
    emptyAnswers: ["update"],

    timestamp: (at) => ({ raw: new Date(at).toISOString(), at }),

    moveOutside: (definitionId, scope) =>
      void workspace.edit({ action: "move", definitionId, promptId: scope.split(":")[1] ?? "" }),
    stored(definitionId) {
      const document = workspace.definition(definitionId);
      return document?.["deletedAt"] === null ? document : undefined;
    },
  };
};
