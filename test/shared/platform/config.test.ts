import { describe, expect, it } from "vitest";
import {
  applyTimeoutSeconds,
  ConfigurationError,
  durationMs,
  maximumConcurrency,
  parseConnections,
  reconcileTimeoutSeconds,
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
      'connections[0]["rateLimit"]["requestsPerSecond"]: must be at least 0.01 (a call in 100 seconds)',
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

  it("take one exception for a scope and one for a definition", () => {
    const exceptions = [
      { scope: "s", policy: "heal" },
      { definitionId: "s", policy: "observe" },
      { definitionId: "d", policy: "heal" },
      { scope: "s", policy: "observe" },
      { definitionId: "d", policy: "heal" },
    ];
    expect(faultsOf([{ ...retell, reconcile: { exceptions: exceptions.slice(0, 3) } }])).toBe("valid");
    const message = faultsOf([{ ...retell, reconcile: { exceptions } }]);
    const path = 'connections[0]["reconcile"]["exceptions"]';
    expect(message).toContain(`${path}[3]: is for the same scope as entry 0: leave one of them`);
    expect(message).toContain(`${path}[4]: is for the same definition as entry 2: leave one of them`);
    expect(message).not.toContain(`${path}[1]`);
  });

  it("do not take an empty list of scopes: nothing would ever be reconciled", () => {
    expect(faultsOf([{ ...retell, reconcile: { scopes: [] } }])).toContain(
      'connections[0]["reconcile"]["scopes"]: must name at least one scope; "discover", or leaving it out, means',
    );
    expect(faultsOf([{ ...retell, reconcile: { scopes: "all" } }])).toContain(
      'connections[0]["reconcile"]["scopes"]: must be "discover" or a list of scopes',
    );
  });

  it("have ids that name no dead-letter queue of another", () => {
    expect(faultsOf([retell, { ...retell, id: "retell-dead" }])).toContain(
      'connections[1]["id"]: must not end in "-dead": the dead-letter queues of the connection without',
    );
    expect(faultsOf([{ ...retell, id: "dead" }])).toBe("valid");
    expect(faultsOf([{ ...retell, id: "retell-dead-2" }])).toBe("valid");
  });

  it.each([
    "http://localhost:8080",
    "http://retell.localhost",
    "http://127.0.0.1:9/v2",
    "http://127.255.3.1",
    "http://[::1]:8080",
    "https://proxy.example/retell",
  ])("send a key to %s", (baseUrl) => {
    expect(faultsOf([{ ...retell, baseUrl }])).toBe("valid");
  });

  it.each([
    "http://api.retellai.com",
    "http://localhost.example.com",
    "http://mylocalhost",
    "http://127.0.0.1.example.com",
    "http://128.0.0.1",
    "http://0.0.0.0:8080",
    "http://[::2]",
    "http://192.168.0.1",
  ])("do not send a key in clear to %s", (baseUrl) => {
    expect(faultsOf([{ ...retell, baseUrl }])).toContain(
      'connections[0]["baseUrl"]: must begin with https: the API key would travel in clear',
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

  it("an invocation over a scope lasts a minute, or four of the longest calls and ten seconds", () => {
    expect(reconcileTimeoutSeconds([connection])).toBe(60);
    expect(reconcileTimeoutSeconds([connection, { ...connection, callTimeoutSeconds: 20.5 }])).toBe(92);
  });

  it("no invocation is to last longer than Lambda lets it, however slow the connections", () => {
    const slowest = parseConnections(
      [
        { ...retell, callTimeoutSeconds: 60, rateLimit: { requestsPerSecond: 0.01, requestsPerMinute: 1 } },
        retell,
      ].map((one, index) => ({ ...one, id: `retell-${index}` })),
    );
    for (const beyond of [
      { callTimeoutSeconds: 60.1 },
      { rateLimit: { requestsPerSecond: 0.0099 } },
      { rateLimit: { requestsPerSecond: 2, requestsPerMinute: 0.9 } },
    ]) {
      expect(faultsOf([{ ...retell, ...beyond }])).toContain("must be");
    }
    for (const seconds of [applyTimeoutSeconds(slowest), reconcileTimeoutSeconds(slowest)]) {
      expect(seconds).toBeLessThanOrEqual(900);
    }
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
