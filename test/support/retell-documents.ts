/** Documents as Retell answers them. */

/** The text of a test case. Its numbers and unknown members are of the kinds that a careless program loses. */
export function retellDocument(
  definitionId: string,
  members: Readonly<Record<string, unknown>> = {},
  modifiedAt = 1_761_074_796_123,
): string {
  const document = {
    test_case_definition_id: definitionId,
    type: "simulation",
    name: "Refund",
    response_engine: { type: "retell-llm", llm_id: "llm_1", version: 0 },
    user_prompt: "You want your money back — “now”.",
    metrics: ["The agent offers a refund"],
    dynamic_variables: {},
    tool_mocks: [],
    llm_model: "gpt-4.1",
    weight: JSON.rawJSON("1.0"),
    ticket: JSON.rawJSON("12345678901234567890"),
    creation_timestamp: 1_761_000_000_000,
    user_modified_timestamp: modifiedAt,
    ...members,
  };
  return JSON.stringify(document);
}
