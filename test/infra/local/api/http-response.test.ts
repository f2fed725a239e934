import { describe, expect, it } from "vitest";
import { functionResponse } from "../../../../infra/local/api/http-response.ts";

const response = (answer: unknown) => {
  const { body, ...rest } = functionResponse(JSON.stringify(answer));
  return { ...rest, body: body.toString() };
};

describe("a function's answer", () => {
  it("becomes the response that it describes", () => {
    const headers = {
      "Content-Type": "application/problem+json",
      ETag: '"3"',
      "x-count": 2,
      "Content-Length": "9",
    };
    expect(response({ statusCode: 409, headers, cookies: ["a=1", "b=2"], body: "{}" })).toEqual({
      status: 409,
      headers: { "content-type": "application/problem+json", etag: '"3"', "x-count": "2" },
      cookies: ["a=1", "b=2"],
      body: "{}",
    });
  });

  it("is text without a content type, and may carry bytes", () => {
    expect(response({ statusCode: 200, body: "aGk=", isBase64Encoded: true })).toMatchObject({
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "hi",
    });
    expect(response({ statusCode: 204 })).toMatchObject({ status: 204, body: "" });
  });

  it("is the body of a 200 where it names no status", () => {
    const json = { "content-type": "application/json" };
    expect(response({ ok: true })).toMatchObject({ status: 200, headers: json, body: '{"ok":true}' });
    expect(response("done")).toMatchObject({ status: 200, headers: json, body: "done" });
    expect(response(null)).toMatchObject({ status: 200, headers: json, body: "null" });
  });

  it.each([
    { statusCode: "many" },
    { statusCode: 99 },
    { statusCode: 200, body: { a: 1 } },
    { statusCode: 200, headers: { a: ["b"] } },
    { statusCode: 200, cookies: "a" },
  ])("that is broken is the gateway's own 500: %j", (answer) => {
    expect(response(answer)).toMatchObject({ status: 500, body: '{"message":"Internal Server Error"}' });
  });
});
