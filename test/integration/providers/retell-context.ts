/** The Retell adapter against a server of one test. */
import { type Script, scriptedProvider } from "./scripted-provider.ts";

export const ID = "test_case_0096626d5af9";
/** A definition as Retell writes it, with a member and a number form that we do not know. */
export const text = `{ "test_case_definition_id": "${ID}", "name": "a\\u2028b", "tool_mocks": [{"args": [], "x": 1.0}],
  "weight": 12345678901234567890, "creation_timestamp": 1761074675536, "user_modified_timestamp": 1761074796123.0 }`;

export const retell = (answer: Script) => scriptedProvider("retell", answer);
