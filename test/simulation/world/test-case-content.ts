/** Test cases that the simulation creates and edits: small, so that a run is fast, with every kind of member. */
import type { JsonObject } from "../../../shared/platform/json.ts";
import type { Chance } from "./chance.ts";
import { ENGINES } from "./simulated-account.ts";

/** Prompts that requests and outside editors use alike, so that they meet by accident. */
const SHARED_PROMPTS = ["You want a refund.", "You want to cancel.", "You are angry."];

/** `author` makes a text that nobody else writes. */
export function newPrompt(chance: Chance, author: string): string {
  return chance.happens(0.25) ? chance.pick(SHARED_PROMPTS) : `Written by ${author}.`;
}

export function newTestCase(chance: Chance, author: string): JsonObject {
  return {
    name: `Case of ${author}`,
    response_engine: { type: "retell-llm", llm_id: chance.pick(ENGINES), version: 0 },
    user_prompt: newPrompt(chance, author),
    metrics: ["The agent is polite"],
    dynamic_variables: {},
    tool_mocks: chance.happens(0.5) ? [] : [newMock(author)],
    ...(chance.happens(0.6) && { llm_model: newModel(chance) }),
  };
}

/** One or two members with new values. */
export function newMembers(chance: Chance, author: string): JsonObject {
  const changes: JsonObject[] = [
    { user_prompt: newPrompt(chance, author) },
    { user_prompt: newPrompt(chance, author), metrics: [`Checked by ${author}`] },
    { metrics: [`Checked by ${author}`, "The agent is polite"] },
    { name: `Renamed by ${author}` },
    { dynamic_variables: { author } },
    { tool_mocks: [newMock(author)] },
    { llm_model: newModel(chance) },
    { llm_model: newModel(chance), name: `Renamed by ${author}` },
    { response_engine: { type: "retell-llm", llm_id: chance.pick(ENGINES), version: 0 } },
  ];
  return chance.pick(changes);
}

/** The provider replaces one of them, where its switches say so. */
function newModel(chance: Chance): string {
  return chance.pick(["gpt-4.1", "gpt-4o", "gpt-4.1-mini"]);
}

function newMock(author: string): JsonObject {
  return { tool_name: "look_up", input_match_rule: { type: "any" }, output: `{"by":"${author}"}` };
}
