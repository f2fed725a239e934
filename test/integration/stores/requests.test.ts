import { beforeAll, describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/request-record.ts";
import {
  type RequestStatus,
  statusesBefore,
  terminalStatuses,
} from "../../../shared/change-request/request-state.ts";
import { createRequestStore } from "../../../shared/change-request/request-store.dynamodb.ts";
import type { RequestPosition, RequestStore } from "../../../shared/change-request/request-store.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables, testTables } from "../../support/tables.ts";

const engines = withEngines();
let store: RequestStore;
beforeAll(async () => {
  const client = dynamoDbClient(engines.current);
  await createTables(client);
  store = createRequestStore(client, testTables.state);
});

const now = Date.parse("2026-11-21T10:00:00.000Z");
let number = 0;

function record(more: Partial<RequestRecord> = {}): RequestRecord {
  number += 1;
  return {
    connection: "retell",
    requestId: `request-${number}`,
    fingerprint: "sha256:x",
    operation: "update",
    definitionId: "d",
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: now + number,
    ...more,
  };
}

describe("a request's record", () => {
  it("is created once; whoever comes second gets the first one", async () => {
    const first = record();
    expect(await store.create(first)).toEqual({ created: true });
    expect(await store.create({ ...first, fingerprint: "sha256:other" })).toEqual({
      created: false,
      existing: first,
    });
  });

  const all: readonly RequestStatus[] = ["queued", "applying", ...terminalStatuses];
  const ends = terminalStatuses.flatMap((to) => all.map((from) => [from, to] as const));
  it.each(ends)("from %s to %s: only as the transitions say", async (from, to) => {
    const given = record({ status: from });
    await store.create(given);
    const allowed = statusesBefore(to).includes(from);
    expect(
      await store.finish({ key: given, epoch: 1, status: to, result: { version: 7 }, finishedAt: now }),
    ).toBe(allowed);
    expect((await store.read(given))?.status).toBe(allowed ? to : from);
  });

  it("counts an attempt while it is open, in its own epoch", async () => {
    const given = record();
    await store.create(given);
    expect(await store.beginAttempt(given, 1, 1)).toBe(true);
    expect(await store.beginAttempt(given, 1, 2)).toBe(true);
    expect(await store.beginAttempt(given, 2, 1)).toBe(false);
    expect(await store.read(given)).toMatchObject({ status: "applying", attempts: 2 });
    await store.finish({ key: given, epoch: 1, status: "failed", result: {}, finishedAt: now });
    expect(await store.beginAttempt(given, 1, 3)).toBe(false);
    expect(await store.read(given)).toMatchObject({ status: "failed", deadLettered: false });
    await store.markDeadLettered(given, 1);
    expect(await store.read(given)).toMatchObject({ deadLettered: true });
  });
});

describe("the list of requests", () => {
  it("is newest first over the turn of a month, in pages that neither repeat nor skip", async () => {
    const start = Date.parse("2026-09-30T23:59:59.000Z");
    const given = Array.from({ length: 25 }, (_, index) =>
      record({
        connection: "paged",
        submittedAt: start + index * 100,
        ...(index % 5 === 0 && { status: "failed" }),
      }),
    );
    for (const each of given) await store.create(each);
    const ids: string[] = [];
    let after: RequestPosition | undefined;
    do {
      const page = await store.list({ connection: "paged" }, after, 7, now);
      ids.push(...page.records.map(({ requestId }) => requestId));
      after = page.next;
    } while (after !== undefined);
    expect(ids).toEqual(given.map(({ requestId }) => requestId).reverse());

    const failed = await store.list({ connection: "paged", status: "failed" }, undefined, 50, now);
    expect(failed.records).toHaveLength(5);
    expect(failed.next).toBeUndefined();
  });

  it("filters by definition", async () => {
    const given = record({ definitionId: "only-this" });
    await store.create(given);
    expect((await store.list({ definitionId: "only-this" }, undefined, 50, now)).records).toEqual([given]);
  });
});
