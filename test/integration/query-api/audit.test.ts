import { beforeAll, describe, expect, it } from "vitest";
import { createVersionFeed } from "../../../shared/definition/history/version-feed.dynamodb.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import type { Step } from "../../support/recorded-history.ts";
import { retellDocument } from "../../support/retell-documents.ts";
import { testTables } from "../../support/tables.ts";

const world = withQueryApi(["retell", "retell-eu"]);
const day = 86_400_000;
/** Two months and a year before "now", so that there are months with nothing in between. */
const old = Date.UTC(2025, 10, 20);
const recent = Date.now() - 10 * day;
const get = (query = "") => world().call("GET", `/audit${query}`, { role: "reader" });
type Item = { definitionId: string; version: number; recordedAt: string };
const shown = (body: Record<string, unknown>) =>
  (body["items"] as Item[]).map(({ definitionId, version }) => `${definitionId} ${version}`);

/** Reads all pages of a query. */
async function all(query: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let next: unknown;
  let pages = 0;
  do {
    const { body } = await get(
      `?limit=${limit}${query}${next === undefined ? "" : `&cursor=${String(next)}`}`,
    );
    found.push(...shown(body));
    next = body["next"];
    pages += 1;
  } while (next !== undefined && pages < 100);
  return found;
}

const step = (id: string, metric: string, at: number, more: Partial<Step> = {}): Step => ({
  document: retellDocument(id, { metrics: [metric] }, at),
  at,
  ...more,
});

beforeAll(async () => {
  await world().record("a", [
    step("a", "1", old),
    step("a", "2", recent, {
      attribution: {
        requestId: "edit-1",
        epoch: 1,
        actorClaimed: "ana",
        actorAuthenticated: "ci",
        reference: "QA-12",
      },
    }),
    step("a", "3", recent + 2_000, { source: "reconciliation" }),
  ]);
  await world().record("b", [
    step("b", "1", recent + 1_000, { source: "reconciliation" }),
    { document: "gone", at: recent + 3_000, source: "reconciliation" },
  ]);
});

const newestFirst = ["b 2", "a 3", "b 1", "a 2", "a 1"];

describe("the audit feed", () => {
  it("has the versions of all definitions, newest first, each as the definition's history shows it", async () => {
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(shown(body)).toEqual(newestFirst);
    expect(body).not.toHaveProperty("next");
    const history = await world().call("GET", "/connections/retell/definitions/a/versions", {
      role: "reader",
    });
    const [third, second, first] = history.body["items"] as object[];
    expect(body["items"]).toEqual([expect.anything(), third, expect.anything(), second, first]);
  });

  it.each<[string, string[]]>([
    ["source=reconciliation", ["b 2", "a 3", "b 1"]],
    ["source=change_request", ["a 2"]],
    ["changeType=deleted", ["b 2"]],
    ["changeType=updated&source=reconciliation", ["a 3"]],
    ["definitionId=a", ["a 3", "a 2", "a 1"]],
    ["requestId=edit-1", ["a 2"]],
    ["reference=QA-12", ["a 2"]],
    ["actor=ana", ["a 2"]],
    ["actor=ci", ["a 2"]],
    ["actor=bob", []],
    ["connection=retell", newestFirst],
    ["connection=retell-eu", []],
  ])("can be narrowed: %s", async (query, expected) => {
    const { body } = await get(`?${query}`);
    expect(shown(body)).toEqual(expected);
    expect(body).not.toHaveProperty("next");
    // In the smallest pages, too.
    expect(await all(`&${query}`, 1)).toEqual(expected);
  });

  it.each<[string, number | undefined, number | undefined, string[]]>([
    ["from an instant on", recent + 1_000, undefined, ["b 2", "a 3", "b 1"]],
    ["from just after it on", recent + 1_001, undefined, ["b 2", "a 3"]],
    ["up to an instant", undefined, recent + 1_000, ["b 1", "a 2", "a 1"]],
    ["up to just before it", undefined, recent + 999, ["a 2", "a 1"]],
    ["in one instant", recent, recent, ["a 2"]],
    ["in between", old + 1, recent - 1, []],
    ["up to the future", undefined, Date.now() + day, newestFirst],
    ["before anything", 0, old - 1, []],
  ])("can be limited to what was recorded %s", async (_what, from, to, expected) => {
    const text = (at: number) => new Date(at).toISOString();
    const query = `${from === undefined ? "" : `&from=${text(from)}`}${to === undefined ? "" : `&to=${text(to)}`}`;
    expect(shown((await get(`?limit=50${query}`)).body)).toEqual(expected);
    expect(await all(query, 2)).toEqual(expected);
  });

  it("never repeats or shows on a later page what was recorded since the first", async () => {
    const first = await get("?limit=2");
    expect(shown(first.body)).toEqual(["b 2", "a 3"]);
    await world().record("late", [step("late", "1", Date.now())]);
    const second = await get(`?limit=50&cursor=${String(first.body["next"])}`);
    expect(shown(second.body)).toEqual(["b 1", "a 2", "a 1"]);
    expect(shown((await get("?limit=1")).body)).toEqual(["late 1"]);
  });

  it("with a cursor of nowhere shows nothing, and is no failure", async () => {
    const cursor = (after: string) =>
      Buffer.from(JSON.stringify(["audit", { to: Date.now(), after }])).toString("base64url");
    for (const after of ["0", "2026", "2025-11-20T00"]) {
      const { status, body } = await get(`?from=2026-11-01T00:00:00Z&cursor=${cursor(after)}`);
      expect({ status, body }).toEqual({ status: 200, body: { items: [] } });
    }
  });
});

describe("the feed of versions", () => {
  it("looks through many empty months a part at a time, and says where it goes on", async () => {
    const feed = createVersionFeed(world().client, testTables.history);
    const range = { from: Date.UTC(1990, 0), to: Date.UTC(2025, 11, 31) };
    const first = await feed.list(range, {}, undefined, 10);
    expect(first.entries.map(({ definitionId, version }) => `${definitionId} ${version}`)).toEqual(["a 1"]);
    let next = first.next;
    let pages = 0;
    while (next !== undefined && pages < 100) {
      const page = await feed.list(range, {}, next, 10);
      expect(page.entries).toEqual([]);
      next = page.next;
      pages += 1;
    }
    // 432 months, sixty at a time.
    expect(pages).toBe(7);
  });
});
