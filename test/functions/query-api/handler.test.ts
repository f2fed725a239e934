import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { ApiContext } from "../../../functions/query-api/api.ts";
import type { Api } from "../../../functions/query-api/app.ts";
import { createHandler } from "../../../functions/query-api/handler.ts";
import { answerOf, gatewayEvent } from "../../support/query-api-world.ts";

/** Answers what it was asked. */
const echo = createHandler(
  (new Hono() as Api).all("/:first/:second?", async (context: ApiContext) =>
    context.json({
      first: context.req.param("first"),
      second: context.req.param("second"),
      query: context.req.query(),
      caller: context.env.caller ?? null,
      requestId: context.env.requestId,
      key: context.req.header("idempotency-key"),
      body: Buffer.from(await context.req.arrayBuffer()).toString("hex"),
    }),
  ),
);
const ask = async (...args: Parameters<typeof gatewayEvent>) =>
  (await echo(gatewayEvent(...args))).body ?? "";

describe("an event of the gateway", () => {
  it("becomes the request that was sent, though the gateway decoded its path", async () => {
    const event = gatewayEvent("GET", "/100%25%23/a%2541?name=a%26b&x=%20");
    expect(event.rawPath).toBe("/100%#/a%41");
    expect(JSON.parse((await echo(event)).body ?? "")).toMatchObject({
      first: "100%#",
      second: "a%41",
      query: { name: "a&b", x: " " },
      requestId: "gateway-request-1",
    });
  });

  it("has its body's bytes, whether it came as text or as base64", async () => {
    const body = Buffer.from('{"é":1}');
    const asText = gatewayEvent("POST", "/a", { body });
    const asBase64 = gatewayEvent("POST", "/a", { body, headers: { "content-type": "application/x-other" } });
    expect([asText.isBase64Encoded, asBase64.isBase64Encoded]).toEqual([false, true]);
    for (const event of [asText, asBase64]) {
      expect(JSON.parse((await echo(event)).body ?? "")).toMatchObject({ body: body.toString("hex") });
    }
  });

  it("may have a body that its method does not take", async () => {
    expect(JSON.parse(await ask("GET", "/a", { body: "x" }))).toMatchObject({ body: "" });
  });

  it("may have headers beyond ASCII", async () => {
    const answer = JSON.parse(await ask("GET", "/a", { headers: { "idempotency-key": "é🐙" } }));
    expect(answer.key).toBe("%C3%A9%F0%9F%90%99");
  });

  it("names its caller only as the authorizer does", async () => {
    const event = gatewayEvent("GET", "/a", { headers: { subject: "root", role: "operator" } });
    const callerIn = async (authorizer: { lambda?: unknown } | undefined) => {
      const { authorizer: _given, ...rest } = event.requestContext;
      const requestContext = authorizer === undefined ? rest : { ...rest, authorizer };
      return JSON.parse((await echo({ ...event, requestContext })).body ?? "").caller;
    };
    expect(await callerIn({ lambda: { subject: "ana", role: "editor" } })).toEqual({
      subject: "ana",
      role: "editor",
    });
    for (const nobody of [
      undefined,
      {},
      { lambda: null },
      { lambda: { role: "none" } },
      { lambda: { subject: "ana", role: "none" } },
      { lambda: { subject: "ana", role: "admin" } },
      { lambda: { subject: "", role: "editor" } },
      { lambda: { role: "operator" } },
    ]) {
      expect(await callerIn(nobody)).toBeNull();
    }
  });

  it.each(["TRACE", "CONNECT"])("with the method %s is answered as every fault", async (method) => {
    const answer = answerOf(await echo(gatewayEvent(method, "/a")));
    expect(answer).toMatchObject({
      status: 400,
      headers: { "content-type": "application/problem+json" },
      body: { code: "invalid-request" },
    });
  });
});

describe("an answer", () => {
  const answering = (response: () => Response) => createHandler((new Hono() as Api).all("*", response));

  it("travels as text, and in base64 where it is so large that escapes could break Lambda's limit", async () => {
    const quotes = '"'.repeat(4 * 1024 * 1024);
    const small = await answering(() => new Response('"ü"'))(gatewayEvent("GET", "/"));
    expect(small).toMatchObject({ body: '"ü"', isBase64Encoded: false });
    const large = await answering(() => new Response(quotes))(gatewayEvent("GET", "/"));
    expect(large.isBase64Encoded).toBe(true);
    expect(JSON.stringify(large).length).toBeLessThan(6 * 1024 * 1024);
    expect(Buffer.from(large.body ?? "", "base64").toString()).toBe(quotes);
  });

  it("may have no body", async () => {
    const answer = await answering(() => new Response(null, { status: 304, headers: { etag: '"1"' } }))(
      gatewayEvent("GET", "/"),
    );
    expect(answer).toEqual({ statusCode: 304, headers: { etag: '"1"' }, body: "", isBase64Encoded: false });
  });
});
