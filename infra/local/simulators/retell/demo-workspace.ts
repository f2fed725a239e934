/** The workspace of the demo: an agency with two voice agents and a dozen test cases. The same in every run. */
import { clinicCases } from "./demo-clinic-cases.ts";
import { orderCases } from "./demo-order-cases.ts";
import { demoDocument } from "./demo-test-case.ts";
import type { WorkspaceSeed } from "./workspace-seed.ts";

const clinicLlm = { type: "retell-llm", llm_id: "llm_4b7e19d0c2853fa6b1d97e40c35a" } as const;
const orderFlow = {
  type: "conversation-flow",
  conversation_flow_id: "conversation_flow_9d41e7b03c52",
} as const;

export function demoWorkspace(): WorkspaceSeed {
  return {
    id: "org_brightline",
    orgName: "Brightline Voice (demo)",
    engines: [
      {
        type: clinicLlm.type,
        id: clinicLlm.llm_id,
        version: 3,
        modifiedAt: 1_776_153_044_590,
        members: {
          model: "gpt-4.1",
          general_prompt:
            "You are the appointment line of Lakeside Clinic. Verify the caller before you speak about appointments.",
          general_tools: [{ type: "end_call", name: "end_call" }],
        },
      },
      {
        type: orderFlow.type,
        id: orderFlow.conversation_flow_id,
        version: 1,
        modifiedAt: 1_774_430_117_802,
        members: {
          model_choice: { type: "cascading", model: "gpt-4.1-mini" },
          global_prompt: "You take orders and answer questions about orders for Slice Harbor.",
          start_speaker: "agent",
          nodes: [],
        },
      },
    ],
    agents: [
      {
        agent_id: "agent_6f02c8d15b9ae7340d61f8b2c9",
        agent_name: "Lakeside Clinic – appointment line",
        channel: "voice",
        version: 3,
        response_engine: { ...clinicLlm, version: 3 },
        user_modified_timestamp: 1_776_153_044_590,
        last_modification_timestamp: 1_776_153_044_590,
      },
      {
        agent_id: "agent_c83a5e7190bd42f6e815d03a7b",
        agent_name: "Slice Harbor – order support",
        channel: "voice",
        version: 1,
        response_engine: { ...orderFlow, version: 1 },
        user_modified_timestamp: 1_774_430_117_802,
        last_modification_timestamp: 1_774_430_117_802,
      },
    ],
    definitions: [
      ...clinicCases.map((testCase) => demoDocument(clinicLlm, testCase)),
      ...orderCases.map((testCase) => demoDocument(orderFlow, testCase)),
    ],
  };
}
