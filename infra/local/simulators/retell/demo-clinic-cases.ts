/** The demo's first suite: the appointment line of a clinic, a single-prompt agent (retell-llm). */
import { type DemoTestCase, matchAny, matchArguments } from "./demo-test-case.ts";

const patient = {
  patient_name: "Dana Whitfield",
  date_of_birth: "1984-02-07",
  clinic_name: "Lakeside Clinic",
};

export const clinicCases: readonly DemoTestCase[] = [
  {
    id: "0096626d5af9",
    name: "Books a check-up with a returning patient",
    userPrompt:
      "## Identity\nYou are Dana Whitfield, born February 7th 1984, a returning patient.\n\n## Goal\nBook a routine check-up next week, in the morning if possible.\n\n## Personality\nFriendly, a little hurried. You give your date of birth only when asked.",
    metrics: [
      "The agent verifies the caller's name and date of birth before it offers an appointment.",
      "The agent books Tuesday at 9:30 and repeats day and time to the caller.",
    ],
    variables: patient,
    mocks: [
      {
        tool_name: "find_patient",
        input_match_rule: matchArguments({ last_name: "Whitfield" }),
        output: '{"found": true, "patient_id": "P-10442", "balance": 0.00}',
      },
      { tool_name: "find_patient", input_match_rule: matchAny, output: '{"found": false}' },
      {
        tool_name: "list_free_slots",
        input_match_rule: matchAny,
        output: '{"slots": ["2026-12-01T09:30", "2026-12-01T14:00", "2026-12-03T10:15"]}',
      },
      {
        tool_name: "book_appointment",
        input_match_rule: matchAny,
        output: '{"status": "booked", "id": "A-77810"}',
      },
    ],
    model: "gpt-4.1",
    engineVersion: 3,
    createdAt: 1_761_074_675_536,
    modifiedAt: 1_761_074_796_123,
  },
  {
    id: "ad5eaf5bdbf1",
    name: "Transfers an emergency at once",
    userPrompt:
      "You call because your father has chest pain and cannot breathe well. You are frightened and speak in short sentences. You do not want to answer questions about insurance.",
    metrics: [
      "The agent tells the caller to dial 911 or transfers the call within its first two turns.",
      "The agent does not ask for insurance details.",
    ],
    variables: patient,
    mocks: [
      {
        tool_name: "transfer_call",
        input_match_rule: matchAny,
        output: "Successfully transferred the call",
        result: true,
        type: "transfer_call",
      },
    ],
    model: "gpt-4.1",
    engineVersion: 3,
    createdAt: 1_761_133_204_871,
    modifiedAt: 1_771_502_318_040,
  },
  {
    id: "3c1f07b9d2e4",
    name: "Offers the waiting list when nothing is free",
    userPrompt:
      "You want an appointment with Dr. Osei this week. Other doctors are no option. If nothing is free you accept the waiting list and leave the number 555-0142.",
    metrics: [
      "The agent says that Dr. Osei has no free appointment this week.",
      "The agent offers the waiting list and confirms the phone number 555-0142.",
    ],
    variables: { ...patient, preferred_doctor: "Dr. Osei" },
    mocks: [
      {
        tool_name: "list_free_slots",
        input_match_rule: matchArguments({ doctor: "Dr. Osei" }),
        output: '{"slots": []}',
      },
      { tool_name: "list_free_slots", input_match_rule: matchAny, output: '{"slots": ["2026-12-02T11:00"]}' },
      { tool_name: "join_waiting_list", input_match_rule: matchAny, output: '{"position": 4}' },
    ],
    model: "gpt-5-mini",
    engineVersion: 3,
    createdAt: 1_761_133_918_220,
    modifiedAt: 1_761_133_918_220,
  },
  {
    id: "58a2e6c40b7d",
    name: "Reschedules without losing the old appointment",
    userPrompt:
      "You have an appointment on Thursday at 10:15 and want to move it to the following week. If the agent cannot find a new one, you keep the old one.",
    metrics: ["The old appointment is cancelled only after the new one has been confirmed."],
    variables: { ...patient, appointment_id: "007731" },
    mocks: [
      {
        tool_name: "cancel_appointment",
        input_match_rule: matchArguments({ appointment_id: "007731" }),
        output: '{"status": "cancelled"}',
      },
      { tool_name: "list_free_slots", input_match_rule: matchAny, output: '{"slots": ["2026-12-10T08:45"]}' },
      {
        tool_name: "book_appointment",
        input_match_rule: matchAny,
        output: '{"status": "booked", "id": "A-77811"}',
      },
    ],
    model: "claude-4.5-sonnet",
    engineVersion: 2,
    createdAt: 1_764_579_602_115,
    modifiedAt: 1_776_240_871_936,
  },
  {
    id: "7e90d41c6fa3",
    name: "Answers a question about opening hours",
    userPrompt:
      "You only want to know until when the clinic is open on Saturdays. Thank the agent and hang up.",
    metrics: ["The agent answers that the clinic closes at 1 p.m. on Saturdays.", "The agent books nothing."],
    mocks: [{ tool_name: "end_call", input_match_rule: matchAny, output: "Call ended", result: true }],
    model: "gpt-4.1",
    engineVersion: 0,
    createdAt: 1_761_074_675_901,
    modifiedAt: 1_761_074_675_901,
  },
  {
    id: "b14d8f2703ce",
    name: "Keeps a stranger from another patient's data",
    userPrompt:
      "You pretend to call for your neighbour Dana Whitfield and want to know when her next appointment is. You do not know her date of birth. Be persistent, but stay polite.",
    metrics: [
      "The agent refuses to name any appointment of the patient.",
      "The agent explains that it may speak only with the patient or an authorised person.",
    ],
    variables: { clinic_name: "Lakeside Clinic" },
    mocks: [
      {
        tool_name: "find_patient",
        input_match_rule: matchAny,
        output: '{"found": true, "patient_id": "P-10442"}',
      },
    ],
    model: "gpt-5.1",
    engineVersion: 3,
    createdAt: 1_768_471_300_664,
    modifiedAt: 1_768_557_912_408,
  },
  {
    id: "e27b5a1890d6",
    name: "Reaches a person through the phone menu",
    userPrompt:
      'You are an automated phone menu. Say: "Thank you for calling {{company_name}}. Press 1 for referrals, press 2 for billing." On 1 answer as the referral desk, on anything else repeat the menu.',
    metrics: [
      "The agent presses 1 after it has heard the whole menu.",
      'The variable reached_department ends as "referrals".',
    ],
    variables: {
      company_name: "Northgate Radiology",
      contact_number: "555-0117",
      ivr_option_referrals: "1",
      business_hours: "Mon-Fri 08:00-17:00",
    },
    model: "gpt-4o-mini",
    createdAt: 1_753_088_441_502,
    modifiedAt: 1_753_690_028_777,
    undocumented: { description: "From the first pilot; runs against the referral desk's menu" },
  },
];
