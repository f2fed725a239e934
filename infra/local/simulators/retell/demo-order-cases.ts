/** The demo's second suite: order support of a pizza delivery, a flow agent (conversation-flow). */
import { type DemoTestCase, matchAny, matchArguments } from "./demo-test-case.ts";

const store = { store_name: "Slice Harbor", delivery_minutes: "35" };

export const orderCases: readonly DemoTestCase[] = [
  {
    id: "19c6f3e8a052",
    name: "Takes an order with an allergy",
    userPrompt:
      "Order one large Margherita and one small Funghi for delivery to 14 Quay Street. Mention at the end that you are allergic to nuts and ask whether both are safe.",
    metrics: [
      "The agent reads back both pizzas with their sizes.",
      "The agent checks the allergens before it places the order.",
    ],
    variables: store,
    mocks: [
      {
        tool_name: "check_allergens",
        input_match_rule: matchArguments({ allergen: "nuts", items: ["margherita", "funghi"] }),
        output: '{"safe": true}',
      },
      {
        tool_name: "check_allergens",
        input_match_rule: matchAny,
        output: '{"safe": false, "reason": "unknown item"}',
      },
      {
        tool_name: "place_order",
        input_match_rule: matchAny,
        output: '{"order_number": "SH-2048", "total": 27.50}',
      },
    ],
    model: "gpt-4.1-mini",
    engineVersion: 1,
    createdAt: 1_770_201_455_310,
    modifiedAt: 1_770_893_007_262,
  },
  {
    id: "4fd20b96c71a",
    name: "Says where a late order is",
    userPrompt:
      "Your order SH-1999 should have come 20 minutes ago. You are annoyed, but calm down if you get a time.",
    metrics: [
      "The agent asks for the order number or the phone number.",
      "The agent gives the courier's arrival time from the tool's answer, not an invented one.",
    ],
    variables: { ...store, caller_number: "+1 555 0163" },
    mocks: [
      {
        tool_name: "order_status",
        input_match_rule: matchArguments({ order_number: "SH-1999" }),
        output: '{"status": "on the way", "eta_minutes": 9}',
      },
      { tool_name: "order_status", input_match_rule: matchAny, output: '{"error": "no such order"}' },
    ],
    model: "gpt-4.1-mini",
    engineVersion: 1,
    createdAt: 1_770_201_988_774,
    modifiedAt: 1_770_201_988_774,
  },
  {
    id: "86eb1d5a3f90",
    name: "Refunds a wrong pizza within the limit",
    userPrompt:
      "You got a Salami instead of a Funghi (order SH-2011, 11.90 dollars). You want your money back, not a new pizza.",
    metrics: ["The agent refunds exactly 11.90 dollars.", "The agent apologises once and does not argue."],
    variables: { ...store, refund_limit: "25.00" },
    mocks: [
      {
        tool_name: "refund_order",
        input_match_rule: matchArguments({ order_number: "SH-2011", amount: 11.9 }),
        output: '{"status": "refunded"}',
        result: true,
      },
      {
        tool_name: "refund_order",
        input_match_rule: matchAny,
        output: '{"status": "refused"}',
        result: false,
      },
    ],
    model: "gemini-3.0-flash",
    engineVersion: 1,
    createdAt: 1_772_617_220_093,
    modifiedAt: 1_774_880_513_655,
  },
  {
    id: "a05c72e4d81b",
    name: "Hands an angry caller to the shift manager",
    userPrompt:
      "It is the third wrong order this month. You want the manager and nobody else. Raise your voice, use no insults.",
    metrics: ["The agent offers the shift manager by its second answer and transfers the call."],
    variables: store,
    mocks: [
      {
        tool_name: "transfer_call",
        input_match_rule: matchAny,
        output: "Successfully transferred the call",
        result: true,
      },
    ],
    model: "gpt-4.1-mini",
    engineVersion: 1,
    createdAt: 1_772_617_904_418,
    modifiedAt: 1_772_617_904_418,
  },
  {
    id: "d3f8409b6e27",
    name: "Declines a delivery outside the area 🍕",
    userPrompt:
      "Order a large Diavola to 900 Upper Ridge Road. If that is too far, you pick it up yourself at 7 p.m.",
    metrics: [
      "The agent says that the address is outside the delivery area.",
      "The agent offers pick-up and confirms 7 p.m.",
    ],
    variables: store,
    mocks: [
      {
        tool_name: "check_address",
        input_match_rule: matchArguments({ street: "Upper Ridge Road" }),
        output: '{"deliverable": false, "distance_km": 14.0}',
      },
      { tool_name: "check_address", input_match_rule: matchAny, output: '{"deliverable": true}' },
      {
        tool_name: "place_order",
        input_match_rule: matchAny,
        output: '{"order_number": "SH-2049", "total": 14.20}',
      },
    ],
    model: "gpt-4.1-mini",
    engineVersion: 0,
    createdAt: 1_774_431_005_127,
    modifiedAt: 1_774_431_005_127,
  },
];
