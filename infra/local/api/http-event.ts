/**
 * A request as an HTTP API hands it to a function (payload format 2.0). Shapes from the developer guide, "Create
 * AWS Lambda proxy integrations for HTTP APIs"; what it leaves open was observed by others on the real service
 * and is said where it matters.
 */
import { localAccountId } from "../engines/local-endpoint.ts";

/** A request with its whole body. */
export type HttpRequest = {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly httpVersion: string;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
};

/** What is the same in the events of the route's function and of its authorizer. */
export type RequestFacts = {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly method: string;
  readonly protocol: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly at: Date;
};

export type MatchedRoute = {
  readonly apiId: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** Headers that concern one connection, not the request. */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade"]);

/** @returns undefined for a path that is not valid percent-encoding */
export function requestFacts(request: HttpRequest, requestId: string, at: Date): RequestFacts | undefined {
  const [encodedPath = "", ...query] = request.url.split("?");
  const rawPath = decodedPath(encodedPath);
  if (rawPath === undefined) return undefined;
  const rawQueryString = query.join("?");
  const { headers, cookies } = headersOf(request);
  const parameters = joined([...new URLSearchParams(rawQueryString)], ",");
  return {
    rawPath,
    rawQueryString,
    headers,
    ...(cookies.length === 0 ? {} : { cookies }),
    ...(Object.keys(parameters).length === 0 ? {} : { queryStringParameters: parameters }),
    method: request.method,
    protocol: `HTTP/${request.httpVersion}`,
    sourceIp: request.sourceIp,
    requestId,
    at,
  };
}

/** The event of the route's function. */
export function proxyEvent(
  facts: RequestFacts,
  route: MatchedRoute,
  body: Buffer,
  authorizerContext: unknown,
): object {
  const context = requestContext(facts, route);
  return {
    version: "2.0",
    ...shared(facts, route),
    requestContext:
      authorizerContext === undefined ? context : { ...context, authorizer: { lambda: authorizerContext } },
    ...bodyOf(body, facts.headers["content-type"]),
  };
}

/** The event of a REQUEST authorizer. It never sees the body. */
export function authorizerEvent(
  facts: RequestFacts,
  route: MatchedRoute,
  identitySource: readonly string[],
  region: string,
): object {
  return {
    version: "2.0",
    type: "REQUEST",
    routeArn: `arn:aws:execute-api:${region}:${localAccountId}:${route.apiId}/$default/${facts.method}${facts.rawPath}`,
    identitySource,
    ...shared(facts, route),
    requestContext: requestContext(facts, route),
  };
}

function shared(facts: RequestFacts, { routeKey, pathParameters }: MatchedRoute): object {
  return {
    routeKey,
    rawPath: facts.rawPath,
    rawQueryString: facts.rawQueryString,
    ...(facts.cookies === undefined ? {} : { cookies: facts.cookies }),
    headers: facts.headers,
    ...(facts.queryStringParameters === undefined
      ? {}
      : { queryStringParameters: facts.queryStringParameters }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
  };
}

function requestContext(facts: RequestFacts, { apiId, routeKey }: MatchedRoute): object {
  const [host = ""] = (facts.headers["host"] ?? "").split(":");
  return {
    accountId: localAccountId,
    apiId,
    domainName: host,
    domainPrefix: host.split(".")[0],
    http: {
      method: facts.method,
      path: facts.rawPath,
      protocol: facts.protocol,
      sourceIp: facts.sourceIp,
      userAgent: facts.headers["user-agent"] ?? "",
    },
    requestId: facts.requestId,
    routeKey,
    stage: "$default",
    time: commonLogTime(facts.at),
    timeEpoch: facts.at.getTime(),
  };
}

/**
 * HTTP APIs decode the path once before they look for a route, so an encoded slash separates, and they cut it at
 * a decoded question mark (captures from the real service: hotsock/voker#8, honojs/hono#2156).
 */
function decodedPath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded).split("?")[0];
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Names in lower case, values of the same name joined with commas; cookies apart. */
function headersOf({ rawHeaders, sourceIp }: HttpRequest): {
  headers: Record<string, string>;
  cookies: string[];
} {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    pairs.push([(rawHeaders[i] ?? "").toLowerCase(), rawHeaders[i + 1] ?? ""]);
  }
  const cookies = pairs.filter(([name]) => name === "cookie").flatMap(([, value]) => value.split(/; */));
  const kept = pairs.filter(([name]) => name !== "cookie" && !hopByHop.has(name));
  const headers = joined([...kept, ["x-forwarded-for", sourceIp], ["x-forwarded-proto", "http"]], ",");
  return { headers, cookies: cookies.filter((cookie) => cookie !== "") };
}

/**
 * Text only for these types, base64 for everything else, also for form data and without a content type (verified
 * on the real service in ministackorg/ministack#766; the documentation only says "binary").
 */
function bodyOf(body: Buffer, contentType: string | undefined): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const isText = type.startsWith("text/") || /^application\/(json|xml|javascript)$/.test(type);
  return isText
    ? { body: body.toString("utf8"), isBase64Encoded: false }
    : { body: body.toString("base64"), isBase64Encoded: true };
}

function joined(pairs: readonly (readonly [string, string])[], separator: string): Record<string, string> {
  const values = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries([...values].map(([name, all]) => [name, all.map(([, v]) => v).join(separator)]));
}

/** `dd/MMM/yyyy:HH:mm:ss +0000`, as in access logs. */
function commonLogTime(at: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
