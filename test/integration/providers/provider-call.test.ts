import net from "node:net";
import { describe, expect, it } from "vitest";
import { callProvider } from "../../../shared/providers/provider-call.http.ts";
import { KEY } from "./key-and-time.ts";
import { agent, closing, endpoint, failureOf, get, hasty, put } from "./provider-call-context.ts";
import { freePort, json, startRawServer, startScriptedServer } from "./scripted-server.ts";

describe("a call that is answered", () => {
  it("sends one request below the base URL's path, with the key as bearer token only", async () => {
    const server = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
    const answer = await callProvider(endpoint(`${server.url}/prefix/`), { ...put, path: "/a%2Fb?x=1" });

    expect(answer).toMatchObject({ text: "{}", receipt: { status: 200, durationMs: 0 } });
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request).toMatchObject({ method: "PUT", path: "/prefix/a%2Fb?x=1", body: '{"a":1}' });
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      accept: "application/json",
      "accept-encoding": "identity",
      "content-type": "application/json",
    });
  });

  it("keeps the provider's request id, its clock and what it says about its limit in the receipt", async () => {
    const server = closing(
      await startScriptedServer((_, response) => {
        response.setHeader("x-request-id", "req-7");
        response.setHeader("date", "Sat, 21 Nov 2026 09:59:58 GMT");
        response.setHeader("ratelimit", '"default";r=3;t=30');
        json(response, 201, "{}");
      }),
    );
    const { receipt } = await callProvider(endpoint(server.url), get);
    expect(receipt).toEqual({
      status: 201,
      durationMs: 0,
      requestId: "req-7",
      limit: { remaining: 3, resetMs: 30_000 },
      clockAheadMs: -2_000,
    });
  });

  it("waits through interim answers and decodes characters cut by a chunk boundary", async () => {
    const server = closing(
      await startRawServer((socket) => {
        socket.write("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
        socket.write(Buffer.from([0xc3]), () => socket.write(Buffer.from([0xa9])));
      }),
    );
    expect(await callProvider(endpoint(server.url), get)).toMatchObject({ text: "é" });
  });
});

describe("a call that was never sent", () => {
  it("is unreachable where the connection is refused", async () => {
    const error = await failureOf(callProvider(endpoint(`http://127.0.0.1:${await freePort()}`), put));
    expect(error).toMatchObject({
      code: "unreachable",
      effect: "none",
      retryable: true,
      cause: "ECONNREFUSED",
    });
  });

  it("is unreachable where a TLS handshake meets a plain port", async () => {
    const server = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
    const error = await failureOf(callProvider(endpoint(server.url.replace("http:", "https:")), put));
    expect(error).toMatchObject({ code: "unreachable", effect: "none" });
    expect(server.requests).toHaveLength(0);
  });

  it("is unreachable where the deadline comes before the connection, which then carries nothing", async () => {
    const server = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const slow = agent({
      connect: ({ port }, callback) => {
        const socket = net.connect(Number(port), "127.0.0.1");
        void released.then(() => callback(null, socket));
      },
    });
    const error = await failureOf(callProvider(endpoint(server.url, slow), { ...put, ...hasty }));
    expect(error).toMatchObject({ code: "unreachable", effect: "none" });

    release();
    await callProvider(endpoint(server.url, slow), { ...put, path: "/next" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/next"]);
  });

  it("is unreachable where the key does not come before the deadline", async () => {
    const server = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
    const { promise: apiKey, resolve } = Promise.withResolvers<string>();
    const waiting = { ...endpoint(server.url), apiKey: () => apiKey };
    expect(await failureOf(callProvider(waiting, { ...put, ...hasty }))).toMatchObject({
      code: "unreachable",
      effect: "none",
    });
    resolve(KEY);
    await callProvider(endpoint(server.url), { ...put, path: "/next" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/next"]);
  });

  it("fails as the key's source failed", async () => {
    const cause = new Error("no secret");
    const broken = { ...endpoint("http://127.0.0.1:9"), apiKey: async () => Promise.reject(cause) };
    await expect(callProvider(broken, put)).rejects.toBe(cause);
  });

  it.each(["", "key\n", "kéy", "two words"])("refuses a key that no header can carry (%j)", async (key) => {
    const server = closing(await startScriptedServer((_, response) => json(response, 200, "{}")));
    const unusable = { ...endpoint(server.url), apiKey: async () => key };
    expect(await failureOf(callProvider(unusable, put))).toMatchObject({
      code: "key-refused",
      effect: "none",
    });
    expect(server.requests).toHaveLength(0);
  });
});
