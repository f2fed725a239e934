/** How the local stack answers HTTP requests, compared with what an HTTP API does. */
import { once } from "node:events";
import { request as send } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ApiFront, type ApiRoute, startApiFront } from "../../../infra/local/api/api-front.http.ts";
import type { InvocationResult } from "../../../infra/local/functions/function-process.ts";

const ok = (answer: unknown): InvocationResult => ({ ok: true, payload: JSON.stringify(answer) });
const echo = async (event: object) => ok({ statusCode: 200, body: JSON.stringify(event) });

async function start(): Promise<ApiFront & { reports: string[] }> {
  const reports: string[] = [];
  const front = await startApiFront(0, (line) => reports.push(line));
  onTestFinished(() => front.stop());
  return { ...front, reports };
}

async function startWith(...routes: Partial<ApiRoute>[]) {
  const front = await start();
  const complete = { routeKey: "ANY /{proxy+}", integrationTimeoutMs: 30_000, invoke: echo };
  front.serve({ apiId: "api", routes: routes.map((route) => ({ ...complete, ...route })) });
  return front;
}

/** The path as it is: `fetch` would normalise it. */
async function get(front: ApiFront, path: string): Promise<{ status: number | undefined; body: string }> {
  const { hostname, port } = new URL(front.url);
  const [response] = await once(send({ hostname, port, path }).end(), "response");
  return { status: response.statusCode, body: await text(response) };
}

describe("the API", () => {
  it("answers with what the function said", async () => {
    const answer = { statusCode: 201, headers: { location: "/x" }, cookies: ["a=1", "b=2"], body: "made" };
    const { url } = await startWith({ invoke: async () => ok(answer) });
    const response = await fetch(`${url}/x`, { method: "POST" });
    expect([response.status, response.headers.get("location"), await response.text()]).toEqual([
      201,
      "/x",
      "made",
    ]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("apigw-requestid")).toMatch(/./);
  });

  it("gives the function the body as text or in base64", async () => {
    const { url } = await startWith({});
    const post = async (body: Uint8Array<ArrayBuffer>, type: string) =>
      (await fetch(`${url}/x`, { method: "POST", body, headers: { "content-type": type } })).json();
    const bytes = new TextEncoder().encode('{"a":"ä"}');
    expect(await post(bytes, "application/json")).toMatchObject({
      body: '{"a":"ä"}',
      isBase64Encoded: false,
    });
    expect(await post(new Uint8Array([0, 255]), "application/octet-stream")).toMatchObject({
      body: "AP8=",
      isBase64Encoded: true,
    });
  });

  it("decodes the path before it looks for a route", async () => {
    const front = await startWith({ routeKey: "GET /a/{x}" });
    expect(JSON.parse((await get(front, "/%61/b%20c")).body)).toMatchObject({
      rawPath: "/a/b c",
      pathParameters: { x: "b c" },
    });
    expect((await get(front, "/a/b%2Fc")).status).toBe(404);
    expect(await get(front, "/a/%zz")).toEqual({ status: 400, body: '{"message":"Bad Request"}' });
  });

  it("answers 404 where there is no route", async () => {
    const { url } = await startWith({ routeKey: "GET /health" });
    const response = await fetch(`${url}/nowhere`);
    expect([response.status, await response.json()]).toEqual([404, { message: "Not Found" }]);
    expect((await fetch(`${url}/health`, { method: "POST" })).status).toBe(404);
  });

  it("answers 500 when the function fails, without its words", async () => {
    const front = await startWith({
      invoke: async () => ({ ok: false, errorType: "TypeError", message: "prompt text" }),
    });
    const response = await fetch(`${front.url}/x`);
    expect([response.status, await response.json()]).toEqual([500, { message: "Internal Server Error" }]);
    expect(front.reports.join()).toContain("TypeError");
    expect(front.reports.join()).not.toContain("prompt text");
  });

  it("answers 503 when the function takes too long", async () => {
    const { url } = await startWith({ integrationTimeoutMs: 20, invoke: () => new Promise(() => undefined) });
    const response = await fetch(`${url}/x`);
    expect([response.status, await response.json()]).toEqual([503, { message: "Service Unavailable" }]);
  });

  it("refuses a body of more than 10 MB and takes one of exactly 10 MB", async () => {
    const { url } = await startWith({ invoke: async () => ok({ statusCode: 204 }) });
    const post = (bytes: number) => fetch(`${url}/x`, { method: "POST", body: new Uint8Array(bytes) });
    expect((await post(10_485_760)).status).toBe(204);
    expect((await post(10_485_761)).status).toBe(413);
  });

  it.each([
    ["unauthorized", 401, "Unauthorized"],
    ["forbidden", 403, "Forbidden"],
    ["failed", 500, "Internal Server Error"],
  ] as const)(
    "does not reach the function when the authorizer says: %s",
    async (outcome, status, message) => {
      const { url } = await startWith({
        authorizer: async () => ({ outcome }),
        invoke: () => Promise.reject(new Error("reached")),
      });
      const response = await fetch(`${url}/x`);
      expect([response.status, await response.json()]).toEqual([status, { message }]);
    },
  );

  it("gives the function what the authorizer found out", async () => {
    const { url } = await startWith({
      authorizer: async () => ({ outcome: "allowed", context: { role: "reader" } }),
    });
    expect(await (await fetch(`${url}/x`)).json()).toMatchObject({
      requestContext: { authorizer: { lambda: { role: "reader" } } },
    });
  });

  it("answers 503 as long as the stack is not ready", async () => {
    expect((await fetch(`${(await start()).url}/health`)).status).toBe(503);
  });

  it("says in one line that its port is taken", async () => {
    const { url } = await start();
    const port = Number(new URL(url).port);
    await expect(startApiFront(port, () => undefined)).rejects.toThrow(
      `Port ${port} is taken; choose another one with --port`,
    );
  });
});
