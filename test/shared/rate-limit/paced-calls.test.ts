/** The calls of a delivery, paced by the real limiter over a store in memory; time passes only where somebody waits. */
import { beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../../shared/platform/log.ts";
import { noMetrics } from "../../../shared/platform/metrics.ts";
import type { Answer, ObservedDefinition, Provider } from "../../../shared/providers/provider.ts";
import { ProviderCallError } from "../../../shared/providers/provider-call-error.ts";
import { createLimiter } from "../../../shared/rate-limit/create-limiter.ts";
import type { Limiter } from "../../../shared/rate-limit/limiter.ts";
import { createPacer } from "../../../shared/rate-limit/pacer.ts";
import {
  createMemoryLimiterStore,
  type MemoryLimiterStore,
} from "../../simulation/stores/limiter-store.memory.ts";

const start = Date.parse("2026-11-21T10:00:00.000Z");
const INTERVAL_MS = 500;
const options = { timeoutMs: 10_000 };
let now: number;
let store: MemoryLimiterStore;
/** Of every call that reached the provider: what, when (ms since the start) and with which deadline. */
let sent: { readonly call: string; readonly at: number; readonly timeoutMs: number }[];
let readMs: number;
/** How much longer than asked for the next sleep lasts. */
let standsStillMs: number;
let failure: ProviderCallError | undefined;
let writeFailure: ProviderCallError | undefined;

const clock = {
  now: () => now,
  sleep: async (ms: number) => {
    now += ms + standsStillMs;
    standsStillMs = 0;
  },
};

beforeEach(() => {
  now = start;
  store = createMemoryLimiterStore();
  sent = [];
  readMs = 150;
  standsStillMs = 0;
  failure = undefined;
  writeFailure = undefined;
});

function limiterOfProcess({ adaptive } = { adaptive: false }): Limiter {
  return createLimiter(
    { store, clock, random: { fraction: () => 0 }, log: silentLog, metrics: noMetrics },
    {
      id: "retell",
      rateLimit: { requestsPerSecond: 1_000 / INTERVAL_MS, burst: 1, adaptive },
    },
  );
}

const receipt = { status: 200, durationMs: 1 };
const provider = {
  get: async (_id: string, { timeoutMs }: { timeoutMs: number }) => {
    sent.push({ call: "get", at: now - start, timeoutMs });
    now += readMs;
    if (failure !== undefined) throw failure;
    return { body: {}, receipt } as unknown as Answer<ObservedDefinition>;
  },
  update: async (_id: string, _body: object, { timeoutMs }: { timeoutMs: number }) => {
    sent.push({ call: "update", at: now - start, timeoutMs });
    now += 100;
    if (writeFailure !== undefined) throw writeFailure;
    return { body: {}, receipt } as unknown as Answer<ObservedDefinition>;
  },
} as unknown as Provider;

function delivery(pacer = pacerOf(limiterOfProcess()), endsInMs = 30_000) {
  return pacer.begin(provider, now + endsInMs);
}

function pacerOf(limiter: Limiter) {
  return createPacer({ limiter, clock, lane: "change", callTimeoutMs: options.timeoutMs });
}

async function readAndWrite(pacer = pacerOf(limiterOfProcess())) {
  const { slots, provider: paced } = delivery(pacer);
  expect(await slots.reserve(2)).toBeUndefined();
  await paced.get("d1", options);
  await slots.beforeWrite();
  await paced.update("d1", {}, options);
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "sent",
    (error: unknown) => (error instanceof ProviderCallError ? error.code : error),
  );

describe("a read and the write that follows it", () => {
  it("take two slots with one write to the table", async () => {
    await readAndWrite();
    expect(sent.map(({ call }) => call)).toEqual(["get", "update"]);
    expect(store.writes()).toBe(1);
  });

  it("lie no further apart than the calls need: the read is sent late in its slot", async () => {
    const pacer = pacerOf(limiterOfProcess());
    for (let times = 0; times < 20; times += 1) await readAndWrite(pacer);
    const [read, write] = sent.slice(-2);
    // The slots are half a second apart, the read takes 150 ms.
    expect((write?.at ?? 0) - (read?.at ?? 0)).toBeLessThan(readMs + 50);
    expect((write?.at ?? 0) % INTERVAL_MS).toBe(0);
  });

  it("of several deliveries never come closer than the interval, but for a read that waits for its write", async () => {
    const pacer = pacerOf(limiterOfProcess());
    for (let times = 0; times < 5; times += 1) await readAndWrite(pacer);
    const writes = sent.filter(({ call }) => call === "update").map(({ at }) => at);
    for (const [index, at] of writes.entries()) {
      if (index > 0) expect(at - (writes[index - 1] ?? 0)).toBeGreaterThanOrEqual(2 * INTERVAL_MS - 1);
    }
  });

  it("have no slot left when the read takes too long: the write takes another one", async () => {
    readMs = 3_000;
    await readAndWrite();
    expect(sent.map(({ call }) => call)).toEqual(["get", "update"]);
    expect(store.writes()).toBe(2);
  });
});

describe("a provider that lets one call through for each interval", () => {
  it("refuses writes right behind their reads: after two of them the two are sent an interval apart", async () => {
    const pacer = pacerOf(limiterOfProcess());
    for (let times = 0; times < 20; times += 1) await readAndWrite(pacer);
    for (const expected of ["rate-limited", "rate-limited", "sent"]) {
      now += 30_000;
      const { slots, provider: paced } = delivery(pacer);
      await slots.reserve(2);
      await paced.get("d1", options);
      await slots.beforeWrite();
      const apartMs = now - start - (sent.at(-1)?.at ?? 0);
      writeFailure = apartMs < INTERVAL_MS ? tooMany() : undefined;
      expect(await codeOf(paced.update("d1", {}, options))).toBe(expected);
    }
  });

  it.each([
    [0, "says nothing about the rate: none was taken there yet"],
    [2, "says nothing about the rate: two that were taken there are an accident"],
    [3, "lowers the rate: others were taken there"],
  ])("behind %i that were taken %s", async (taken) => {
    const pacer = pacerOf(limiterOfProcess({ adaptive: true }));
    for (let times = 0; times < taken; times += 1) await readAndWrite(pacer);
    writeFailure = tooMany();
    await expect(readAndWrite(pacer)).rejects.toMatchObject({ code: "rate-limited" });
    const { rate, strikes } = store.states.get("retell") ?? {};
    expect(rate).toBe(taken < 3 ? 0 : 1.8);
    expect(strikes).toBe(1);
  });

  it("is tried again after 200 writes, and what that costs is no news of the rate either", async () => {
    const pacer = pacerOf(limiterOfProcess({ adaptive: true }));
    const refused = async () => {
      now += 30_000;
      writeFailure = tooMany();
      await expect(readAndWrite(pacer)).rejects.toMatchObject({ code: "rate-limited" });
      writeFailure = undefined;
      now += 30_000;
    };
    for (let times = 0; times < 3; times += 1) await readAndWrite(pacer);
    for (let times = 0; times < 2; times += 1) await refused();
    for (let times = 0; times < 200; times += 1) await readAndWrite(pacer);
    const rateBefore = store.states.get("retell")?.rate;
    for (let times = 0; times < 2; times += 1) await refused();
    expect(store.states.get("retell")?.rate).toBe(rateBefore);
  });
});

describe("a write whose turn has come", () => {
  it("is late after a quarter of a second, and in a pause", async () => {
    const limiter = limiterOfProcess();
    const { slots, provider: paced } = delivery(pacerOf(limiter));
    await slots.reserve(2);
    await paced.get("d1", options);
    await slots.beforeWrite();
    expect(slots.isWriteLate()).toBe(false);
    now += 250;
    expect(slots.isWriteLate()).toBe(false);
    now += 1;
    expect(slots.isWriteLate()).toBe(true);
    now -= 251;
    await limiter.learn({ rejected: true, retryAfterMs: 5_000 });
    expect(slots.isWriteLate()).toBe(true);
  });
});

describe("slots", () => {
  it.each([
    // A call may begin 15 s before the end of its invocation.
    [20_000, 2, "taken"],
    [17_500, 2, "left to others"],
    [17_500, 1, "taken"],
  ] as const)(
    "of an invocation of %i ms, %i of them behind a second of others, are %s",
    async (endsInMs, count, expected) => {
      for (const slots of [2, 2] as const) await limiterOfProcess().reserve({ lane: "change", slots });
      const { slots } = delivery(undefined, endsInMs);
      expect((await slots.reserve(count)) === undefined ? "taken" : "left to others").toBe(expected);
    },
  );
});

describe("a call whose process stood still", () => {
  it("is not sent when its slot has passed: it takes the next one", async () => {
    await limiterOfProcess().reserve({ lane: "change", slots: 2 });
    const { slots, provider: paced } = delivery();
    expect(await slots.reserve(2)).toBeUndefined();
    // The slots are those of 1.0 and 1.5 s; the read would be sent after 1.3 s.
    standsStillMs = 400;
    await paced.get("d1", options);
    await slots.beforeWrite();
    await paced.update("d1", {}, options);
    expect(sent).toMatchObject([
      { call: "get", at: 1_700 },
      { call: "update", at: 2_000 },
    ]);
    expect(store.writes()).toBe(3);
  });
});

describe("a call without a slot", () => {
  it("is not sent where none is near, and says when to come back", async () => {
    const { provider: paced } = delivery(undefined, 15_100);
    // Somebody else has the next second.
    await limiterOfProcess().reserve({ lane: "change", slots: 2, maxWaitMs: 0 });
    await expect(paced.get("d1", options)).rejects.toMatchObject({ code: "throttled", retryable: true });
    expect(sent).toEqual([]);
  });

  it("takes one of its own where it can be waited for", async () => {
    await limiterOfProcess().reserve({ lane: "change", slots: 2 });
    const { provider: paced } = delivery();
    await paced.get("d1", options);
    expect(sent).toMatchObject([{ call: "get", at: 2 * INTERVAL_MS }]);
  });

  it("waits for it before the intent is written, not with it", async () => {
    await limiterOfProcess().reserve({ lane: "change", slots: 2 });
    const { slots, provider: paced } = delivery();
    await slots.beforeWrite();
    expect(now - start).toBe(2 * INTERVAL_MS);
    await paced.update("d1", {}, { timeoutMs: 7_000 });
    expect(sent).toEqual([{ call: "update", at: 2 * INTERVAL_MS, timeoutMs: 7_000 }]);
    expect(store.writes()).toBe(2);
  });
});

describe("a read", () => {
  it("ends with the invocation, however long its slot was waited for", async () => {
    await limiterOfProcess().reserve({ lane: "change", slots: 2 });
    const { provider: paced } = delivery(undefined, 16_100);
    await paced.get("d1", options);
    expect(sent[0]?.timeoutMs).toBe(10_000);
    const { provider: other } = delivery(undefined, 18_000);
    await other.get("d1", { timeoutMs: 60_000 });
    expect(sent[1]?.timeoutMs).toBeLessThanOrEqual(13_000);
  });
});

function tooMany(): ProviderCallError {
  return new ProviderCallError({
    code: "rate-limited",
    status: 429,
    retryAfterMs: 20_000,
    receipt: { status: 429, durationMs: 1 },
  });
}

describe("a 429", () => {
  it("stops every process until it is over", async () => {
    failure = tooMany();
    expect(await codeOf(delivery().provider.get("d1", options))).toBe("rate-limited");
    const other = await delivery().slots.reserve(2);
    expect(other).toMatchObject({ reason: "provider-pause" });
    // Slots near the pause's end may be waited for here.
    expect(other?.waitMs).toBeGreaterThan(17_000);
    failure = undefined;
    now += 20_000;
    await readAndWrite();
  });

  it("also stops the call of this process that has its slot already", async () => {
    const limiter = limiterOfProcess();
    const pacer = pacerOf(limiter);
    const waiting = delivery(pacer);
    expect(await waiting.slots.reserve(2)).toBeUndefined();
    await limiter.learn({ rejected: true, retryAfterMs: 20_000 });
    expect(await codeOf(waiting.provider.get("d1", options))).toBe("throttled");
    expect(sent).toEqual([]);
  });
});
