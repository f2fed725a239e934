import { describe, expect, it } from "vitest";
import { matchRoute } from "../../../../infra/local/api/routes.ts";

// The first five are the developer guide's own example of precedence.
const routes = [
  "$default",
  "ANY /{proxy+}",
  "GET /pets/{proxy+}",
  "GET /pets/dog/{id}",
  "GET /pets/dog/1",
  "ANY /health",
  "GET /health",
  "GET /a/{x}/b/{y}",
].map((routeKey) => ({ routeKey }));

const match = (method: string, path: string, among = routes) => {
  const found = matchRoute(among, method, path);
  return found && [found.route.routeKey, found.pathParameters];
};

describe("the route of a request", () => {
  it.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/cat/1", "GET /pets/{proxy+}", { proxy: "cat/1" }],
    ["POST", "/pets/dog/1", "ANY /{proxy+}", { proxy: "pets/dog/1" }],
    ["POST", "/", "$default", {}],
    ["GET", "/health", "GET /health", {}],
    ["PUT", "/health", "ANY /health", {}],
    ["GET", "/health/", "ANY /{proxy+}", { proxy: "health/" }],
    ["GET", "/a/1/b/2", "GET /a/{x}/b/{y}", { x: "1", y: "2" }],
    ["GET", "/a//b/2", "ANY /{proxy+}", { proxy: "a//b/2" }],
  ])("is the best match: %s %s → %s", (method, path, routeKey, pathParameters) => {
    expect(match(method, path)).toEqual([routeKey, pathParameters]);
    expect(match(method, path, routes.toReversed())).toEqual([routeKey, pathParameters]);
  });

  it("does not exist where nothing matches", () => {
    const few = [{ routeKey: "GET /health" }, { routeKey: "ANY /{proxy+}" }];
    expect(match("GET", "/", few)).toBeUndefined();
    expect(match("POST", "/health", few.slice(0, 1))).toBeUndefined();
    expect(match("GET", "/healthy", few.slice(0, 1))).toBeUndefined();
    expect(match("GET", "/health/x", few.slice(0, 1))).toBeUndefined();
  });
});
