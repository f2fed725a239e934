/** The lists of the simulated Synthflow: open points in each position, and what a fault makes of a page. */
import { describe, expect, it } from "vitest";
import { namesOf, otherSuiteId, responseOf, startWorld, storedId, suiteId } from "./synthflow-fixture.ts";

describe("lists", () => {
  it.each([
    ["oldest-first", ["Case 001", "Case 002", "Case 003"]],
    ["newest-first", ["Case 003", "Case 002", "Case 001"]],
    ["by-name", ["Case 001", "Case 002", "Case 003"]],
  ] as const)("come %s", async (listOrder, names) => {
    const { call } = await startWorld({ listOrder }, 3);
    expect(namesOf(await call("GET", "/simulation_cases"))).toEqual(names);
  });

  it("clamp the size of a page, or have a smaller one", async () => {
    const clamping = await startWorld({ pageSizeOutOfRange: "clamp" }, 120);
    expect(namesOf(await clamping.call("GET", "/simulation_cases?page_size=500"))).toHaveLength(100);
    expect(namesOf(await clamping.call("GET", "/simulation_cases?page_size=0"))).toHaveLength(1);
    const small = await startWorld({ largestPage: 7 }, 20);
    const page = await small.call("GET", "/simulation_cases?page_size=100&page_number=3");
    expect(namesOf(page)).toHaveLength(6);
    expect(responseOf(page)["pagination"]).toEqual({ total_records: 20, limit: 7, offset: 14 });
  });

  it("know the filter by suite, ignore it or refuse it", async () => {
    const query = `/simulation_cases?suite_id=${otherSuiteId}`;
    expect(namesOf(await (await startWorld({ suiteFilter: "works" })).call("GET", query))).toEqual([]);
    expect(namesOf(await (await startWorld({ suiteFilter: "ignored" })).call("GET", query))).toHaveLength(1);
    expect((await (await startWorld({ suiteFilter: "rejected" })).call("GET", query)).status).toBe(422);
  });

  it.each([
    ["kept", suiteId],
    ["detached", null],
    ["deleted", undefined],
  ] as const)("of a deleted suite: its cases are %s", async (orphans, suite) => {
    const { workspace } = await startWorld({ orphans });
    workspace.edit({ action: "delete-suite", id: suiteId });
    expect(workspace.definition(storedId)?.["suite_id"]).toBe(suite);
  });
});

describe("a broken page", () => {
  it.each([
    ["no-items", { pagination: { total_records: 12 } }],
    ["empty", { items: [], pagination: { total_records: 0 } }],
    ["more-without-key", { pagination: { total_records: 13 } }],
    ["item-without-id", { pagination: { total_records: 13 } }],
  ] as const)("%s", async (list, response) => {
    const { call, workspace } = await startWorld({}, 12);
    workspace.addFault({ list });
    const reply = await call("GET", "/simulation_cases?page_number=2");
    expect(reply.json).toMatchObject({ status: "ok", response });
    if (list === "no-items") expect(responseOf(reply)).not.toHaveProperty("items");
  });

  it("is the first one, whatever was asked for, or the items alone", async () => {
    const { call, workspace } = await startWorld({ listOrder: "oldest-first" }, 12);
    workspace.addFault({ list: "repeating-key" });
    expect(namesOf(await call("GET", "/simulation_cases?page_number=2"))).toHaveLength(10);
    workspace.addFault({ list: "bare-array" });
    expect((await call("GET", "/simulation_cases?page_number=2")).json["response"]).toHaveLength(2);
  });

  it("lacks cases, or shows more, and tells a total that fits", async () => {
    const { call, workspace } = await startWorld({ listOrder: "oldest-first" }, 12);
    workspace.addFault({ list: { omit: [storedId] } });
    const page = await call("GET", "/simulation_cases");
    expect(namesOf(page)).toHaveLength(9);
    expect(responseOf(page)["pagination"]).toMatchObject({ total_records: 11 });
    workspace.addFault({ list: { add: [storedId] } });
    const second = await call("GET", "/simulation_cases?page_number=2");
    expect(namesOf(second)).toEqual(["Case 011", "Case 012", "Case 001"]);
  });
});
