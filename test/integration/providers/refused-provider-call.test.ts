import { describe, expect, it, vi } from "vitest";
import { callProvider } from "../../../shared/providers/provider-call.http.ts";
import { KEY } from "./key-and-time.ts";
import { closing, endpoint, failureOf, hasty, put } from "./provider-call-context.ts";
import { json, startRawServer, startScriptedServer } from "./scripted-server.ts";

describe("a refused call", () => {
  it.each([
    [300, "redirected", "none", true],
    [304, "redirected", "none", true],
    [400, "invalid-request", "none", false],
    [401, "key-refused", "none", true],
    [402, "key-refused", "none", true],
    [403, "key-refused", "none", true],
    [404, "not-found", "none", false],
    [405, "invalid-request", "none", false],
    [408, "server-error", "unknown", true],
    [409, "conflict", "none", true],
    [410, "not-found", "none", false],
    [413, "invalid-request", "none", false],
    [422, "invalid-request", "none", false],
    [429, "rate-limited", "none", true],
    [500, "server-error", "unknown", true],
    [502, "server-error", "unknown", true],
    [599, "server-error", "unknown", true],
  ])("with status %i is %s", async (status, code, effect, retryable) => {
    const server = closing(await startScriptedServer((_, response) => response.writeHead(status).end()));
    const error = await failureOf(callProvider(endpoint(server.url), put));
    expect(error).toMatchObject({ code, effect, retryable, status, receipt: { status } });
    expect(server.requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    "is not followed where it is a %i, and the key does not travel",
    async (status) => {
      const elsewhere = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
      const server = closing(
        await startScriptedServer((_, response) =>
          response.writeHead(status, { location: `${elsewhere.url}/thing` }).end(),
        ),
      );
      const error = await failureOf(callProvider(endpoint(server.url), put));
      expect(error).toMatchObject({ code: "redirected", effect: "none" });
      expect(server.requests).toHaveLength(1);
      expect(elsewhere.requests).toHaveLength(0);
    },
  );

  it.each([
    [{ "retry-after": "7" }, 7_000],
    [{ "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT" }, 30_000],
    [{ "retry-after-ms": "250", "retry-after": "7" }, 250],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ])("tells when to come back: %j", async (headers, expected) => {
    const server = closing(
      await startScriptedServer((_, response) => response.writeHead(429, headers).end()),
    );
    const error = await failureOf(callProvider(endpoint(server.url), put));
    expect(error.retryAfterMs).toBe(expected);
  });

  it("carries the provider's words, without the key, apart from its own message", async () => {
    const server = closing(
      await startScriptedServer((_, response) => json(response, 400, { message: `bad prompt for ${KEY}` })),
    );
    const error = await failureOf(callProvider(endpoint(server.url), put));
    expect(error.providerMessage).toBe("bad prompt for [key]");
    expect(error.message).toBe("provider call failed: invalid-request (400)");
  });

  it.each([
    [
      "stalls",
      (socket: { write(text: string): unknown }) =>
        socket.write("HTTP/1.1 429 X\r\ncontent-length: 9\r\n\r\n{"),
    ],
    [
      "breaks off",
      (socket: { end(text: string): unknown }) => socket.end("HTTP/1.1 429 X\r\ncontent-length: 9\r\n\r\n{"),
    ],
    [
      "does not end",
      (socket: { write(text: string): unknown }) =>
        socket.write(`HTTP/1.1 429 X\r\ncontent-length: 999999\r\n\r\n${" ".repeat(70_000)}`),
    ],
  ])("is what its status says, even if its body %s", async (_, answer) => {
    const server = closing(await startRawServer((socket) => answer(socket)));
    const error = await failureOf(callProvider(endpoint(server.url), { ...put, ...hasty }));
    expect(error).toMatchObject({ code: "rate-limited", effect: "none", status: 429 });
    await vi.waitFor(() => expect(server.openSockets()).toBe(0));
  });
});
