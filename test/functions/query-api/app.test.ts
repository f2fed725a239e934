import { describe, expect, it } from "vitest";
import { roles } from "../../../shared/access/role.ts";
import type { LogFields } from "../../../shared/platform/log.ts";
import { isolatedApi, oneConnection, request, requestsInMemory } from "../../support/isolated-api.ts";

const routes = [
  ["GET", "/connections", "reader"],
  ["POST", "/connections/retell/pause", "operator"],
  ["POST", "/connections/retell/resume", "operator"],
  ["GET", "/connections/retell/definitions", "reader"],
  ["GET", "/connections/retell/definitions/case_1", "reader"],
  ["GET", "/connections/retell/definitions/case_1/versions", "reader"],
  ["GET", "/connections/retell/definitions/case_1/versions/1", "reader"],
  ["GET", "/connections/retell/definitions/case_1/diff", "reader"],
  ["GET", "/connections/retell/definitions/case_1/verify", "reader"],
  ["GET", "/audit", "reader"],
  ["GET", "/change-requests", "reader"],
  ["GET", "/change-requests/edit-1", "reader"],
  ["POST", "/change-requests", "editor"],
  ["POST", "/change-requests/edit-1/retry", "operator"],
  ["POST", "/change-requests/edit-1/cancel", "editor"],
  ["GET", "/connections/retell/scopes", "reader"],
  ["GET", "/reconciliations", "reader"],
  ["POST", "/reconciliations", "operator"],
  ["GET", "/reconciliations/run-1", "reader"],
  ["POST", "/reconciliations/run-1/confirm", "operator"],
  ["POST", "/reconciliations/run-1/discard", "operator"],
] as const;

describe("every route", () => {
  it.each(routes)("%s %s needs a token", async (method, path) => {
    const { status, headers, body } = await request(isolatedApi(), method, path, { role: null });
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toEqual({
      type: "urn:test-case-sync:problem:unauthenticated",
      title: "A valid bearer token is needed",
      status: 401,
      detail: expect.any(String),
      code: "unauthenticated",
    });
  });

  it.each(routes)("%s %s lets in nobody below %s, and all from there on", async (method, path, needed) => {
    for (const role of roles) {
      const { status } = await request(isolatedApi(), method, path, { role });
      if (roles.indexOf(role) < roles.indexOf(needed)) expect(status).toBe(403);
      else expect([401, 403]).not.toContain(status);
    }
  });

  it.each(routes)("%s %s refuses another method, and says which it takes", async (_method, path) => {
    const { status, headers, body } = await request(isolatedApi(), "DELETE", path);
    const allowed = routes.filter((route) => route[1] === path).map(([method]) => method);
    expect(status).toBe(405);
    expect(headers.get("allow")?.split(", ").sort()).toEqual(allowed.sort());
    expect(body).toMatchObject({ code: "method-not-allowed" });
  });

  it.each(routes)("%s %s refuses a parameter that it does not know", async (method, path) => {
    const { status, body } = await request(isolatedApi(), method, `${path}?verbose=true`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid-request" });
    expect(body["errors"]).toContainEqual({ pointer: "/verbose", message: "is not a parameter here" });
  });
});

describe("the API", () => {
  it("says that it is up, to anybody", async () => {
    expect(await request(isolatedApi(), "GET", "/health", { role: null })).toMatchObject({
      status: 200,
      body: { status: "ok" },
    });
  });

  it.each([
    "/",
    "/nowhere",
    "/connections/",
    "/connections/retell",
    "/change-requests/a/b",
    "/definitions//versions",
  ])("has nothing at %s, and says so only to those who may ask", async (path) => {
    expect(await request(isolatedApi(), "GET", path)).toMatchObject({
      status: 404,
      body: { code: "unknown-route" },
    });
    expect((await request(isolatedApi(), "GET", path, { role: null })).status).toBe(401);
  });

  it("answers a failure of its own with nothing but where to look, and logs no word of it", async () => {
    const logged: LogFields[] = [];
    const fail = () => Promise.reject(new TypeError("cannot read the prompt: You are angry"));
    const api = isolatedApi({
      health: { read: fail, write: fail },
      log: {
        info: (_event, fields = {}) => logged.push(fields),
        warn: (_event, fields = {}) => logged.push(fields),
        error: (_event, fields = {}) => logged.push(fields),
      },
    });
    const { status, body } = await request(api, "GET", "/connections");
    expect(status).toBe(500);
    expect(body).toMatchObject({
      code: "internal-error",
      detail: expect.stringContaining("gateway-request-1"),
    });
    expect(JSON.stringify(body)).not.toContain("prompt");
    expect(logged).toMatchObject([
      { error: "TypeError", at: expect.stringContaining("app.test.ts") },
      { route: "/connections", status: 500 },
    ]);
    expect(JSON.stringify(logged)).not.toContain("prompt");
  });

  it.each([
    ["in whose message a line looks like a place", "bad value: hello\nat my patient's home"],
    ["in whose message a line looks quite like a place", "bad value:\n    at my patient's home (x.ts:1:2)"],
    ["without a message", ""],
  ])("logs where a failure %s comes from", async (_what, message) => {
    const logged: LogFields[] = [];
    const note = (_event: string, fields: LogFields = {}) => logged.push(fields);
    const fail = () => Promise.reject(new Error(message));
    const api = isolatedApi({
      health: { read: fail, write: fail },
      log: { info: note, warn: note, error: note },
    });
    await request(api, "GET", "/connections");
    expect(logged[0]).toMatchObject({
      error: "Error",
      at: expect.stringMatching(/^at .*app\.test\.ts:\d+:\d+/),
    });
    expect(JSON.stringify(logged)).not.toContain("patient");
  });

  it("logs no place where the message in the stack is another one", async () => {
    const logged: LogFields[] = [];
    const note = (_event: string, fields: LogFields = {}) => logged.push(fields);
    const error = new Error("bad value:\n    at my patient's home (x.ts:1:2)");
    expect(error.stack).toContain("patient");
    error.message = "changed later";
    const fail = () => Promise.reject(error);
    const api = isolatedApi({
      health: { read: fail, write: fail },
      log: { info: note, warn: note, error: note },
    });
    await request(api, "GET", "/connections");
    expect(logged[0]).toMatchObject({ error: "Error" });
    expect(JSON.stringify(logged)).not.toContain("patient");
  });

  it.each([
    [{ name: "ThrottlingException", $fault: "client" }, 503],
    [{ name: "InternalServerError", $fault: "server" }, 503],
    // A refused connection: the SDK only marks it.
    [{ name: "Error", code: "ECONNREFUSED" }, 503],
    [{ name: "ValidationException", $fault: "client" }, 500],
  ])("answers a failed call to AWS (%j) with %i", async (members, status) => {
    const error = Object.assign(new Error("failed"), members, { $metadata: { attempts: 3 } });
    const fail = () => Promise.reject(error);
    const api = isolatedApi({ health: { read: fail, write: fail } });
    const answer = await request(api, "GET", "/connections");
    expect(answer.status).toBe(status);
    expect(answer.headers.get("retry-after")).toBe(status === 503 ? "5" : null);
  });

  it("logs how each request ended, without its path, its query or who sent it", async () => {
    const logged: [string, LogFields][] = [];
    const note = (event: string, fields: LogFields = {}) => logged.push([event, fields]);
    const api = isolatedApi({ log: { info: note, warn: note, error: note } });
    await request(api, "GET", "/connections/tela/definitions?name=Ana%20Refund", { role: "reader" });
    await request(api, "GET", "/secret-path", { role: "reader" });
    expect(logged).toEqual([
      [
        "request-answered",
        {
          gatewayRequestId: "gateway-request-1",
          method: "GET",
          route: "/connections/:connection/definitions",
          status: 404,
          code: "unknown-connection",
          durationMs: expect.any(Number),
        },
      ],
      ["request-answered", expect.objectContaining({ route: "none", status: 404, code: "unknown-route" })],
    ]);
  });
});

describe("a queue that does not take the message", () => {
  const body = JSON.stringify({ requestId: "edit-1", operation: "delete", definitionId: "case_1" });

  it("gives 503 and not 202, and the same request succeeds when the queue is back", async () => {
    const requests = requestsInMemory();
    const sent: string[] = [];
    let isDown = true;
    const api = isolatedApi({
      requests,
      queue: {
        async send({ body: message }) {
          if (isDown) return { sent: false, reason: "TimeoutError" };
          sent.push(message);
          return { sent: true };
        },
      },
    });
    const refused = await request(api, "POST", "/change-requests", { body });
    expect(refused).toMatchObject({ status: 503, body: { code: "queue-unavailable" } });
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(requests.records.size).toBe(1);

    isDown = false;
    expect(await request(api, "POST", "/change-requests", { body })).toMatchObject({
      status: 202,
      body: { status: "queued" },
    });
    expect(sent).toHaveLength(1);
    expect(requests.records.size).toBe(1);
  });

  it("gives nothing but 202 where the record is beyond the queue", async () => {
    const requests = requestsInMemory();
    const api = isolatedApi({ requests, queue: { send: async () => ({ sent: true }) } });
    await request(api, "POST", "/change-requests", { body });
    const [record] = requests.records.values();
    const applied = {
      ...requests,
      create: async () => ({ created: false, existing: { ...record, status: "applying" } }),
    };
    // No queue: it must not be touched.
    const later = isolatedApi({ requests: applied as never, connections: oneConnection });
    expect(await request(later, "POST", "/change-requests", { body })).toMatchObject({
      status: 202,
      body: { status: "applying" },
    });
  });
});
