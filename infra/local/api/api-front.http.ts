/**
 * Plays the HTTP API: routes a request to its function, after its authorizer, with the gateway's own limits and
 * answers. The messages are those of HTTP APIs (they differ from REST APIs').
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { InvocationResult } from "../functions/function-process.ts";
import { StartError } from "../start-error.ts";
import type { Authorizer } from "./authorizer.ts";
import {
  type HttpRequest,
  type MatchedRoute,
  proxyEvent,
  type RequestFacts,
  requestFacts,
} from "./http-event.ts";
import { functionResponse, gatewayResponse, type HttpResponse } from "./http-response.ts";
import { matchRoute } from "./routes.ts";

export type ApiRoute = {
  readonly routeKey: string;
  readonly authorizer?: Authorizer;
  /** The gateway gives up after this long; the function goes on. */
  readonly integrationTimeoutMs: number;
  readonly invoke: (event: object) => Promise<InvocationResult>;
};

export type Api = { readonly apiId: string; readonly routes: readonly ApiRoute[] };

export type ApiFront = {
  /** Without a trailing slash. */
  readonly url: string;
  /** Until this is called every request is answered with 503. */
  serve(api: Api): void;
  stop(): Promise<void>;
};

/** The gateway's limit of a request body. */
const maxBodyBytes = 10 * 1_024 * 1_024;

/**
 * Listens on this machine only.
 * @param port 0 takes a free one
 * @param report takes one line about what went wrong, without any content
 * @throws {StartError} if the port is taken
 */
export async function startApiFront(port: number, report: (line: string) => void): Promise<ApiFront> {
  let api: Api | undefined;
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    respond(request, response, api, report).catch((error: unknown) => {
      report(`${request.method} request failed: ${error}`);
      response.destroy();
    });
  });
  const listening = await listen(server, port);
  return {
    url: `http://127.0.0.1:${listening}`,
    serve(served) {
      api = served;
    },
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") throw new StartError(`Port ${port} is taken; choose another one with --port`);
    if (code === "EACCES")
      throw new StartError(`Port ${port} may not be used; choose another one with --port`);
    throw error;
  }
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the API has no port");
  return address.port;
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  api: Api | undefined,
  report: (line: string) => void,
): Promise<void> {
  const requestId = randomUUID();
  const body = await readBody(request);
  const answer =
    body === undefined
      ? gatewayResponse(413, "Request Entity Too Large")
      : await answerTo(httpRequest(request, body), requestId, api, report);
  response.writeHead(answer.status, {
    ...answer.headers,
    "apigw-requestid": requestId,
    ...(answer.body.length === 0 ? {} : { "content-length": answer.body.length }),
    ...(answer.cookies.length === 0 ? {} : { "set-cookie": [...answer.cookies] }),
    ...(body === undefined ? { connection: "close" } : {}),
  });
  response.end(answer.body);
}

async function answerTo(
  request: HttpRequest,
  requestId: string,
  api: Api | undefined,
  report: (line: string) => void,
): Promise<HttpResponse> {
  if (api === undefined) return gatewayResponse(503, "Service Unavailable");
  const facts = requestFacts(request, requestId, new Date());
  if (facts === undefined) return gatewayResponse(400, "Bad Request");
  const match = matchRoute(api.routes, facts.method, facts.rawPath);
  if (match === undefined) return gatewayResponse(404, "Not Found");
  const { routeKey } = match.route;
  const matched: MatchedRoute = { apiId: api.apiId, routeKey, pathParameters: match.pathParameters };

  const authorization = await match.route.authorizer?.(facts, matched);
  switch (authorization?.outcome) {
    case "unauthorized":
      return gatewayResponse(401, "Unauthorized");
    case "forbidden":
      return gatewayResponse(403, "Forbidden");
    case "failed":
      report(`the authorizer of ${routeKey} failed (request ${requestId})`);
      return gatewayResponse(500, "Internal Server Error");
  }
  const event = proxyEvent(facts, matched, request.body, authorization?.context);
  return await integrate(match.route, event, facts, report);
}

async function integrate(
  route: ApiRoute,
  event: object,
  { requestId }: RequestFacts,
  report: (line: string) => void,
): Promise<HttpResponse> {
  const over = Promise.withResolvers<"timeout">();
  const timer = setTimeout(() => over.resolve("timeout"), route.integrationTimeoutMs);
  const result = await Promise.race([route.invoke(event), over.promise]);
  clearTimeout(timer);
  if (result === "timeout") {
    report(`${route.routeKey} did not answer in ${route.integrationTimeoutMs} ms (request ${requestId})`);
    return gatewayResponse(503, "Service Unavailable");
  }
  if (result.ok) return functionResponse(result.payload);
  report(`${route.routeKey} failed: ${result.errorType} (request ${requestId})`);
  return result.errorType === "RequestEntityTooLargeException"
    ? gatewayResponse(413, "Request Entity Too Large")
    : gatewayResponse(500, "Internal Server Error");
}

/** Undefined for a body that is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function httpRequest(request: IncomingMessage, body: Buffer): HttpRequest {
  return {
    method: request.method ?? "GET",
    url: request.url ?? "/",
    httpVersion: request.httpVersion,
    rawHeaders: request.rawHeaders,
    body,
    sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
  };
}
