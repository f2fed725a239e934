import { describe, expect, it } from "vitest";
import { createConnectionHealthStore } from "../../../shared/connection/connection-health.dynamodb.ts";
import { afterFault } from "../../../shared/connection/health-transitions.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import { testTables } from "../../support/tables.ts";

const world = withQueryApi(["retell", "retell-eu"]);
const list = async () => (await world().call("GET", "/connections", { role: "reader" })).body["items"];
const stored = () => createConnectionHealthStore(world().client, testTables.state);
const lane = { nextSlotAt: expect.any(String) };
const rate = { current: 2, ceiling: 2, lanes: { change: lane, scan: lane } };
const common = { provider: "retell", baseUrl: "http://127.0.0.1:9", rate };
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("pause and resume", () => {
  it("are kept, and concern one connection only", async () => {
    const body = { reason: "migration" };
    const paused = await world().call("POST", "/connections/retell-eu/pause", { body });
    expect(paused.status).toBe(200);
    const shown = {
      id: "retell-eu",
      ...common,
      state: "paused",
      pausedBy: "operator",
      ...body,
      since: instant,
    };
    expect(paused.body).toEqual(shown);
    expect(await list()).toEqual([{ id: "retell", ...common, state: "active" }, shown]);

    const resumed = await world().call("POST", "/connections/retell-eu/resume");
    expect(resumed.body).toEqual({ id: "retell-eu", ...common, state: "active" });
    expect(await stored().read("retell-eu")).toMatchObject({ state: "active", revision: 2 });
    expect((await stored().read("retell-eu")).unhealthyMs).toBeGreaterThanOrEqual(0);
  });

  it("survive workers that report faults at the same time", async () => {
    const fault = async () => {
      const health = await stored().read("retell");
      await stored().write("retell", afterFault(health, Date.now()));
    };
    const [paused] = await Promise.all([
      world().call("POST", "/connections/retell/pause", { body: { reason: "outage" } }),
      ...Array.from({ length: 5 }, fault),
    ]);
    expect(paused).toMatchObject({ status: 200, body: { state: "paused", reason: "outage" } });
    expect(await list()).toContainEqual(expect.objectContaining({ id: "retell", reason: "outage" }));
    await world().call("POST", "/connections/retell/resume");
  });

  it("show when a degraded connection is tried next", async () => {
    let health = await stored().read("retell");
    for (let fault = 0; fault < 3; fault += 1) {
      health = afterFault(health, Date.parse("2026-11-21T10:00:00Z"));
      await stored().write("retell", health);
    }
    expect(await list()).toContainEqual({
      id: "retell",
      ...common,
      state: "degraded",
      reason: "provider-faults",
      since: "2026-11-21T10:00:00.000Z",
      nextProbeAt: "2026-11-21T10:00:10.000Z",
    });
  });

  it("need an operator", async () => {
    for (const what of ["pause", "resume"]) {
      const answer = await world().call("POST", `/connections/retell/${what}`, {
        role: "editor",
        body: { reason: "x" },
      });
      expect(answer.status).toBe(403);
    }
  });
});
