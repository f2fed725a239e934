/** The sweep on a real table, over requests of the last weeks. */
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RequestRecord } from "../../../shared/change-request/record/request-record.ts";
import { terminalStatuses } from "../../../shared/change-request/record/request-state.ts";
import { createRequestStore } from "../../../shared/change-request/record/request-store.dynamodb.ts";
import type { RequestStore } from "../../../shared/change-request/record/request-store.ts";
import {
  type SweepDependencies,
  sweepLostRequests,
} from "../../../shared/change-request/record/sweep-lost-requests.ts";
import { createSweepStore } from "../../../shared/change-request/record/sweep-store.dynamodb.ts";
import { type LogFields, silentLog } from "../../../shared/platform/log.ts";
import { dynamoDbClient, withEngines } from "../../support/engines.ts";
import { createTables } from "../../support/tables.ts";

const engines = withEngines();
const hour = 3_600_000;
const day = 24 * hour;
/** Each test has a time of its own, a year after the one before: its requests and its windows meet no other's. */
let now = Date.UTC(2026, 10, 21, 12);
let client: DynamoDBClient;
let requests: RequestStore;
let sweeps: SweepDependencies["sweeps"];
let counted: string[];
let logged: [string, LogFields][];

beforeAll(async () => {
  client = dynamoDbClient(engines.current);
  const { state } = await createTables(client);
  requests = createRequestStore(client, state);
  sweeps = createSweepStore(client, state);
  // Before the first sweep.
  expect(await sweeps.sweptAt()).toBeUndefined();
});
afterAll(() => client.destroy());
beforeEach(async () => {
  now += 365 * day;
  counted = [];
  logged = [];
  await sweeps.markSwept(now - hour);
});

let ids = 0;
async function queued(queuedAt: number, more: Partial<RequestRecord> = {}): Promise<RequestRecord> {
  const record: RequestRecord = {
    connection: "retell",
    requestId: `edit-${++ids}`,
    fingerprint: "sha256:0",
    operation: "update",
    definitionId: "case_1",
    status: "queued",
    epoch: 1,
    attempts: 0,
    submittedAt: queuedAt,
    queuedAt,
    ...more,
  };
  await requests.create(record);
  return record;
}

async function sweep(at = now, changed: Partial<SweepDependencies> = {}): Promise<void> {
  const note = (event: string, fields: LogFields = {}) => logged.push([event, fields]);
  await sweepLostRequests({
    requests,
    sweeps,
    clock: { now: () => at },
    metrics: {
      count: (metric, connection) => counted.push(`${metric} ${connection}`),
      milliseconds: () => undefined,
      perSecond: () => undefined,
    },
    log: { ...silentLog, warn: note, error: note },
    ...changed,
  });
}

/** Runs the sweep, and `act` with the number of keys before each read of items that the index has named. */
async function beforeEachRead(act: (keys: number) => Promise<void>, run: () => Promise<void>): Promise<void> {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        if (commandName === BatchGetItemCommand.name) {
          const { RequestItems = {} } = call.input as BatchGetItemCommandInput;
          await act(Object.values(RequestItems).reduce((sum, { Keys = [] }) => sum + Keys.length, 0));
        }
        return await next(call);
      },
    { step: "initialize", name: "beforeEachRead" },
  );
  await run();
  client.middlewareStack.remove("beforeEachRead");
}

describe("a request that has been open for 13 days", () => {
  it.each(["queued", "applying"] as const)(
    "and is %s ends as failed, lost, without a dead letter",
    async (status) => {
      const record = await queued(now - 13 * day, { status, attempts: 2 });
      await sweep();
      expect(await requests.read(record)).toMatchObject({
        status: "failed",
        result: { reason: "lost" },
        attempts: 2,
        deadLettered: false,
        finishedAt: now,
      });
      expect(counted).toEqual(["RequestFailed retell", "RequestLost retell"]);
      expect(logged).toEqual([
        ["request-lost", { connection: "retell", requestId: record.requestId, epoch: 1 }],
      ]);
    },
  );

  it("is counted for its own connection", async () => {
    await queued(now - 13 * day, { connection: "retell-eu" });
    await sweep();
    expect(counted).toEqual(["RequestFailed retell-eu", "RequestLost retell-eu"]);
  });

  it("is left alone while it is a millisecond younger, and ended by the next sweep", async () => {
    const record = await queued(now - 13 * day + 1);
    await sweep();
    expect(await requests.read(record)).toMatchObject({ status: "queued" });
    await sweep(now + hour);
    expect(await requests.read(record)).toMatchObject({ status: "failed" });
  });

  it.each(terminalStatuses)("but has its outcome (%s) keeps it", async (status) => {
    const record = await queued(now - 13 * day, { status, result: { reason: "as it was" } });
    await sweep();
    expect(await requests.read(record)).toMatchObject({ status, result: { reason: "as it was" } });
    expect(counted).toEqual([]);
  });

  it("counts from the operator's retry, where there was one", async () => {
    const record = await queued(now - 14 * day, { status: "failed" });
    expect(await requests.reopen(record, now - 13 * day + hour)).toBe(true);
    await sweeps.markSwept(now - 3 * day);
    await sweep();
    expect(await requests.read(record)).toMatchObject({ status: "queued", epoch: 2 });
    await sweep(now + hour);
    expect(await requests.read(record)).toMatchObject({
      status: "failed",
      epoch: 2,
      result: { reason: "lost" },
    });
  });

  it("and is decided at this very moment keeps that outcome", async () => {
    const record = await queued(now - 13 * day);
    await sweep(now, {
      requests: {
        async finish(outcome) {
          await requests.finish({ ...outcome, status: "unchanged", result: { version: 3 } });
          return await requests.finish(outcome);
        },
      },
    });
    expect(await requests.read(record)).toMatchObject({ status: "unchanged", result: { version: 3 } });
    expect(counted).toEqual([]);
  });

  it("and is retried after the index has named it is not met", async () => {
    const record = await queued(now - 13 * day, { status: "failed" });
    await beforeEachRead(async () => {
      await requests.reopen(record, now);
    }, sweep);
    expect(await requests.read(record)).toMatchObject({ status: "queued", epoch: 2 });
    expect(counted).toEqual([]);
  });
});

describe("an open request that was queued an hour ago", () => {
  it("is reported once, in the first sweep after it, with what is known of it", async () => {
    const stuck = await queued(now - hour, { status: "applying", attempts: 3 });
    await queued(now - hour, { status: "applied" });
    await queued(now - hour + 1);
    await sweep();
    expect(counted).toEqual(["RequestStuck retell"]);
    expect(logged).toEqual([
      [
        "request-stuck",
        { connection: "retell", requestId: stuck.requestId, epoch: 1, status: "applying", attempts: 3 },
      ],
    ]);
    expect(await requests.read(stuck)).toEqual(stuck);
    await sweep(now + 1);
    expect(counted).toEqual(["RequestStuck retell", "RequestStuck retell"]);
    await sweep(now + hour);
    expect(counted).toHaveLength(2);
  });

  it("is reported as well where the sweep has not come for hours", async () => {
    await sweeps.markSwept(now - 7 * hour);
    for (const hours of [1.5, 4, 7.9, 8.1]) await queued(now - hours * hour);
    await sweep();
    expect(counted).toEqual(["RequestStuck retell", "RequestStuck retell", "RequestStuck retell"]);
  });
});

describe("a sweep", () => {
  it("that breaks off leaves its time to the next one", async () => {
    const record = await queued(now - 13 * day);
    const failing = { finish: () => Promise.reject(new Error("no answer")) };
    await expect(sweep(now, { requests: failing })).rejects.toThrow("no answer");
    expect(await sweeps.sweptAt()).toBe(now - hour);
    await sweep(now + hour);
    expect(await requests.read(record)).toMatchObject({ status: "failed" });
  });

  it("goes over months and over more than a page, and misses none", async () => {
    // A window from one year into the next, after three months without a sweep.
    now = Date.UTC(new Date(now).getUTCFullYear() + 1, 0, 20);
    await sweeps.markSwept(now - 90 * day);
    const overMonths = Array.from({ length: 60 }, (_, index) => now - 13 * day - index * 1.4 * day);
    // More in one month than a page takes, some of them in the same millisecond.
    const atOnce = Array.from({ length: 130 }, (_, index) => now - 13 * day - (index % 50) * 1_000);
    const times = [...overMonths, ...atOnce];
    const records = await Promise.all(times.map((at) => queued(at)));
    await sweep();
    const statuses = await Promise.all(records.map(async (record) => (await requests.read(record))?.status));
    expect(new Set(statuses)).toEqual(new Set(["failed"]));
    expect(counted.filter((each) => each.startsWith("RequestLost"))).toHaveLength(times.length);
  });

  it("that is the first one looks at all that a record can be", async () => {
    const record = await queued(now - 80 * day);
    const first: SweepDependencies["sweeps"] = { ...sweeps, sweptAt: async () => undefined };
    const recent = [await queued(now - 1.5 * hour), await queued(now - 3 * hour)];
    await sweep(now, { sweeps: first });
    expect(await requests.read(record)).toMatchObject({ status: "failed" });
    expect(logged.slice(1).map(([, { requestId }]) => requestId)).toEqual([recent[0]?.requestId]);
  });

  it("reads no more than what has become an hour or 13 days old since the last one", async () => {
    await Promise.all(Array.from({ length: 140 }, (_, index) => queued(now - index * 2.3 * hour)));
    let keysRead = 0;
    await beforeEachRead(async (keys) => {
      keysRead += keys;
    }, sweep);
    expect(keysRead).toBeLessThanOrEqual(3);
  });

  it("on a clock behind the last one's changes nothing", async () => {
    const record = await queued(now - 13 * day - hour);
    await sweep(now - hour - 1);
    expect(await requests.read(record)).toMatchObject({ status: "queued" });
  });
});
