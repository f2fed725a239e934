import { beforeAll, describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { withQueryApi } from "../../support/query-api-world.ts";

const world = withQueryApi(["retell", "retell-eu"]);
const day = 86_400_000;
const now = Date.now();
const record = (requestId: string, more: Partial<RequestRecord> = {}): RequestRecord => ({
  connection: "retell",
  requestId,
  fingerprint: "sha256:0",
  operation: "update",
  definitionId: "case_1",
  status: "queued",
  epoch: 1,
  attempts: 0,
  submittedAt: now,
  queuedAt: now,
  ...more,
});
const get = (path: string) => world().call("GET", path, { role: "reader" });
const idsOf = (body: Record<string, unknown>) =>
  (body["items"] as { requestId: string }[]).map(({ requestId }) => requestId);

describe("a change request", () => {
  it("is shown with its outcome", async () => {
    const submitted = record("shown", {
      actorClaimed: "ana",
      actorAuthenticated: "ci",
      reason: "r",
      reference: "QA-1",
    });
    await world().requests.create(submitted);
    await world().requests.beginAttempt(submitted, 1, { attempts: 1, charges: 1, startedAt: now });
    const result = {
      version: 3,
      definitionId: "case_1",
      differences: [{ pointer: "/llm_model", sent: "gpt-4", stored: "gpt-4.1" }],
    };
    await world().requests.finish({
      key: submitted,
      epoch: 1,
      status: "applied",
      result,
      finishedAt: now + 1_000,
    });
    const answer = await get("/change-requests/shown?connection=retell");
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      requestId: "shown",
      connection: "retell",
      operation: "update",
      definitionId: "case_1",
      status: "applied",
      epoch: 1,
      attempts: 1,
      submittedAt: new Date(now).toISOString(),
      queuedAt: new Date(now).toISOString(),
      finishedAt: new Date(now + 1_000).toISOString(),
      actor: { claimed: "ana", authenticated: "ci" },
      reason: "r",
      reference: "QA-1",
      result,
    });
  });

  it("belongs to its connection, which has to be named where there are several", async () => {
    await world().requests.create(record("named"));
    expect(await get("/change-requests/named")).toMatchObject({
      status: 400,
      body: {
        code: "invalid-request",
        errors: [{ pointer: "/connection", message: "is required: there are several" }],
      },
    });
    expect((await get("/change-requests/named?connection=retell-eu")).status).toBe(404);
    expect((await get("/change-requests/named?connection=tela")).status).toBe(400);
  });

  it("is waited for until it is decided", async () => {
    const queued = record("waited");
    await world().requests.create(queued);
    const waiting = get("/change-requests/waited?connection=retell&wait=20");
    await world().requests.finish({
      key: queued,
      epoch: 1,
      status: "unchanged",
      result: {},
      finishedAt: now,
    });
    expect((await waiting).body).toMatchObject({ status: "unchanged" });
  });

  it("is waited for before a worker has seen it, and shown as it is when the time is up", async () => {
    const waiting = get("/change-requests/unseen?connection=retell&wait=0.4");
    await world().requests.create(record("unseen"));
    expect((await waiting).body).toMatchObject({ status: "queued" });
    expect(await get("/change-requests/never?connection=retell&wait=0.1")).toMatchObject({
      status: 404,
      body: { code: "unknown-change-request" },
    });
  });
});

describe("the list of change requests", () => {
  beforeAll(async () => {
    const records = Array.from({ length: 5 }, (_, index) =>
      record(`listed-${index}`, { queuedAt: now - 40 * day + index, definitionId: "case_listed" }),
    );
    for (const each of records) await world().requests.create(each);
    await world().requests.create(
      record("listed-eu", { connection: "retell-eu", queuedAt: now - day, definitionId: "case_listed" }),
    );
    const key = { connection: "retell", requestId: "listed-3" };
    await world().requests.finish({ key, epoch: 1, status: "rejected", result: {}, finishedAt: now });
  });

  it("has the newest first, over months, page by page, none twice", async () => {
    const filter = "/change-requests?definitionId=case_listed&limit=2";
    const first = await get(filter);
    expect(idsOf(first.body)).toEqual(["listed-eu", "listed-4"]);
    const second = await get(`${filter}&cursor=${first.body["next"]}`);
    expect(idsOf(second.body)).toEqual(["listed-3", "listed-2"]);
    const third = await get(`${filter}&cursor=${second.body["next"]}`);
    expect(idsOf(third.body)).toEqual(["listed-1", "listed-0"]);
    expect(third.body).not.toHaveProperty("next");
  });

  it("is narrowed by status and connection", async () => {
    const listed = "/change-requests?definitionId=case_listed";
    expect(idsOf((await get(`${listed}&status=rejected`)).body)).toEqual(["listed-3"]);
    expect(idsOf((await get(`${listed}&connection=retell-eu`)).body)).toEqual(["listed-eu"]);
    expect(idsOf((await get(`${listed}&connection=retell-eu&status=rejected`)).body)).toEqual([]);
  });

  it("finds a create by the definition that it made", async () => {
    const { definitionId, ...create } = record("maker", { operation: "create" });
    await world().requests.create(create);
    await world().requests.beginAttempt(create, 1, { attempts: 1, charges: 1, startedAt: now });
    const result = { version: 1, definitionId: "case_made" };
    await world().requests.finish({ key: create, epoch: 1, status: "applied", result, finishedAt: now });
    expect(idsOf((await get("/change-requests?definitionId=case_made")).body)).toEqual(["maker"]);
  });
});
