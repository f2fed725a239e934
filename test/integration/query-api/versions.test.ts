import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { versionKey } from "../../../shared/platform/table-keys.ts";
import { withQueryApi } from "../../support/query-api-world.ts";
import { retellDocument } from "../../support/retell-documents.ts";
import { testTables } from "../../support/tables.ts";

const world = withQueryApi();
const start = Date.now() - 86_400_000;
const at = (seconds: number) => start + seconds * 1_000;
const text = (instant: number) => new Date(instant).toISOString();
const id = "case_1";
const get = (path: string) =>
  world().call("GET", `/connections/retell/definitions/${path}`, { role: "reader" });
const versionsOf = (body: Record<string, unknown>) =>
  (body["items"] as { version: number }[]).map(({ version }) => version);

beforeAll(async () => {
  await world().record(id, [
    { document: retellDocument(id, { metrics: ["a"] }), at: at(0) },
    {
      document: retellDocument(id, { metrics: ["b"], ticket: JSON.rawJSON("12345678901234567891") }, at(9)),
      at: at(10),
      attribution: {
        requestId: "edit-1",
        epoch: 1,
        actorClaimed: "ana",
        actorAuthenticated: "ci",
        reason: "tighter",
        reference: "QA-12",
      },
      extras: { receipt: { status: 200, durationMs: 12 } },
    },
    { document: retellDocument(id, { metrics: ["c"] }, at(15)), at: at(20), source: "reconciliation" },
    { document: "gone", at: at(30) },
  ]);
});

describe("the versions of a definition", () => {
  it("are listed newest first, with their patches and without documents", async () => {
    const { body } = await get(`${id}/versions`);
    expect(versionsOf(body)).toEqual([4, 3, 2, 1]);
    const [deleted, outside, ours, first] = body["items"] as Record<string, unknown>[];
    expect(first).toEqual({
      connection: "retell",
      definitionId: id,
      version: 1,
      changeType: "baseline",
      source: "observed_before_write",
      actor: {},
      name: "Refund",
      scope: "retell-llm:llm_1",
      deleted: false,
      contentHash: expect.stringMatching(/^sha256:/),
      providerModifiedAt: "2025-10-21T19:26:36.123Z",
      providerModifiedRaw: 1_761_074_796_123,
      providerCreatedAt: "2025-10-20T22:40:00.000Z",
      providerCreatedRaw: 1_761_000_000_000,
      recordedAt: text(at(0)),
      effectiveAt: text(at(0)),
      chainHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      previousHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(ours).toMatchObject({
      changeType: "updated",
      source: "change_request",
      requestId: "edit-1",
      epoch: 1,
      actor: { claimed: "ana", authenticated: "ci" },
      reason: "tighter",
      reference: "QA-12",
      effectiveAt: text(at(9)),
      receipt: { status: 200, durationMs: 12 },
      previousHash: first?.["chainHash"],
    });
    expect(outside).toMatchObject({ source: "reconciliation", occurredBetween: [text(at(9)), text(at(20))] });
    expect(deleted).toMatchObject({ changeType: "deleted", deleted: true, providerModifiedAt: null });
    for (const item of [deleted, outside, ours]) expect(item).not.toHaveProperty("document");
  });

  it("have patches over the content, numbers as the provider wrote them", async () => {
    const { text } = await get(`${id}/versions`);
    expect(text).toContain(
      '"patch":[{"op":"replace","path":"/metrics/0","value":"b"},{"op":"replace","path":"/ticket","value":12345678901234567891}]',
    );
    expect(text).not.toMatch(/"path":"\/user_modified_timestamp"/);
  });

  it("come in pages that new versions do not shift", async () => {
    const paged = "paged";
    const step = (index: number) => ({
      document: retellDocument(paged, { name: `n${index}` }),
      at: at(index),
    });
    await world().record(
      paged,
      Array.from({ length: 60 }, (_, index) => step(index)),
    );
    const first = await get(`${paged}/versions?limit=30`);
    expect(versionsOf(first.body)).toEqual(Array.from({ length: 30 }, (_, index) => 60 - index));
    await world().record(paged, [step(60)]);
    const second = await get(`${paged}/versions?limit=30&cursor=${first.body["next"]}`);
    expect(versionsOf(second.body)).toEqual(Array.from({ length: 30 }, (_, index) => 30 - index));
    expect(second.body).not.toHaveProperty("next");
  });

  it("come in shorter pages where their patches are large", async () => {
    const large = "large";
    const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(50_000))).toString("hex");
    const prompt = () => Array.from({ length: 10 }, noise).join("");
    const steps = Array.from({ length: 7 }, (_, index) => ({
      document: retellDocument(large, { user_prompt: prompt() }),
      at: at(index),
    }));
    await world().record(large, steps);
    const first = await get(`${large}/versions`);
    expect(first.text.length).toBeLessThan(4.2 * 1024 * 1024);
    const [last] = versionsOf(first.body).slice(-1);
    const second = await get(`${large}/versions?cursor=${first.body["next"]}`);
    expect(versionsOf(second.body)[0]).toBe((last ?? 0) - 1);
    expect([...versionsOf(first.body), ...versionsOf(second.body)]).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });
});

describe("one version", () => {
  it("has its document as the provider wrote it", async () => {
    const document = retellDocument(
      id,
      { metrics: ["b"], ticket: JSON.rawJSON("12345678901234567891") },
      at(9),
    );
    const answer = await get(`${id}/versions/2`);
    expect(answer.text).toContain(`"document":${document}`);
    expect(answer.body).toMatchObject({ version: 2, requestId: "edit-1", patch: expect.any(Array) });
  });

  it.each(["5", "0", "00", "-1", "1.0", "x", "99999999999"])("called %s does not exist", async (number) => {
    expect(await get(`${id}/versions/${number}`)).toMatchObject({
      status: 404,
      body: { code: "unknown-version" },
    });
  });
});

describe("the difference of two versions", () => {
  it("is a patch over their contents", async () => {
    expect((await get(`${id}/diff?from=1&to=3`)).body).toEqual({
      from: 1,
      to: 3,
      patch: [{ op: "replace", path: "/metrics/0", value: "c" }],
    });
    expect((await get(`${id}/diff?from=3&to=1`)).body).toMatchObject({
      patch: [{ op: "replace", path: "/metrics/0", value: "a" }],
    });
    expect((await get(`${id}/diff?from=2&to=2`)).body).toEqual({ from: 2, to: 2, patch: [] });
  });

  it("of two neighbours is the patch that was recorded", async () => {
    for (const to of [2, 3, 4]) {
      const { body } = await get(`${id}/diff?from=${to - 1}&to=${to}`);
      expect(JSON.stringify(body["patch"])).toBe(
        JSON.stringify((await get(`${id}/versions/${to}`)).body["patch"]),
      );
    }
  });

  it.each([
    ["from=1", 400, "/to"],
    ["from=0&to=1", 400, "/from"],
    ["from=1&to=x", 400, "/to"],
    ["from=1&to=2&to=3", 400, "/to"],
    ["from=1&to=9", 404, undefined],
  ])("asked for with %s is refused", async (query, status, pointer) => {
    const answer = await get(`${id}/diff?${query}`);
    expect(answer.status).toBe(status);
    if (pointer !== undefined) expect(answer.body).toMatchObject({ errors: [{ pointer }] });
  });
});

describe("a damaged history", () => {
  it("is never shown as if it were whole", async () => {
    const damaged = "damaged";
    await world().record(damaged, [{ document: retellDocument(damaged), at: at(0) }]);
    await world().client.send(
      new UpdateItemCommand({
        TableName: testTables.history,
        Key: marshall(versionKey("retell", damaged, 1)),
        UpdateExpression: "SET documentBytes = :other",
        ExpressionAttributeValues: { ":other": { B: new Uint8Array([1, 2, 3]) } },
      }),
    );
    const problem = { status: 500, body: { code: "damaged-history" } };
    expect(await get(damaged)).toMatchObject(problem);
    expect(await get(`${damaged}/versions/1`)).toMatchObject(problem);
    expect(await get(`${damaged}/diff?from=1&to=1`)).toMatchObject(problem);
    expect((await get(`${damaged}/verify`)).body).toMatchObject({ valid: false, brokenAt: 1 });
  });
});
