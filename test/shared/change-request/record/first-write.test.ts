import { describe, expect, it } from "vitest";
import { firstWriteOf } from "../../../../shared/change-request/record/first-write.ts";
import type { RequestRecord } from "../../../../shared/change-request/record/request-record.ts";
import { createMemoryTables } from "../../../simulation/stores/memory-tables.ts";
import { createMemoryRequestStore } from "../../../simulation/stores/request-store.memory.ts";

const fresh: RequestRecord = {
  connection: "retell",
  requestId: "r",
  fingerprint: "sha256:mine",
  operation: "update",
  definitionId: "d",
  actorAuthenticated: "AIDASENDER",
  status: "queued",
  epoch: 1,
  attempts: 0,
  submittedAt: 1_000,
  queuedAt: 1_000,
};
const begun = { attempts: 1, charges: 0, startedAt: 2_000 };
const unchanged = { key: fresh, epoch: 1, status: "unchanged", result: {}, finishedAt: 3_000 } as const;

function given(existing?: RequestRecord) {
  const store = createMemoryRequestStore(createMemoryTables());
  const first = firstWriteOf(store, fresh);
  return { store, first, ready: existing === undefined ? Promise.resolve() : store.create(existing) };
}

describe("the first write about a request makes its record", () => {
  it("an attempt", async () => {
    const { store, first } = given();
    expect(await first.requests.beginAttempt(fresh, 1, begun)).toBe(true);
    expect(await store.read(fresh)).toEqual({
      ...fresh,
      status: "applying",
      attempts: 1,
      charges: 0,
      firstAttemptAt: 2_000,
    });
    expect(await first.requests.finish({ ...unchanged, status: "conflict" })).toBe(true);
    expect(await store.read(fresh)).toMatchObject({ status: "conflict", attempts: 1 });
  });

  it("an outcome; a failed one lacks its dead letter", async () => {
    const { store, first } = given();
    expect(await first.requests.finish({ ...unchanged, status: "failed" })).toBe(true);
    expect(await store.read(fresh)).toMatchObject({ status: "failed", deadLettered: false });
  });

  it("a charge for a crash, and a wait", async () => {
    const { store, first } = given();
    await first.requests.noteFailure(fresh, 1, { attempts: 1, charges: 1 });
    await first.keep();
    expect(await store.read(fresh)).toMatchObject({ status: "queued", attempts: 1, charges: 1 });
    const other = given();
    await other.first.keep();
    expect(await other.store.read(fresh)).toEqual(fresh);
  });
});

describe("where somebody has put a record meanwhile", () => {
  it("the same request's record is written on", async () => {
    const { store, first, ready } = given(fresh);
    await ready;
    expect(await first.requests.beginAttempt(fresh, 1, begun)).toBe(true);
    expect(await store.read(fresh)).toMatchObject({ status: "applying", attempts: 1 });
  });

  it("a request that was decided or cancelled stays as it is", async () => {
    const cancelled = { ...fresh, status: "cancelled" } as const;
    const { store, first, ready } = given(cancelled);
    await ready;
    expect(await first.requests.beginAttempt(fresh, 1, begun)).toBe(false);
    expect(await first.requests.finish(unchanged)).toBe(false);
    expect(await store.read(fresh)).toEqual(cancelled);
  });

  it("the same request's attempt, begun meanwhile, makes an outcome void that was decided before it", async () => {
    const { store, first, ready } = given({ ...fresh, status: "applying", attempts: 1 });
    await ready;
    expect(await first.requests.finish({ ...unchanged, seenAttempts: 0 })).toBe(false);
    expect(await store.read(fresh)).toMatchObject({ status: "applying" });
  });

  it("another request under the same id is not touched", async () => {
    const other = { ...fresh, fingerprint: "sha256:other" };
    const { store, first, ready } = given(other);
    await ready;
    expect(await first.requests.beginAttempt(fresh, 1, begun)).toBe(false);
    expect(await first.requests.finish(unchanged)).toBe(false);
    await first.keep();
    expect(await store.read(fresh)).toEqual(other);
  });
});
