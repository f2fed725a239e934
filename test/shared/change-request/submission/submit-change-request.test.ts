import { describe, expect, it } from "vitest";
import { parseChangeRequest } from "../../../../shared/change-request/submission/parse-change-request.ts";
import { submitChangeRequest } from "../../../../shared/change-request/submission/submit-change-request.ts";
import { silentLog } from "../../../../shared/platform/log.ts";
import { dialectFor } from "../../../../shared/providers/dialect-for-connection.ts";
import { oneConnection, requestsInMemory } from "../../../support/isolated-api.ts";

const [connection] = oneConnection;
if (connection === undefined) throw new Error("no connection");
const dialect = dialectFor(connection);

const parse = (text: string) => {
  const parsed = parseChangeRequest(text, {
    connection: "retell",
    otherConnection: "use",
    dialectOf: () => dialect,
  });
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return parsed;
};

/** The body of the message that a submitted text comes to. */
async function messageOf(text: string): Promise<string> {
  const sent: string[] = [];
  await submitChangeRequest(
    {
      requests: requestsInMemory(),
      queue: {
        async send({ body }) {
          sent.push(body);
          return { sent: true };
        },
      },
      clock: { now: () => 0 },
      log: silentLog,
    },
    parse(text),
    dialect,
    "ana",
  );
  return sent[0] ?? "";
}

const bodyWith = (more: string) => `{"requestId":"a","definitionId":"x",${more}}`;

describe("a submitted change request", () => {
  it.each([
    ["a version", bodyWith('"operation":"delete","expect":{"version":1.00000000000000000000001}')],
    ["a timestamp", bodyWith('"operation":"delete","expect":{"modifiedTimestamp":1761074796123.00000001}')],
    ["a version to restore", bodyWith('"operation":"restore","restore":{"version":1.00000000000000000001}')],
    ["a patch", bodyWith('"operation":"update","patch":{"beta":[1.0,-0,1e400,12345678901234567890]}')],
    ["nothing at all", bodyWith('"operation":"delete","expect":{}')],
  ])("is the same content to the worker, whatever texts the numbers have of %s", async (_what, text) => {
    expect(parse(await messageOf(text)).fingerprint).toBe(parse(text).fingerprint);
  });

  it("has another content with another number in what is the provider's", () => {
    const one = parse(bodyWith('"operation":"update","patch":{"beta":12345678901234567890}'));
    const other = parse(bodyWith('"operation":"update","patch":{"beta":12345678901234567891}'));
    expect(one.fingerprint).not.toBe(other.fingerprint);
  });
});
