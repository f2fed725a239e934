/** The record of the request that a body asks for, in any state. */

import type { RequestRecord } from "../../shared/change-request/record/request-record.ts";
import { parseChangeRequest } from "../../shared/change-request/submission/parse-change-request.ts";
import { queuedRecord } from "../../shared/change-request/submission/queued-record.ts";
import { parseConnections } from "../../shared/platform/config.ts";
import { dialectFor } from "../../shared/providers/dialect-for-connection.ts";

export function fingerprintedRecord(body: string, state: Partial<RequestRecord>): RequestRecord {
  const [connection] = parseConnections([
    { id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" },
  ]);
  if (connection === undefined) throw new Error("no connection");
  const parsed = parseChangeRequest(body, {
    connection: "retell",
    otherConnection: "wrong-queue",
    dialectOf: () => dialectFor(connection),
  });
  if (!parsed.valid) throw new Error("the body is no valid request");
  return { ...queuedRecord(parsed.request, parsed.fingerprint, { by: "tester", at: 999_000 }), ...state };
}
