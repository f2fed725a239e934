/** A Synthflow case, and what the system says about requests for it before anything is sent. */

import { evaluate } from "../../../../shared/change-request/attempt/wanted.ts";
import { parseChangeRequest } from "../../../../shared/change-request/submission/parse-change-request.ts";
import { type Connection, parseConnections } from "../../../../shared/platform/config.ts";
import type { JsonObject, JsonValue } from "../../../../shared/platform/json.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";
import type { Dialect, Fault } from "../../../../shared/providers/provider.ts";

export function dialect(options: Partial<Connection> = {}): Dialect {
  const [connection] = parseConnections([
    { id: "synthflow", provider: "synthflow", baseUrl: "https://api.example/v2", ...options },
  ]);
  if (connection === undefined) throw new Error("no connection");
  return dialectFor(connection);
}

export const ID = "9ad09ad3-9c22-441e-ae35-c05016a09786";
const SUITE = "f47ac10b-58cc-4372-a567-0e02b2c3d479";

export const definition = {
  name: "n",
  prompt: "p",
  type: "custom",
  success_criteria: ["c"],
  call_success_type: "all",
  suite_id: SUITE,
  base_agent_id: "1726x2397",
} satisfies JsonObject;

/** The same case as Synthflow answers it. */
const { base_agent_id: _, ...answered } = definition;
export const live: JsonObject = { ...answered, base_agent: { model_id: "1726x2397" }, weight: 1 };

/** What is wrong with a request by itself, before anything is asked. */
export function faultsOf(request: JsonObject, options: Partial<Connection> = {}): readonly Fault[] {
  const body = JSON.stringify({ requestId: "r1", ...request });
  const result = parseChangeRequest(body, {
    connection: "synthflow",
    otherConnection: "use",
    dialectOf: () => dialect(options),
  });
  return result.valid ? [] : result.faults;
}

export const create = (more: JsonObject = {}) =>
  faultsOf({ operation: "create", definition: { ...definition, ...more } });
export const update = (patch: JsonValue) => faultsOf({ operation: "update", definitionId: ID, patch });

/** What follows from a request and the live case; `send`: it goes on to the provider. */
export function evaluated(more: JsonObject, restored?: JsonObject, base: JsonObject = live) {
  const request = { requestId: "r1", connection: "synthflow", definitionId: ID, ...more };
  return evaluate(
    request as unknown as Parameters<typeof evaluate>[0],
    { version: 1, contentHash: "sha256:x", content: base },
    dialect(),
    { restored },
  );
}

export const patched = (path: string, value: JsonValue) =>
  evaluated({ operation: "update", patch: [{ op: "add", path, value }] });
