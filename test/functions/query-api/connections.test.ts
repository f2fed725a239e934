import { beforeEach, describe, expect, it } from "vitest";
import type { ApiDependencies } from "../../../functions/query-api/api.ts";
import { type ConnectionHealth, pristineHealth } from "../../../shared/connection/connection-health.ts";
import { keyRefused } from "../../../shared/connection/health-transitions.ts";
import type { LogFields } from "../../../shared/platform/log.ts";
import { createMemoryConnectionHealthStore } from "../../simulation/stores/connection-health.memory.ts";
import { isolatedApi, request } from "../../support/isolated-api.ts";

const minute = 60_000;
const start = Date.parse("2026-11-21T10:00:00.000Z");
let now: number;
let stored: Map<string, ConnectionHealth>;
let logged: [string, LogFields][];
beforeEach(() => {
  now = start;
  stored = new Map();
  logged = [];
});

const call = (method: string, path: string, body?: string, given: Partial<ApiDependencies> = {}) => {
  const log = (event: string, fields: LogFields = {}) => logged.push([event, fields]);
  const api = isolatedApi({
    health: createMemoryConnectionHealthStore({ health: stored }),
    clock: { now: () => now, sleep: async () => undefined },
    log: { info: log, warn: log, error: log },
    ...given,
  });
  return request(api, method, path, body === undefined ? {} : { body });
};
const pause = (reason: string) => call("POST", "/connections/retell/pause", JSON.stringify({ reason }));
const resume = (body?: string) => call("POST", "/connections/retell/resume", body);

const connection = {
  id: "retell",
  provider: "retell",
  baseUrl: "https://retell.example",
  rate: {
    current: 2,
    ceiling: 2,
    lanes: { change: { nextSlotAt: expect.any(String) }, scan: { nextSlotAt: expect.any(String) } },
  },
};
const active = { ...connection, state: "active" };
const paused = {
  ...connection,
  state: "paused",
  pausedBy: "operator",
  reason: "migration",
  since: "2026-11-21T10:00:00.000Z",
};

describe("an operator's pause", () => {
  it("is answered with the connection as it is now, and seen by everybody", async () => {
    expect(await pause("migration")).toMatchObject({ status: 200, body: paused });
    expect((await call("GET", "/connections")).body).toEqual({ items: [paused] });
  });

  it("goes on, with the newer reason, when it is paused again", async () => {
    await pause("migration");
    now += minute;
    expect((await pause("migration")).body).toEqual(paused);
    expect(stored.get("retell")?.revision).toBe(1);
    expect((await pause("migration, part 2")).body).toEqual({ ...paused, reason: "migration, part 2" });
  });

  it("shows the workspace that the connection has been used with, until a resume has it learned anew", async () => {
    stored.set("retell", { ...pristineHealth, workspace: "Acme", revision: 1 });
    expect((await call("GET", "/connections")).body).toEqual({ items: [{ ...active, workspace: "Acme" }] });
    expect((await resume()).body).toEqual(active);
    stored.set("retell", { ...pristineHealth, workspace: null, revision: 1 });
    expect((await call("GET", "/connections")).body).toEqual({ items: [active] });
  });

  it("takes the place of the system's, which would end by itself", async () => {
    stored.set("retell", keyRefused(pristineHealth, start - minute, "v1"));
    expect((await call("GET", "/connections")).body).toEqual({
      items: [
        {
          ...connection,
          state: "paused",
          pausedBy: "system",
          reason: "key-refused",
          since: "2026-11-21T09:59:00.000Z",
          nextProbeAt: "2026-11-21T10:00:00.000Z",
        },
      ],
    });
    expect((await pause("migration")).body).toEqual(paused);
  });

  it("ends with the resume, and no second resume harms", async () => {
    await pause("migration");
    expect(await resume(JSON.stringify({ reason: "done" }))).toMatchObject({ status: 200, body: active });
    expect((await resume()).body).toEqual(active);
    expect(stored.get("retell")?.revision).toBe(2);
  });

  it("is logged with who did it and without what they wrote", async () => {
    await pause("ask Ana");
    await pause("ask Ana");
    await resume(JSON.stringify({ reason: "asked Ana" }));
    expect(logged.filter(([event]) => event !== "request-answered")).toEqual([
      ["connection-paused-by-operator", { connection: "retell", subject: "operator-1" }],
      ["connection-resumed-by-operator", { connection: "retell", subject: "operator-1" }],
    ]);
    expect(JSON.stringify(logged)).not.toContain("Ana");
  });

  it("is made on what is there then, where a worker wrote meanwhile", async () => {
    const store = createMemoryConnectionHealthStore({ health: stored });
    let others = 3;
    const health: ApiDependencies["health"] = {
      read: store.read,
      async write(id, next) {
        if (others-- > 0) stored.set(id, { ...(await store.read(id)), revision: next.revision });
        return await store.write(id, next);
      },
    };
    const body = JSON.stringify({ reason: "migration" });
    expect((await call("POST", "/connections/retell/pause", body, { health })).body).toEqual(paused);
    expect(stored.get("retell")?.revision).toBe(4);
  });

  it("is a 503, and not a success, where the workers are always faster", async () => {
    const health: ApiDependencies["health"] = { read: async () => pristineHealth, write: async () => false };
    const answer = await call("POST", "/connections/retell/pause", '{"reason":"migration"}', { health });
    expect(answer).toMatchObject({ status: 503, body: { code: "temporarily-unavailable" } });
    expect(answer.headers.get("retry-after")).toBe("1");
  });
});

describe("a pause or resume that is not valid", () => {
  const text = (value: unknown) => JSON.stringify(value);
  const cases = [
    ["pause", "no body", "", "invalid-request", "/reason"],
    ["pause", "no reason", "{}", "invalid-request", "/reason"],
    ["pause", "an empty reason", text({ reason: " " }), "invalid-request", "/reason"],
    ["pause", "a reason of another type", text({ reason: 7 }), "invalid-request", "/reason"],
    ["pause", "a long reason", text({ reason: "x".repeat(257) }), "invalid-request", "/reason"],
    ["pause", "half of a character", '{"reason":"\\ud800"}', "invalid-request", "/reason"],
    ["pause", "an unknown field", text({ reason: "x", until: "noon" }), "invalid-request", "/until"],
    ["pause", "a field called __proto__", '{"reason":"x","__proto__":{}}', "invalid-request", "/__proto__"],
    ["pause", "no JSON", "reason", "not-json", ""],
    ["pause", "JSON of another kind", "[]", "not-json", ""],
    ["pause", "JSON that nests without end", "[".repeat(100_000), "not-json", ""],
    ["resume", "an unknown field", text({ resaon: "x" }), "invalid-request", "/resaon"],
    ["resume", "a long reason", text({ reason: "x".repeat(257) }), "invalid-request", "/reason"],
  ] as const;

  it.each(cases)("(%s with %s) is refused, and changes nothing", async (what, _, body, code, pointer) => {
    const answer = await call("POST", `/connections/retell/${what}`, body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(answer.body["errors"]).toEqual([{ pointer, message: expect.any(String) }]);
    expect(stored.size).toBe(0);
  });

  it("names everything that is wrong at once", async () => {
    const { body } = await call("POST", "/connections/retell/pause", text({ since: 1 }));
    expect(body["errors"]).toEqual([
      { pointer: "/reason", message: "is required" },
      { pointer: "/since", message: "is not known here" },
    ]);
  });

  it("takes a reason of 256 characters", async () => {
    expect((await pause("ä".repeat(256))).status).toBe(200);
  });

  it.each(["pause", "resume"])("(%s of a connection that does not exist) is a 404", async (what) => {
    expect(await call("POST", `/connections/tela/${what}`, '{"reason":"x"}')).toMatchObject({
      status: 404,
      body: { code: "unknown-connection" },
    });
  });
});
