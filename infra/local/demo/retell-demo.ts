/** The demo at Retell: a few people, a pipeline and a colleague who works past the queue. */
import type { Demo } from "./demo-step.ts";

/** Dana's check-up. */
const checkUp = "test_case_0096626d5af9";

export const retellDemo: Demo = {
  workspace: "Retell workspace holds a dozen test cases of two voice agents",
  shown: { definitionId: checkUp, name: "Books a check-up with a returning patient" },
  patchToTry: { name: "My check-up" },
  steps: [
    {
      by: "api",
      request: {
        requestId: "demo-1-verify-first",
        operation: "update",
        definitionId: checkUp,
        patch: {
          metrics: [
            "The agent verifies the caller's name and date of birth before it says anything about appointments.",
            "The agent books Tuesday at 9:30 and repeats day and time to the caller.",
          ],
        },
        actor: "ana@brightline.example",
        reason: "The agent named free slots to a caller it had not verified.",
        reference: "QA-12",
      },
    },
    {
      by: "dashboard",
      what: "somebody edits the caller's prompt in Retell's dashboard",
      edit: {
        action: "edit",
        definitionId: checkUp,
        set: {
          user_prompt:
            "## Identity\nYou are Dana Whitfield, born February 7th 1984, a returning patient.\n\n## Goal\nBook a routine check-up next week, in the morning if possible.\n\n## Personality\nFriendly, in a great hurry. You give your date of birth only when asked twice.",
        },
      },
    },
    {
      by: "queue",
      request: {
        requestId: "demo-2-ci-model",
        operation: "update",
        definitionId: checkUp,
        patch: [
          { op: "test", path: "/llm_model", value: "gpt-4.1" },
          { op: "replace", path: "/llm_model", value: "gpt-5.5" },
        ],
        actor: "ci/nightly",
        reason: "Run the regression suite with the new model.",
        reference: "build 4711",
      },
    },
    {
      by: "api",
      request: {
        requestId: "demo-3-stale-edit",
        operation: "update",
        definitionId: checkUp,
        patch: { name: "Books a check-up" },
        expect: { version: 2 },
        actor: "ben@brightline.example",
        reason: "Shorter names; written against version 2.",
      },
    },
    {
      by: "api",
      request: {
        requestId: "demo-4-new-case",
        operation: "create",
        definition: {
          name: "Asks for a second slice for free",
          response_engine: {
            type: "conversation-flow",
            conversation_flow_id: "conversation_flow_9d41e7b03c52",
            version: 1,
          },
          user_prompt:
            "You liked your pizza so much that you want a second slice, free of charge. You are charming.",
          metrics: ["The agent declines kindly and offers the loyalty card."],
          dynamic_variables: { store_name: "Slice Harbor" },
          tool_mocks: [],
        },
        actor: "carla@brightline.example",
        reason: "A caller talked the agent into a free slice.",
        reference: "CALL-8812",
      },
    },
    {
      by: "queue",
      request: {
        requestId: "demo-5-drop-case",
        operation: "delete",
        definitionId: "test_case_86eb1d5a3f90",
        actor: "carla@brightline.example",
        reason: "Refunds are a person's decision now.",
      },
    },
    {
      by: "queue",
      request: {
        requestId: "demo-6-typing-error",
        operation: "update",
        definitionId: checkUp,
        pach: { name: "?" },
        actor: "ben@brightline.example",
      },
    },
  ],
};
