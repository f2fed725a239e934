import { describe, expect, it } from "vitest";
import {
  authorizerEvent,
  type HttpRequest,
  proxyEvent,
  type RequestFacts,
  requestFacts,
} from "../../../../infra/local/api/http-event.ts";

const at = new Date("2026-11-21T09:08:07.123Z");
const route = { apiId: "api", routeKey: "ANY /{proxy+}", pathParameters: { proxy: "a" } };

function request(changes: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "POST",
    url: "/a",
    httpVersion: "1.1",
    rawHeaders: [],
    body: Buffer.alloc(0),
    sourceIp: "127.0.0.1",
    ...changes,
  };
}

function facts(changes: Partial<HttpRequest> = {}): RequestFacts {
  const found = requestFacts(request(changes), "id", at);
  if (found === undefined) throw new Error("no facts");
  return found;
}

describe("a request in payload format 2.0", () => {
  it("has the shape of the developer guide", () => {
    const rawHeaders = [
      ...[
        "Host",
        "127.0.0.1:8787",
        "X-Two",
        "1",
        "x-two",
        "2",
        "Connection",
        "keep-alive",
        "User-Agent",
        "curl",
      ],
      ...["Cookie", "a=1; b=2", "cookie", "c=3", "Content-Type", "application/json; charset=utf-8"],
    ];
    const url = "/a?p=1&p=2&q=x%20y&r=a%2Bb+c";
    const event = proxyEvent(facts({ rawHeaders, url }), route, Buffer.from('{"ä":1}'), { role: "reader" });
    expect(event).toEqual({
      version: "2.0",
      routeKey: "ANY /{proxy+}",
      rawPath: "/a",
      rawQueryString: "p=1&p=2&q=x%20y&r=a%2Bb+c",
      cookies: ["a=1", "b=2", "c=3"],
      headers: {
        host: "127.0.0.1:8787",
        "x-two": "1,2",
        "user-agent": "curl",
        "content-type": "application/json; charset=utf-8",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
      },
      queryStringParameters: { p: "1,2", q: "x y", r: "a+b c" },
      pathParameters: { proxy: "a" },
      requestContext: {
        accountId: "000000000000",
        apiId: "api",
        authorizer: { lambda: { role: "reader" } },
        domainName: "127.0.0.1",
        domainPrefix: "127",
        http: { method: "POST", path: "/a", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "curl" },
        requestId: "id",
        routeKey: "ANY /{proxy+}",
        stage: "$default",
        time: "21/Nov/2026:09:08:07 +0000",
        timeEpoch: at.getTime(),
      },
      body: '{"ä":1}',
      isBase64Encoded: false,
    });
  });

  it("leaves out what the request does not have", () => {
    const event = proxyEvent(facts(), { ...route, pathParameters: {} }, Buffer.alloc(0), undefined);
    const absent = ["cookies", "queryStringParameters", "pathParameters", "body"];
    expect(Object.keys(event).filter((member) => absent.includes(member))).toEqual([]);
    expect(event).toMatchObject({ rawQueryString: "", isBase64Encoded: false });
    expect(event).not.toHaveProperty("requestContext.authorizer");
  });

  it.each([
    ["/a%20b", "/a b"],
    ["/a%2Fb/c", "/a/b/c"],
    ["/a%252Fb", "/a%2Fb"],
    ["/a%3Fb", "/a"],
    ["/a%23b", "/a#b"],
    ["/%C3%A4:x", "/ä:x"],
    ["/a+b", "/a+b"],
  ])("has its path decoded once: %s", (url, rawPath) => {
    expect(facts({ url: `${url}?q=%2F` })).toMatchObject({ rawPath, rawQueryString: "q=%2F" });
  });

  it.each(["/%", "/%zz", "/%ff"])("does not exist for a path that cannot be decoded: %s", (url) => {
    expect(requestFacts(request({ url }), "id", at)).toBeUndefined();
  });

  it.each([
    ["application/json", false],
    ["Application/JSON; charset=utf-8", false],
    ["text/plain", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["application/problem+json", true],
    ["application/x-www-form-urlencoded", true],
    ["application/octet-stream", true],
    [undefined, true],
  ])("has its body as text or in base64 by its type: %s", (contentType, isBase64Encoded) => {
    const rawHeaders = contentType === undefined ? [] : ["Content-Type", contentType];
    const body = isBase64Encoded ? "eyJhIjoxfQ==" : '{"a":1}';
    expect(proxyEvent(facts({ rawHeaders }), route, Buffer.from('{"a":1}'), undefined)).toMatchObject({
      body,
      isBase64Encoded,
    });
  });

  it("goes to the authorizer without its body", () => {
    const event = authorizerEvent(facts(), route, ["Bearer x"], "us-east-1");
    expect(event).toMatchObject({
      version: "2.0",
      type: "REQUEST",
      routeArn: "arn:aws:execute-api:us-east-1:000000000000:api/$default/POST/a",
      identitySource: ["Bearer x"],
      rawPath: "/a",
      pathParameters: { proxy: "a" },
    });
    expect(event).not.toHaveProperty("body");
    expect(event).not.toHaveProperty("isBase64Encoded");
  });
});
