import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { definitionPath } from "../../../functions/query-api/path-segment.ts";
import { canonicalHash } from "../../../shared/definition/document/canonical-form.ts";
import { createMirrorStore } from "../../../shared/definition/mirror/mirror-store.dynamodb.ts";
import { healthKey } from "../../../shared/platform/table-keys.ts";
import { type Call, withQueryApi } from "../../support/query-api-world.ts";
import { retellDocument } from "../../support/retell-documents.ts";
import { testTables } from "../../support/tables.ts";

const world = withQueryApi(["retell", "retell-eu"]);
const start = Date.now() - 86_400_000;
const at = (seconds: number) => start + seconds * 1_000;
const text = (instant: number) => new Date(instant).toISOString();
const get = (path: string, call: Call = {}) => world().call("GET", path, { role: "reader", ...call });
const pathOf = (definitionId: string) => definitionPath("retell", definitionId);
const scoped = (llm: string) => ({ response_engine: { type: "retell-llm", llm_id: llm } });

describe("a definition", () => {
  it("is shown with the document of its head, its numbers as the provider wrote them", async () => {
    const document = retellDocument("shown", {}, at(1));
    await world().record("shown", [
      { document: retellDocument("shown"), at: at(0) },
      { document, at: at(2) },
    ]);
    const answer = await get(pathOf("shown"));
    expect(answer.status).toBe(200);
    expect(answer.headers["etag"]).toBe('"2"');
    expect(answer.text).toContain(`"document":${document}`);
    const { document: _document, ...rest } = answer.body;
    expect(rest).toEqual({
      connection: "retell",
      definitionId: "shown",
      href: "/connections/retell/definitions/shown",
      name: "Refund",
      scope: "retell-llm:llm_1",
      version: 2,
      deleted: false,
      contentHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      providerModifiedAt: text(at(1)),
      providerModifiedRaw: at(1),
      recordedAt: text(at(2)),
      effectiveAt: text(at(1)),
    });
  });

  it("is not sent again to somebody who has this version", async () => {
    await world().record("cached", [{ document: retellDocument("cached"), at: at(0) }]);
    const answer = await get(pathOf("cached"), { headers: { "if-none-match": 'W/"7", "1"' } });
    expect(answer).toMatchObject({ status: 304, text: "", headers: { etag: '"1"' } });
    expect((await get(pathOf("cached"), { headers: { "if-none-match": '"2"' } })).status).toBe(200);
  });

  it("that was deleted has no document, and says so", async () => {
    await world().record("gone", [
      { document: retellDocument("gone"), at: at(0) },
      { document: "gone", at: at(1) },
    ]);
    expect((await get(pathOf("gone"))).body).toMatchObject({
      deleted: true,
      document: null,
      contentHash: canonicalHash(null),
      providerModifiedAt: null,
      providerModifiedRaw: null,
    });
  });

  it.each(["a/b?c#d", "100 %", "Fälle", "..", "b64.abc", "a:b~c.d_e-f", "x".repeat(512)])(
    "called %j is found under the link that the API writes",
    async (definitionId) => {
      await world().record(definitionId, [{ document: retellDocument(definitionId), at: at(0) }]);
      const answer = await get(pathOf(definitionId));
      expect(answer.body).toMatchObject({ definitionId, href: pathOf(definitionId) });
      expect(pathOf(definitionId)).toMatch(/^[A-Za-z0-9._~:/-]+$/);
    },
  );

  it("called something that survives percent-encoding is found so, too", async () => {
    await world().record("50 % off", [{ document: retellDocument("50 % off"), at: at(0) }]);
    expect((await get("/connections/retell/definitions/50%20%25%20off")).body).toMatchObject({
      definitionId: "50 % off",
    });
  });

  it.each([
    ["an id that nobody has", "/connections/retell/definitions/nobody", 404, "unknown-definition"],
    [
      "an id longer than any",
      `/connections/retell/definitions/${"x".repeat(513)}`,
      404,
      "unknown-definition",
    ],
    [
      "another connection's definition",
      "/connections/retell-eu/definitions/shown",
      404,
      "unknown-definition",
    ],
    ["an unknown connection", "/connections/tela/definitions/shown", 404, "unknown-connection"],
    ["a mark with nothing behind it", "/connections/retell/definitions/b64.", 400, "invalid-request"],
    ["a mark before what is no base64url", "/connections/retell/definitions/b64.a=b", 400, "invalid-request"],
    ["a mark before what is no UTF-8", "/connections/retell/definitions/b64._w", 400, "invalid-request"],
  ])("is not found by %s", async (_what, path, status, code) => {
    expect(await get(path)).toMatchObject({ status, body: { code } });
  });

  it("that only carries a claim does not exist yet", async () => {
    const mirrors = createMirrorStore(world().client, testTables.state);
    await mirrors.takeClaim(
      { kind: "definition", connection: "retell", definitionId: "claimed" },
      { requestId: "r", epoch: 1, token: "t", leaseUntil: Date.now() + 60_000 },
      Date.now(),
    );
    expect((await get(pathOf("claimed"))).status).toBe(404);
    expect((await get(`${pathOf("claimed")}/versions`)).status).toBe(404);
  });
});

describe("a definition at an instant", () => {
  const id = "past";
  beforeAll(async () => {
    await world().record(id, [
      { document: retellDocument(id, { name: "one" }), at: at(10) },
      // Our own write, under way from 19 to 20: it took effect when the provider says.
      { document: retellDocument(id, { name: "two" }, at(19.2)), at: at(20) },
      // Somebody else's, without a usable time: between our write and the look at 30.
      { document: retellDocument(id, { name: "three" }, 0), at: at(30), source: "reconciliation" },
      { document: retellDocument(id, { name: "four" }, at(39)), at: at(40) },
    ]);
  });
  const past = async (query: string) => (await get(`${pathOf(id)}?${query}`)).body;

  it.each([
    ["when it was first seen", 10, { version: 1, name: "one" }],
    ["right before our write", 19.199, { version: 1 }],
    ["at our write", 19.2, { version: 2, effectiveAt: text(at(19.2)) }],
    ["when it may have changed", 25, { version: 2, uncertain: true }],
    ["when the change was seen", 30, { version: 3, name: "three" }],
    ["now", 40, { version: 4, name: "four", document: expect.objectContaining({ name: "four" }) }],
  ])("is what the provider held %s", async (_when, seconds, expected) => {
    const body = await past(`asOf=${text(at(seconds))}`);
    expect(body).toMatchObject(expected);
    if (!("uncertain" in expected)) expect(body).not.toHaveProperty("uncertain");
  });

  it("is as it was known at an instant", async () => {
    expect(await past(`knownAt=${text(at(19))}`)).toMatchObject({ version: 1 });
    expect(await past(`knownAt=${text(at(20))}`)).toMatchObject({ version: 2 });
    // What is known today of second 18, and what was known of it in second 19.
    expect(await past(`asOf=${text(at(19.2))}&knownAt=${text(at(19))}`)).toMatchObject({ version: 1 });
    const unsuspecting = await past(`asOf=${text(at(25))}&knownAt=${text(at(29))}`);
    expect(unsuspecting).toMatchObject({ version: 2 });
    expect(unsuspecting).not.toHaveProperty("uncertain");
  });

  it("was not known before it was first seen", async () => {
    expect(await past(`asOf=${text(at(9.9))}`)).toMatchObject({ status: 404, code: "not-known-yet" });
    expect(await past(`knownAt=${text(at(9.9))}`)).toMatchObject({ status: 404, code: "not-known-yet" });
  });

  it("takes time zones, and no future", async () => {
    const local = `${new Date(at(19.2) + 19_800_000).toISOString().slice(0, -1)}%2B05:30`;
    expect(await past(`asOf=${local}`)).toMatchObject({ version: 2 });
    expect(await past("asOf=2999-01-01T00:00:00Z")).toMatchObject({
      status: 400,
      errors: [{ pointer: "/asOf" }],
    });
    expect(await past("knownAt=2999-01-01T00:00:00Z")).toMatchObject({ status: 400 });
  });

  it("has its version as entity tag", async () => {
    const path = `${pathOf(id)}?asOf=${text(at(19.2))}`;
    expect((await get(path)).headers["etag"]).toBe('"2"');
    expect((await get(path, { headers: { "if-none-match": '"2"' } })).status).toBe(304);
  });
});

describe("the list of definitions", () => {
  const names = ["Refund", "Late delivery", "refund twice", "Greeting", "REFUND partly"];
  const listPath = "/connections/retell/definitions";
  const namesOf = (body: Record<string, unknown>) =>
    (body["items"] as { name: string }[]).map(({ name }) => name);

  beforeAll(async () => {
    for (const [index, name] of names.entries()) {
      const llm = index < 3 ? "llm_list" : "llm_other";
      await world().record(`listed-${index}`, [
        { document: retellDocument(`listed-${index}`, { name, ...scoped(llm) }), at: at(100 + index) },
      ]);
    }
    await world().record("listed-1", [{ document: "gone", at: at(200) }]);
  });

  it("has them in the order in which they were first seen, page by page, none twice", async () => {
    const all: string[] = [];
    let query = "limit=4&deleted=true";
    for (;;) {
      const { body } = await get(`${listPath}?${query}`);
      const ids = (body["items"] as { definitionId: string }[]).map(({ definitionId }) => definitionId);
      all.push(...ids);
      if (body["next"] === undefined) break;
      expect(ids).toHaveLength(4);
      query = `limit=4&deleted=true&cursor=${body["next"]}`;
    }
    expect(all.slice(-5)).toEqual(["listed-0", "listed-1", "listed-2", "listed-3", "listed-4"]);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain("shown");
    expect(all).not.toContain("claimed");
  });

  it("has mirrors without documents", async () => {
    const { body } = await get(`${listPath}?scope=retell-llm:llm_list`);
    const [first] = body["items"] as object[];
    expect(first).toEqual({
      connection: "retell",
      definitionId: "listed-0",
      href: "/connections/retell/definitions/listed-0",
      name: "Refund",
      scope: "retell-llm:llm_list",
      version: 1,
      deleted: false,
      contentHash: expect.any(String),
      providerModifiedAt: "2025-10-21T19:26:36.123Z",
      providerModifiedRaw: 1_761_074_796_123,
      recordedAt: text(at(100)),
      effectiveAt: text(at(100)),
    });
  });

  it("is narrowed by scope, and leaves out what is deleted unless it is asked for", async () => {
    expect(namesOf((await get(`${listPath}?scope=retell-llm:llm_list`)).body)).toEqual([
      "Refund",
      "refund twice",
    ]);
    expect(namesOf((await get(`${listPath}?scope=retell-llm:llm_list&deleted=true`)).body)).toEqual([
      "Refund",
      "Late delivery",
      "refund twice",
    ]);
    expect(namesOf((await get(`${listPath}?scope=retell-llm:nowhere`)).body)).toEqual([]);
  });

  it("is narrowed by a part of the name in any case", async () => {
    expect(namesOf((await get(`${listPath}?scope=retell-llm:llm_other&name=refund`)).body)).toEqual([
      "REFUND partly",
    ]);
    expect(namesOf((await get(`${listPath}?name=DELIVERY&deleted=true`)).body)).toEqual(["Late delivery"]);
  });

  it("follows a definition that moves to another scope", async () => {
    await world().record("mover", [
      { document: retellDocument("mover", scoped("llm_from")), at: at(300) },
      { document: retellDocument("mover", scoped("llm_to")), at: at(301) },
    ]);
    expect(namesOf((await get(`${listPath}?scope=retell-llm:llm_from`)).body)).toEqual([]);
    expect(namesOf((await get(`${listPath}?scope=retell-llm:llm_to`)).body)).toEqual(["Refund"]);
  });

  it("is empty for a connection without definitions", async () => {
    expect((await get("/connections/retell-eu/definitions")).body).toEqual({ items: [] });
  });
});

describe("the connections", () => {
  it("are active until something else is written down", async () => {
    const health = { state: "paused", reason: "key-refused", since: at(0) };
    await world().client.send(
      new PutItemCommand({
        TableName: testTables.state,
        Item: marshall({ ...healthKey("retell-eu"), ...health }),
      }),
    );
    const lane = { nextSlotAt: expect.any(String) };
    const rate = { current: 2, ceiling: 2, lanes: { change: lane, scan: lane } };
    const common = { provider: "retell", baseUrl: "http://127.0.0.1:9", rate };
    expect((await get("/connections")).body).toEqual({
      items: [
        { id: "retell", ...common, state: "active" },
        { id: "retell-eu", ...common, state: "paused", reason: "key-refused", since: text(at(0)) },
      ],
    });
    const first = await get("/connections?limit=1");
    const rest = await get(`/connections?limit=1&cursor=${first.body["next"]}`);
    expect(rest.body).toMatchObject({ items: [{ id: "retell-eu" }] });
    expect(rest.body).not.toHaveProperty("next");
  });
});
