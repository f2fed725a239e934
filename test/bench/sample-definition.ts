/** A definition of about 3 KB, for benchmarks. */
import type { JsonObject } from "../../shared/platform/json.ts";

const WORDS =
  "caller agent order number refund card verify name date birth slot morning manager transfer angry calm please offer repeat confirm ask never before after spell out".split(
    " ",
  );

/** Text that compresses as prose does: words in an order that no two definitions share. */
export function definitionOf3Kb(seed: number, engine = "llm_1"): JsonObject {
  let state = seed * 2_654_435_761 + 1;
  const sentence = (length: number) =>
    Array.from({ length }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return WORDS[state % WORDS.length];
    }).join(" ");
  return {
    name: `Case ${seed}`,
    response_engine: { type: "retell-llm", llm_id: engine, version: 1 },
    user_prompt: sentence(300),
    metrics: [sentence(40), sentence(40)],
    dynamic_variables: { customer_name: sentence(2), order: String(seed) },
    tool_mocks: [
      {
        tool_name: "lookup_order",
        input_match_rule: { type: "any" },
        output: JSON.stringify({ note: sentence(40) }),
      },
    ],
    llm_model: "gpt-4.1",
  };
}
