/** A simulated Tela, real tables and the use case over both. */
import type { TelaTypes } from "../../infra/local/simulators/tela/plan.ts";
import { startTelaSimulator } from "../../infra/local/simulators/tela/start-tela-simulator.ts";
import type { JsonObject } from "../../shared/platform/json.ts";
import { type ProviderWorld, withProviderWorld } from "./provider-world.ts";

export type TelaWorld = ProviderWorld<TelaTypes>;

export const promptId = "3f0c2a9e-5d1b-4c77-9e02-6a8b1d4f7c31";
export const otherPromptId = "b7d9410c-83ae-4f25-8c6d-0e5a2f913d48";

/** What a create must have, and a little more. */
export const refundMail: JsonObject = {
  title: "Refund",
  promptId,
  messages: [{ role: "user", content: "I want my money back." }],
  variables: { order: "17", name: "Dana" },
  variablesRichContent: {},
  expectedOutput: "An apology",
};

/** A test case as the dashboard makes it from a task: an answer shows nulls that no update may send. */
export const withNulls: JsonObject = {
  title: "From a task",
  promptId,
  messages: null,
  variables: { order: "17" },
  variablesRichContent: null,
  metadata: null,
  expectedOutput: "An apology",
};

export function withTelaWorld(): () => TelaWorld {
  return withProviderWorld<TelaTypes>({
    provider: "tela",
    start: (options) =>
      startTelaSimulator({
        ...options,
        seed: [
          {
            id: "w",
            projects: [{ id: "project_1", title: "Mails" }],
            prompts: [
              { id: promptId, projectId: "project_1", title: "Refunds" },
              { id: otherPromptId, projectId: "project_1", title: "Summaries" },
            ],
          },
        ],
      }),
    newId: (ordinal) => `00000000-0000-4000-8000-${String(ordinal).padStart(12, "0")}`,
    scopes: [`prompt:${promptId}`, `prompt:${otherPromptId}`],
  });
}

/** The steps that tests are told in. */
export function telaSteps(world: () => TelaWorld) {
  const workspace = () => world().simulator.workspace;
  return {
    /** A colleague makes a test case in the dashboard. */
    outside(definition: JsonObject): string {
      const result = workspace().edit({ action: "create", definition });
      if (!result.done || result.definitionId === undefined) throw new Error("nothing was created");
      return result.definitionId;
    },
    update: (definitionId: string, patch: JsonObject | readonly JsonObject[], more: JsonObject = {}) =>
      ({ operation: "update", definitionId, patch, ...more }) satisfies JsonObject,
    stored: (definitionId: string): JsonObject => workspace().definition(definitionId) ?? {},
    /** The bodies that arrived with this method. */
    sent: (method: string) =>
      workspace()
        .requests({ method })
        .map(({ body }) => body),
    history: async (definitionId: string): Promise<readonly string[]> =>
      (await world().versions(definitionId)).map(({ record }) => `${record.changeType} ${record.source}`),
  };
}
