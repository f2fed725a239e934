import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../../../../infra/local/api/authorizer.ts";
import { type RequestFacts, requestFacts } from "../../../../infra/local/api/http-event.ts";
import type { InvocationResult } from "../../../../infra/local/functions/function-process.ts";

const route = { apiId: "api", routeKey: "GET /a", pathParameters: {} };
const identitySources = ["$request.header.Authorization"];

function facts(rawHeaders: readonly string[]): RequestFacts {
  const request = {
    method: "GET",
    url: "/a",
    httpVersion: "1.1",
    rawHeaders,
    body: Buffer.alloc(0),
    sourceIp: "",
  };
  const found = requestFacts(request, "id", new Date(0));
  if (found === undefined) throw new Error("no facts");
  return found;
}

/** An authorizer whose function answers `answer` and counts. */
function authorizer(answer: unknown, changes: { identitySources?: string[]; resultTtlMs?: number } = {}) {
  const state = { calls: 0, now: 0 };
  const invoke = async (): Promise<InvocationResult> => {
    state.calls += 1;
    return answer instanceof Error
      ? { ok: false, errorType: "Error", message: answer.message }
      : { ok: true, payload: JSON.stringify(answer) };
  };
  const settings = { identitySources, resultTtlMs: 0, region: "us-east-1", ...changes };
  const authorize = createAuthorizer(invoke, settings, () => state.now);
  return { state, ask: (token = "t") => authorize(facts(["authorization", token]), route), authorize };
}

describe("a Lambda authorizer with simple responses", () => {
  it("lets a request pass with its context, or refuses it", async () => {
    expect(await authorizer({ isAuthorized: true, context: { role: "reader" } }).ask()).toEqual({
      outcome: "allowed",
      context: { role: "reader" },
    });
    expect(await authorizer({ isAuthorized: true }).ask()).toEqual({ outcome: "allowed", context: {} });
    expect(await authorizer({ isAuthorized: false }).ask()).toEqual({ outcome: "forbidden" });
  });

  it.each([new Error("boom"), null, {}, { isAuthorized: "true" }, "yes"])(
    "fails by any other answer: %s",
    async (answer) => {
      expect(await authorizer(answer).ask()).toEqual({ outcome: "failed" });
    },
  );

  it("is not asked without its identity sources", async () => {
    const { state, authorize, ask } = authorizer({ isAuthorized: true });
    expect(await authorize(facts([]), route)).toEqual({ outcome: "unauthorized" });
    expect(await ask("")).toEqual({ outcome: "unauthorized" });
    expect(state.calls).toBe(0);
  });

  it("is always asked where it has none", async () => {
    const { state, authorize } = authorizer({ isAuthorized: true }, { identitySources: [] });
    expect(await authorize(facts([]), route)).toMatchObject({ outcome: "allowed" });
    expect(state.calls).toBe(1);
  });

  it("is asked again for the same identity only when its answer has grown old", async () => {
    const { state, ask } = authorizer({ isAuthorized: false }, { resultTtlMs: 1_000 });
    await ask();
    state.now = 999;
    await ask();
    expect(state.calls).toBe(1);
    await ask("other");
    expect(state.calls).toBe(2);
    state.now = 1_000;
    await ask();
    expect(state.calls).toBe(3);
  });

  it("is asked every time where its answers are not kept, and after a failure", async () => {
    const uncached = authorizer({ isAuthorized: true });
    await uncached.ask();
    await uncached.ask();
    expect(uncached.state.calls).toBe(2);
    const failing = authorizer(new Error("boom"), { resultTtlMs: 1_000 });
    await failing.ask();
    await failing.ask();
    expect(failing.state.calls).toBe(2);
  });

  it("is refused where its identity source is not known", () => {
    expect(() => authorizer({}, { identitySources: ["$request.body"] })).toThrow(
      "$request.body is not known",
    );
  });
});
