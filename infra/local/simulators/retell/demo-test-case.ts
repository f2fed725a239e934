/** How the demo's definitions are written down: the members that differ, in Retell's own names. */
import type { JsonObject } from "../../../../shared/platform/json.ts";

type ToolMock = {
  readonly tool_name: string;
  readonly input_match_rule: JsonObject;
  readonly output: string;
  readonly result?: boolean;
  /** Undocumented; seen on mocks that were made in the dashboard. */
  readonly type?: string;
};

export type DemoTestCase = {
  /** Without the prefix `test_case_`. */
  readonly id: string;
  readonly name: string;
  readonly userPrompt: string;
  readonly metrics: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  /** First match wins, so specific mocks stand before `any`. */
  readonly mocks?: readonly ToolMock[];
  readonly model: string;
  /** Version of the engine; absent: not pinned. 0 is the first version. */
  readonly engineVersion?: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly undocumented?: JsonObject;
};

/** The document as Retell answers it, members in the order of its documents. */
export function demoDocument(
  engine: { readonly type: string; readonly [idMember: string]: string },
  testCase: DemoTestCase,
): JsonObject {
  const { engineVersion } = testCase;
  return {
    name: testCase.name,
    response_engine: { ...engine, ...(engineVersion === undefined ? {} : { version: engineVersion }) },
    user_prompt: testCase.userPrompt,
    metrics: testCase.metrics,
    dynamic_variables: testCase.variables ?? {},
    tool_mocks: testCase.mocks ?? [],
    llm_model: testCase.model,
    test_case_definition_id: `test_case_${testCase.id}`,
    type: "simulation",
    creation_timestamp: testCase.createdAt,
    user_modified_timestamp: testCase.modifiedAt,
    ...testCase.undocumented,
  };
}

export const matchAny: JsonObject = { type: "any" };

export function matchArguments(args: JsonObject): JsonObject {
  return { type: "partial_match", args };
}
