/** An adapter against a server of one test. */
import type { ServerResponse } from "node:http";
import { type Connection, parseConnections } from "../../../shared/platform/config.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { closing, endpoint } from "./provider-call-context.ts";
import { json, type RecordedRequest, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export const options = { timeoutMs: 10_000 };

export type Script = (request: RecordedRequest, response: ServerResponse, count: number) => void;

export async function scriptedProvider(
  provider: Connection["provider"],
  answer: Script,
  basePath = "",
  more: Partial<Connection> = {},
): Promise<{ provider: Provider; server: ScriptedServer }> {
  const server = closing(await startScriptedServer(answer));
  const baseUrl = `${server.url}${basePath}`;
  const [connection] = parseConnections([{ id: provider, provider, baseUrl, ...more }]);
  if (connection === undefined) throw new Error("no connection");
  return { provider: providerFor(connection, endpoint(baseUrl)), server };
}

/** `body`: JSON, or a text as it is. */
export const answering =
  (status: number, body: unknown) =>
  (_: RecordedRequest, response: ServerResponse): void =>
    json(response, status, body);
