import { describe, expect, it } from "vitest";
import {
  applyTimeoutSeconds,
  ConfigurationError,
  durationMs,
  maximumConcurrency,
  parseConnections,
} from "../../../shared/platform/config.ts";

const retell = { id: "retell", provider: "retell", baseUrl: "https://api.retellai.com" };

function faultsOf(connections: unknown): string {
  try {
    parseConnections(connections);
    return "valid";
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
}

describe("connections", () => {
  it("have gentle defaults", () => {
    expect(parseConnections([retell])).toEqual([
      {
        ...retell,
        rateLimit: { requestsPerSecond: 2, burst: 1, adaptive: true },
        callTimeoutSeconds: 10,
        settleSeconds: 60,
        reconcile: {
          every: "15 minutes",
          policy: "observe",
          exceptions: [],
          healDeletions: false,
          confirmDeletionAfter: "10 minutes",
          scopes: "discover",
        },
        sendIdInBody: false,
        sendUnknownFields: true,
        ignore: [],
      },
    ]);
  });

  it("name all their faults at once, each with its path and what would be right", () => {
    const message = faultsOf([
      {
        ...retell,
        provider: "vapi",
        baseURL: "x",
        rateLimit: { requestsPerSecond: 0 },
        reconcile: { every: "900" },
      },
      { id: "Retell!", provider: "retell", baseUrl: "ftp://key@host" },
    ]);
    for (const line of [
      'connections[0]["provider"]: must be "retell"',
      'connections[0]["baseURL"]: is not known here',
      'connections[0]["rateLimit"]["requestsPerSecond"]: must be more than 0',
      'connections[0]["reconcile"]["every"]: must be "<n> seconds", "<n> minutes" or "<n> hours"',
      'connections[1]["id"]: must be 1 to 32 of a-z, 0-9 and -, not starting with -',
      'connections[1]["baseUrl"]: must be an http(s) URL without credentials, query or fragment',
    ]) {
      expect(message).toContain(line);
    }
  });

  it("take another policy for a scope or for a definition, and one of both in an entry", () => {
    const exceptions = [
      { scope: "retell-llm:llm_1", policy: "heal" },
      { definitionId: "test_case_1", policy: "observe" },
    ];
    expect(parseConnections([{ ...retell, reconcile: { exceptions } }])[0]?.reconcile).toMatchObject({
      policy: "observe",
      exceptions,
    });
    const both = { scope: "retell-llm:llm_1", definitionId: "test_case_1", policy: "heal" };
    expect(faultsOf([{ ...retell, reconcile: { exceptions: [both] } }])).toContain(
      'connections[0]["reconcile"]["exceptions"][0]: must be { "scope": "…", "policy": "…" }',
    );
  });

  it("may have a second limit, per minute", () => {
    const rateLimit = { requestsPerSecond: 2, requestsPerMinute: 60 };
    expect(parseConnections([{ ...retell, rateLimit }])).toMatchObject([{ rateLimit }]);
    for (const [requestsPerMinute, fault] of [
      [0, "must be at least 1"],
      [60_001, "must be at most 60000"],
      [1.5, "must be"],
    ] as const) {
      expect(faultsOf([{ ...retell, rateLimit: { ...rateLimit, requestsPerMinute } }])).toContain(
        `connections[0]["rateLimit"]["requestsPerMinute"]: ${fault}`,
      );
    }
  });

  it.each(["Z", "5", "-5:00", "+15:00", "UTC", 0])("may name a zone, but not %j", (timestampZone) => {
    const synthflow = { id: "synthflow", provider: "synthflow", baseUrl: "https://api.us.synthflow.ai/v2" };
    const [connection] = parseConnections([{ ...synthflow, timestampZone: "-05:30" }]);
    expect(connection?.timestampZone).toBe("-05:30");
    expect(faultsOf([{ ...synthflow, timestampZone }])).toContain(
      'connections[0]["timestampZone"]: must be an offset from UTC like "-05:00"',
    );
  });

  it.each([
    ["no list", {}, "must be an array"],
    ["none", [], "at least one connection is needed"],
    ["two of one id", [retell, retell], "two connections have the same id"],
    ["a missing member", [{ id: "retell", provider: "retell" }], 'connections[0]["baseUrl"]: is required'],
  ])("are refused: %s", (_what, connections, message) => {
    expect(faultsOf(connections)).toContain(message);
  });
});

describe("what follows from the connections", () => {
  const [connection] = parseConnections([retell]);
  if (connection === undefined) throw new Error("no connection");

  it.each([
    ["1 seconds", 1_000],
    ["15 minutes", 900_000],
    ["24 hours", 86_400_000],
  ])("%s are %i ms", (text, ms) => expect(durationMs(text)).toBe(ms));

  it("an invocation lasts two calls and ten seconds", () => {
    expect(applyTimeoutSeconds([connection])).toBe(30);
    expect(applyTimeoutSeconds([connection, { ...connection, callTimeoutSeconds: 20.5 }])).toBe(51);
  });

  it.each([
    [{ requestsPerSecond: 0.05 }, 46],
    [{ requestsPerSecond: 2, requestsPerMinute: 4 }, 42],
    [{ requestsPerSecond: 0.25 }, 30],
  ])("an invocation has time for the distance of its calls: %o", (rateLimit, seconds) => {
    const slow = { ...connection, rateLimit: { ...connection.rateLimit, ...rateLimit } };
    expect(applyTimeoutSeconds([connection, slow])).toBe(seconds);
  });

  it.each([
    [0.5, 2],
    [2, 2],
    [7.2, 8],
    [400, 50],
  ])("%d requests per second are worked on %i at a time", (requestsPerSecond, expected) => {
    expect(
      maximumConcurrency({ ...connection, rateLimit: { requestsPerSecond, burst: 1, adaptive: true } }),
    ).toBe(expected);
  });
});
