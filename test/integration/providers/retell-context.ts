/** The Retell adapter against a server of one test. */
import type { ServerResponse } from "node:http";
import { parseConnections } from "../../../shared/platform/config.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { closing, endpoint } from "./provider-call-context.ts";
import { json, type RecordedRequest, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export const options = { timeoutMs: 10_000 };
export const ID = "test_case_0096626d5af9";
/** A definition as Retell writes it, with a member and a number form that we do not know. */
export const text = `{ "test_case_definition_id": "${ID}", "name": "a\\u2028b", "tool_mocks": [{"args": [], "x": 1.0}],
  "weight": 12345678901234567890, "creation_timestamp": 1761074675536, "user_modified_timestamp": 1761074796123.0 }`;

export async function retell(
  answer: (request: RecordedRequest, response: ServerResponse, count: number) => void,
): Promise<{ provider: Provider; server: ScriptedServer }> {
  const server = closing(await startScriptedServer(answer));
  const [connection] = parseConnections([{ id: "retell", provider: "retell", baseUrl: server.url }]);
  if (connection === undefined) throw new Error("no connection");
  return { provider: providerFor(connection, endpoint(server.url)), server };
}

export const answering =
  (status: number, body: unknown) =>
  (_: RecordedRequest, response: ServerResponse): void =>
    json(response, status, body);
