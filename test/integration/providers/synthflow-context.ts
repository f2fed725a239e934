/** The Synthflow adapter against a server of one test. */
import type { ServerResponse } from "node:http";
import { parseConnections } from "../../../shared/platform/config.ts";
import type { Provider } from "../../../shared/providers/provider.ts";
import { providerFor } from "../../../shared/providers/provider-for-connection.http.ts";
import { closing, endpoint } from "./provider-call-context.ts";
import { json, type RecordedRequest, type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export const options = { timeoutMs: 10_000 };
export const ID = "9ad09ad3-9c22-441e-ae35-c05016a09786";

/** The n-th of many ids. */
export const idOf = (n: number) => `9ad09ad3-9c22-441e-ae35-${String(n).padStart(12, "0")}`;
export const casesOf = (...numbers: readonly number[]) =>
  numbers.map((n) => ({ simulation_case_id: idOf(n), name: `case ${n}` }));

export async function synthflow(
  answer: (request: RecordedRequest, response: ServerResponse, count: number) => void,
): Promise<{ provider: Provider; server: ScriptedServer }> {
  const server = closing(await startScriptedServer(answer));
  const baseUrl = `${server.url}/v2`;
  const [connection] = parseConnections([{ id: "synthflow", provider: "synthflow", baseUrl }]);
  if (connection === undefined) throw new Error("no connection");
  return { provider: providerFor(connection, endpoint(baseUrl)), server };
}

export const answering =
  (status: number, body: unknown) =>
  (_: RecordedRequest, response: ServerResponse): void =>
    json(response, status, body);

/** `{ status, response }` */
export const enveloped = (response: unknown) => ({ status: "ok", response });
