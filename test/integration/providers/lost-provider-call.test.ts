import { describe, expect, it, vi } from "vitest";
import { callProvider, MAX_ANSWER_BYTES } from "../../../shared/providers/provider-call.http.ts";
import { agent, closing, endpoint, failureOf, get, hasty, put } from "./provider-call-context.ts";
import { json, startRawServer, startScriptedServer } from "./scripted-server.ts";

describe("a call without a complete answer", () => {
  it("ends a stalled body at its deadline and destroys the socket", async () => {
    const server = closing(
      await startScriptedServer((_, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write('{"id":"d1",');
      }),
    );
    const error = await failureOf(
      callProvider(endpoint(server.url), {
        ...put,
        ...hasty,
        definitionIdIn: (part) => /"id":"(\w+)"/.exec(part)?.[1],
      }),
    );
    expect(error).toMatchObject({ code: "timeout", effect: "unknown", status: 200, definitionId: "d1" });
    expect(server.requests).toHaveLength(1);
    await vi.waitFor(() => expect(server.openSockets()).toBe(0));
  });

  it("ends missing headers at its deadline and destroys the socket", async () => {
    const server = closing(await startScriptedServer(() => undefined));
    const error = await failureOf(callProvider(endpoint(server.url), { ...put, ...hasty }));
    expect(error).toMatchObject({ code: "timeout", effect: "unknown", status: undefined });
    expect(server.requests).toHaveLength(1);
    await vi.waitFor(() => expect(server.openSockets()).toBe(0));
  });

  it("ends headers that trickle in at its deadline", async () => {
    const server = closing(await startRawServer((socket) => socket.write("HTTP/1.1 200 OK\r\nx-a: 1")));
    const error = await failureOf(callProvider(endpoint(server.url), { ...get, ...hasty }));
    expect(error).toMatchObject({ code: "timeout", effect: "unknown" });
    expect(server.received).toHaveLength(1);
  });

  it.each([get, put])("reports a $method whose socket is reset before an answer as lost", async (call) => {
    const server = closing(await startRawServer((socket) => socket.resetAndDestroy()));
    const error = await failureOf(callProvider(endpoint(server.url), call));
    expect(error).toMatchObject({ code: "connection-lost", effect: "unknown", retryable: true });
    expect(server.received).toHaveLength(1);
  });

  it("does not take an interim answer for the provider's decision", async () => {
    const server = closing(await startRawServer((socket) => socket.end("HTTP/1.1 103 Early Hints\r\n\r\n")));
    const error = await failureOf(callProvider(endpoint(server.url), put));
    expect(error).toMatchObject({ code: "connection-lost", effect: "unknown", status: undefined });
  });

  it.each([
    ["content-length: 100", '{"id":"d1",'],
    ["transfer-encoding: chunked", 'b\r\n{"id":"d1",\r\n'],
  ])("reports a socket that is closed in the middle of a body as lost (%s)", async (header, body) => {
    const server = closing(
      await startRawServer((socket) => socket.end(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${body}`)),
    );
    const error = await failureOf(
      callProvider(endpoint(server.url), {
        ...put,
        definitionIdIn: (part) => /"id":"(\w+)"/.exec(part)?.[1],
      }),
    );
    expect(error).toMatchObject({
      code: "connection-lost",
      effect: "unknown",
      status: 200,
      definitionId: "d1",
    });
    expect(server.received).toHaveLength(1);
  });

  it.each([get, put])(
    "never sends a $method again that a server dropped with a kept-alive socket",
    async (call) => {
      const server = closing(
        await startRawServer((socket, _, count) => {
          if (count === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
          else socket.destroy();
        }),
      );
      const kept = endpoint(server.url);
      await callProvider(kept, get);
      expect(server.openSockets()).toBe(1);
      const error = await failureOf(callProvider(kept, call));
      expect(error).toMatchObject({ code: "connection-lost", effect: "unknown" });
      expect(server.received).toHaveLength(2);
    },
  );

  it("uses a new socket where the server closed the kept-alive one before the request", async () => {
    const server = closing(
      await startRawServer((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")),
    );
    const kept = endpoint(server.url);
    await callProvider(kept, put);
    await vi.waitFor(() => expect(server.openSockets()).toBe(0));
    await callProvider(kept, put);
    expect(server.received).toHaveLength(2);
  });

  it("never sends a call again because another one on its socket was aborted", async () => {
    const server = closing(
      await startScriptedServer((_, response, count) => {
        if (count > 1) json(response, 200, "{}");
        else {
          response.writeHead(200, { "content-length": "100" });
          response.write("{");
        }
      }),
    );
    const pipelining = endpoint(server.url, agent({ connections: 1, pipelining: 10 }));
    const stalled = failureOf(callProvider(pipelining, { ...get, path: "/stalled", ...hasty }));
    await callProvider(pipelining, { ...get, path: "/next" });
    expect(await stalled).toMatchObject({ code: "timeout" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/stalled", "/next"]);
  });

  it.each([
    ["an endless body", { "transfer-encoding": "chunked" }],
    ["a body declared as too large", { "content-length": String(MAX_ANSWER_BYTES + 1) }],
  ])("refuses %s", async (_, headers) => {
    const server = closing(
      await startScriptedServer((_request, response) => {
        response.writeHead(200, headers);
        const chunk = Buffer.alloc(1024 * 1024, " ");
        const more = () => !response.destroyed && response.write(chunk, more);
        more();
      }),
    );
    const error = await failureOf(callProvider(endpoint(server.url), { ...put, timeoutMs: 20_000 }));
    expect(error).toMatchObject({ code: "malformed-answer", effect: "unknown", status: 200 });
    expect(server.requests).toHaveLength(1);
    await vi.waitFor(() => expect(server.openSockets()).toBe(0));
  });

  it("refuses bytes that are not UTF-8", async () => {
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xc3\x28";
    const server = closing(await startRawServer((socket) => socket.write(answer, "latin1")));
    const error = await failureOf(callProvider(endpoint(server.url), put));
    expect(error).toMatchObject({ code: "malformed-answer", effect: "unknown", cause: "not UTF-8" });
    expect(server.received).toHaveLength(1);
  });

  it("takes a server that does not speak HTTP for a lost connection", async () => {
    const server = closing(await startRawServer((socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n")));
    const error = await failureOf(callProvider(endpoint(server.url), put));
    expect(error).toMatchObject({ code: "connection-lost", effect: "unknown" });
    expect(server.received).toHaveLength(1);
  });
});
