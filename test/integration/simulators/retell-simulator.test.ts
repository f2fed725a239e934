/** The simulated Retell as a whole: request log, rate limit, latency, control API, reset. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../shared/platform/json.ts";
import { waitFor } from "../../support/wait-for.ts";
import { call, input, startAt, startWorld, storedId, type World } from "./retell-fixture.ts";

const get = `/get-test-case-definition/${storedId}`;
const update = `/update-test-case-definition/${storedId}`;

describe("a simulator under control", () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => world.close());

  test("logs every request with body, query and headers, but never a key", async () => {
    await world.call("PUT", `${update}?x=1&y=%20`, '{"name":1.0}', { "X-Stainless-Retry-Count": "2" });
    const [logged] = world.workspace.requests({ method: "PUT", path: "/update-*" });
    expect(logged).toMatchObject({
      number: 1,
      at: startAt,
      path: update,
      query: { x: "1", y: " " },
      bodyText: '{"name":1.0}',
      retryCount: 2,
      applied: false,
      status: 400,
      delivery: "answer",
    });
    expect(logged?.headers["authorization"]).toBe("Bearer …");
    expect(JSON.stringify(world.workspace.requests())).not.toContain("key_test");
    expect(world.workspace.requests({ after: 1 })).toEqual([]);
  });

  test.each([
    ["none", null, null],
    ["seconds", "retry-after", "2"],
    ["milliseconds", "retry-after-ms", "1500"],
    ["date", "retry-after", new Date(startAt + 2_000).toUTCString()],
    ["garbage", "retry-after", "soon"],
  ] as const)("limits the rate and says when to come back: %s", async (retryAfter, header, value) => {
    world.workspace.setSwitches({
      rateLimit: { kind: "sliding-log", limit: 2, windowMs: 2_000 },
      retryAfter,
    });
    await world.call("GET", get);
    world.clock.advance(500);
    await world.call("GET", "/no-such-route");
    const refused = await world.call("PUT", update, input);
    expect(refused.json["message"]).toBe("Account rate limited, please throttle your requests.");
    expect(refused.headers.get(header ?? "retry-after")).toBe(value);
    expect(world.workspace.effects()).toEqual([]);
    world.clock.advance(1_500);
    expect((await world.call("PUT", update, input)).status).toBe(200);
  });

  test("counts a workspace's requests together, or each key's own", async () => {
    const { workspace } = world;
    workspace.edit({ action: "set-key", apiKey: "key_2", key: { workspace: "workspace_1" } });
    const second = () => world.call("GET", get, undefined, { authorization: "Bearer key_2" });
    workspace.setSwitches({ rateLimit: { kind: "fixed-window", limit: 1, windowMs: 60_000 } });
    expect((await world.call("GET", get)).status).toBe(200);
    expect((await second()).status).toBe(429);
    workspace.setSwitches({ rateLimitScope: "key" });
    expect((await world.call("GET", get)).status).toBe(200);
    expect((await second()).status).toBe(200);
    expect((await second()).status).toBe(429);
  });

  test("takes its latency before and after the effect", async () => {
    world.workspace.setSwitches({ latencyMs: 100, answerLatencyMs: 50 });
    const answer = world.call("PUT", update, input);
    const waiting = () => waitFor(() => world.clock.pending > 0, { timeoutMs: 5_000, what: "the latency" });
    await waiting();
    expect(world.workspace.effects()).toEqual([]);
    world.clock.advance(100);
    await waiting();
    expect(world.workspace.effects()).toHaveLength(1);
    world.clock.advance(50);
    expect((await answer).status).toBe(200);
    expect(world.workspace.requests()).toMatchObject([{ at: startAt, answeredAt: startAt + 150 }]);
  });

  test("can be read and steered over HTTP without a key", async () => {
    const control = (method: string, path: string, body?: JsonObject | string) =>
      call(world.url, method, `/__simulator__/${path}`, body, { authorization: "" });
    const faults = JSON.stringify([
      { match: { method: "GET" }, apply: "never", answer: { status: 500 } },
      {},
    ]);
    expect((await control("POST", "faults", faults)).json).toEqual({ ids: [1, 2] });
    expect((await world.call("GET", get)).status).toBe(500);
    await control("DELETE", "faults");
    expect((await control("POST", "switches", { put: "merge" })).json).toMatchObject({
      put: "merge",
      idInBody: "ignored",
    });
    await world.call("PUT", update, { name: "Merged" });
    const edit = `{"action":"edit","definitionId":"${storedId}","set":{"weight":1.0}}`;
    const edited = { results: [{ done: true, definitionId: storedId }] };
    expect((await control("POST", "edits", edit)).json).toEqual(edited);
    expect((await control("GET", "state")).text).toContain('"weight":1.0');
    expect((await control("GET", "requests?after=1&method=PUT")).json).toMatchObject([
      { number: 2, applied: true },
    ]);
    expect((await control("GET", `effects?after=1&definitionId=${storedId}`)).json).toMatchObject([
      { number: 2 },
    ]);
    await control("POST", "reset");
    expect((await control("GET", "state")).json).toMatchObject({
      switches: { put: "replace" },
      pendingFaults: [],
    });
    expect((await control("GET", "effects")).json).toEqual([]);
    expect((await world.call("GET", get)).json["name"]).toBe(input.name);
  });

  test.each([
    ["switches", '{"putt":"merge"}'],
    ["switches", '{"put":"sometimes"}'],
    ["faults", '{"apply":"never"}'],
    ["edits", '{"action":"delete","definitionId":"no"}'],
    ["edits", "{"],
  ])("refuses a mistake in POST %s %s", async (path, body) => {
    const { status } = await world.call("POST", `/__simulator__/${path}`, body);
    expect(status).toBe(400);
    expect(world.workspace.snapshot()).toMatchObject({ pendingFaults: [], pendingEdits: [] });
  });

  test("a reset also ends what was still to come", async () => {
    world.workspace.edit({ action: "delete", definitionId: storedId, afterMs: 1_000 });
    world.workspace.edit({ action: "delete", definitionId: storedId, when: { phase: "before" } });
    world.workspace.reset();
    world.clock.advance(1_000);
    expect((await world.call("GET", get)).status).toBe(200);
  });
});
