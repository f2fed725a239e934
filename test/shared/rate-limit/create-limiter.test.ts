import { describe, expect, it } from "vitest";
import type { Limiter, Reservation, ReserveOptions, Slot } from "../../../shared/rate-limit/limiter.ts";
import { limiterWorld, worldStart } from "./limiter-world.ts";

const change = { lane: "change", slots: 1 } as const;
const pair = { lane: "change", slots: 2 } as const;

async function slotsOf(limiter: Limiter, options: ReserveOptions = change): Promise<readonly Slot[]> {
  const answer = await limiter.reserve(options);
  if (answer.kind === "wait") throw new Error(`waits: ${answer.reason}`);
  return answer.slots;
}
const startsOf = (slots: readonly Slot[]) => slots.map(({ startsAt }) => startsAt - worldStart);
const waitOf = (answer: Reservation) => (answer.kind === "wait" ? answer.waitMs : undefined);

describe("slots", () => {
  it("of all processes come one interval after the other", async () => {
    const world = limiterWorld();
    const starts: number[] = [];
    for (const limiter of [world.process(), world.process(), world.process()]) {
      starts.push(...startsOf(await slotsOf(limiter)));
    }
    expect(starts).toEqual([0, 100, 200]);
  });

  it("of a pair are taken in one write and follow each other", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    expect(startsOf(await slotsOf(limiter, pair))).toEqual([0, 100]);
    expect(startsOf(await slotsOf(limiter, pair))).toEqual([200, 300]);
    expect(world.writes()).toBe(2);
  });

  it("are good for an interval, and the second one of a pair for the time of its read", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    const [single] = await slotsOf(limiter);
    expect(single?.expiresAt).toBe(worldStart + 100);
    const [read, write] = await slotsOf(limiter, pair);
    expect(read?.expiresAt).toBe(worldStart + 200);
    expect(write?.expiresAt).toBe(worldStart + 700);
    const [fast] = await slotsOf(limiterWorld({ requestsPerSecond: 100 }).process());
    expect(fast?.expiresAt).toBe(worldStart + 50);
  });

  it("that have just passed are used, and older ones are not made up for", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    await slotsOf(limiter);
    world.now += 140;
    // It is the slot that began 40 ms ago: the next one comes an interval after that.
    expect(await slotsOf(limiter)).toEqual([{ startsAt: worldStart + 140, expiresAt: worldStart + 200 }]);
    expect(startsOf(await slotsOf(limiter))).toEqual([200]);
    world.now += 60_000;
    expect(startsOf(await slotsOf(limiter))).toEqual([60_140]);
    expect(startsOf(await slotsOf(limiter))).toEqual([60_240]);
  });

  it("of a burst begin at once, and then one interval after the other", async () => {
    const world = limiterWorld({ burst: 3 });
    const limiter = world.process();
    const starts: number[] = [];
    for (let call = 0; call < 5; call += 1) starts.push(...startsOf(await slotsOf(limiter)));
    expect(starts).toEqual([0, 0, 0, 100, 200]);
  });

  it("keep a limit per minute with a twentieth of it free", async () => {
    const world = limiterWorld({ requestsPerMinute: 120 });
    const limiter = world.process();
    const starts: number[] = [];
    for (let call = 0; call < 8; call += 1) starts.push(...startsOf(await slotsOf(limiter)));
    // As fast as the other limit lets them, until the sixth is made up for by 114 per minute.
    expect(starts).toEqual([0, 100, 200, 300, 400, 500, 600, 1_053]);
    expect(world.writes()).toBe(8);
  });

  it("of a limit per minute that is new come behind those that are taken", async () => {
    const world = limiterWorld();
    const before = world.process();
    for (let call = 0; call < 10; call += 1) await slotsOf(before);
    const after = world.process(0, { requestsPerMinute: 120 });
    const [start] = startsOf(await slotsOf(after));
    expect(start).toBeGreaterThanOrEqual(1_000);
    expect(world.state().minuteTat).toBeGreaterThanOrEqual(world.state().tat);
  });
});

describe("a reservation", () => {
  it("is refused where its slot is too far away, and tells when to come back", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    for (let call = 0; call < 21; call += 1) await slotsOf(limiter);
    expect(await limiter.reserve(change)).toEqual({ kind: "wait", reason: "no-slot-near", waitMs: 100 });
    expect(startsOf(await slotsOf(limiter, { ...change, maxWaitMs: 5_000 }))).toEqual([2_100]);
  });

  it("waits for three intervals where they are longer than two seconds", async () => {
    const world = limiterWorld({ requestsPerSecond: 0.5 });
    const limiter = world.process();
    for (const start of [0, 2_000, 4_000, 6_000]) expect(startsOf(await slotsOf(limiter))).toEqual([start]);
    expect(waitOf(await limiter.reserve(change))).toBe(2_000);
  });

  it("that is refused costs one write at most, and none as long as the process knows better", async () => {
    const world = limiterWorld();
    const [busy, other] = [world.process(), world.process()];
    await slotsOf(other);
    for (let call = 0; call < 20; call += 1) await slotsOf(busy);
    const writes = world.writes();
    expect(await other.reserve(change)).toMatchObject({ kind: "wait" });
    expect(world.writes()).toBe(writes + 1);
    world.now += 50;
    expect(await other.reserve(change)).toMatchObject({ kind: "wait" });
    expect(await busy.reserve(change)).toMatchObject({ kind: "wait" });
    expect(world.writes()).toBe(writes + 1);
    world.now += 50;
    expect(startsOf(await slotsOf(other))).toEqual([2_100]);
  });

  it("tells those who are refused to come back at different times, later each time", async () => {
    const world = limiterWorld();
    const [busy, other] = [world.process(), world.process()];
    for (let call = 0; call < 21; call += 1) await slotsOf(busy);
    world.fraction = 0.5;
    expect(waitOf(await other.reserve(change))).toBe(1_100);
    const writes = world.writes();
    world.now += 300;
    // There would be a slot now, for somebody else.
    expect(waitOf(await other.reserve(change))).toBe(800);
    expect(world.writes()).toBe(writes);
    world.now += 800;
    for (let call = 0; call < 20; call += 1) await busy.reserve({ ...change, maxWaitMs: 60_000 });
    expect(waitOf(await other.reserve(change))).toBeGreaterThan(2_000);
  });

  it("costs one write on a busy line, whatever the others have done meanwhile", async () => {
    const world = limiterWorld();
    const limiters = [world.process(), world.process(), world.process()];
    for (let round = 0; round < 20; round += 1) {
      for (const limiter of limiters) await slotsOf(limiter);
      world.now += 300;
    }
    // At most the first one of each finds a busy line where it expects an idle one.
    expect(world.writes()).toBeLessThanOrEqual(60 + 3);
  });

  it("reads the state once, and never again before it writes", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    for (let call = 0; call < 3; call += 1) await slotsOf(limiter);
    expect(world.reads()).toBe(1);
  });

  it("measures the wait for its slot and the calls that may follow", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    await slotsOf(limiter);
    await slotsOf(limiter, pair);
    expect(world.measured).toEqual([
      ["SlotWait", 0],
      ["ProviderRate", 10],
      ["SlotWait", 100],
      ["ProviderRate", 10],
    ]);
    expect(world.counted).toEqual(["ProviderCalls", "ProviderCalls", "ProviderCalls"]);
  });
});

describe("a store that does not answer", () => {
  it("lets nothing be sent: one line in the log, and a metric each time", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    world.failure = new TypeError("the table is gone");
    world.fraction = 0.5;
    expect(await limiter.reserve(change)).toEqual({
      kind: "wait",
      reason: "limiter-unavailable",
      waitMs: 2_000,
    });
    expect(waitOf(await limiter.reserve(change))).toBeGreaterThan(2_000);
    await limiter.learn({ rejected: true });
    expect(world.logged).toEqual([["limiter-unavailable", { connection: "retell", reason: "TypeError" }]]);
    expect(world.counted.filter((metric) => metric === "LimiterUnavailable")).toHaveLength(3);
    world.failure = undefined;
    expect(await slotsOf(limiter)).toHaveLength(1);
    world.failure = new Error("again");
    expect(await limiter.reserve(change)).toMatchObject({ reason: "limiter-unavailable" });
    expect(world.logged).toHaveLength(2);
  });

  it("does not keep a process from the pause that it was told itself", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    await slotsOf(limiter);
    world.failure = new Error("gone");
    await limiter.learn({ rejected: true, retryAfterMs: 30_000 });
    expect(limiter.pausedUntil()).toBe(worldStart + 30_000);
  });

  it("has only cost a slot where its answer was lost", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    await slotsOf(limiter);
    world.isAnswerLost = true;
    expect(await limiter.reserve(change)).toMatchObject({ reason: "limiter-unavailable" });
    world.isAnswerLost = false;
    expect(startsOf(await slotsOf(limiter))).toEqual([200]);
  });
});

describe("a pause", () => {
  it("is known to all who ask, and to who waits for a slot right before it comes", async () => {
    const world = limiterWorld();
    const [refused, asking, waiting] = [world.process(), world.process(), world.process()];
    for (let call = 0; call < 5; call += 1) await slotsOf(refused);
    await slotsOf(waiting);
    await refused.learn({ rejected: true, retryAfterMs: 10_000 });
    expect(refused.pausedUntil()).toBe(worldStart + 10_000);
    expect(await asking.reserve(change)).toMatchObject({
      kind: "wait",
      reason: "provider-pause",
      waitMs: 8_000,
    });
    expect(asking.pausedUntil()).toBe(worldStart + 10_000);
    expect(waiting.pausedUntil()).toBeLessThan(worldStart);
    await world.wakeUp();
    expect(waiting.pausedUntil()).toBe(worldStart + 10_000);
    expect(world.counted).toContain("ProviderRateLimited");
    expect(world.counted).toContain("RatePaused");
  });

  it("in which one after the other was refused is tried out slowly, until something is accepted", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    await slotsOf(limiter);
    for (let strike = 0; strike < 4; strike += 1) {
      await limiter.learn({ rejected: true, retryAfterMs: 1_000 });
      world.now += 1_000;
      expect(startsOf(await slotsOf(limiter))).toEqual([1_000 * (strike + 1)]);
    }
    expect(world.state().strikes).toBe(4);
    expect(startsOf(await slotsOf(limiter))).toEqual([4_500]);
    await limiter.learn({ rejected: false });
    expect(world.state().strikes).toBe(0);
    expect(startsOf(await slotsOf(limiter))).toEqual([5_000]);
    expect(startsOf(await slotsOf(limiter))).toEqual([5_100]);
  });

  it("is the first one in a row again after an accepted call, though a refused one follows it at once", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    for (let pairs = 0; pairs < 5; pairs += 1) {
      await slotsOf(limiter, pair);
      await limiter.learn({ rejected: false });
      await limiter.learn({ rejected: true, retryAfterMs: 1_000 });
      expect(world.state().strikes).toBe(1);
      world.now += 1_000;
    }
  });

  it("is the last one in a row for all when any process had a call accepted, at one write", async () => {
    const world = limiterWorld();
    const [refused, other] = [world.process(), world.process()];
    await slotsOf(refused);
    await refused.learn({ rejected: true, retryAfterMs: 1_000 });
    world.now += 1_000;
    await slotsOf(other);
    const writes = world.writes();
    for (let call = 0; call < 3; call += 1) await other.learn({ rejected: false });
    expect(world.state().strikes).toBe(0);
    expect(world.writes()).toBe(writes + 1);
  });

  it("is told once where many are refused at the same time", async () => {
    const world = limiterWorld();
    const limiters = Array.from({ length: 8 }, () => world.process());
    for (const limiter of limiters) await slotsOf(limiter);
    for (const limiter of limiters) await limiter.learn({ rejected: true, retryAfterMs: 5_000 });
    expect(world.counted.filter((metric) => metric === "RatePaused")).toHaveLength(1);
    expect(world.counted.filter((metric) => metric === "ProviderRateLimited")).toHaveLength(8);
  });
});

describe("the learned rate", () => {
  it("begins gently, grows with accepted calls under load only, and is everybody's", async () => {
    const world = limiterWorld({ adaptive: true, requestsPerSecond: 50 });
    const [limiter, other] = [world.process(), world.process()];
    for (let call = 0; call < 30; call += 1) {
      await slotsOf(limiter);
      await limiter.learn({ rejected: false });
      world.now += 5_000;
    }
    expect(world.state()).toMatchObject({ accepted: 29, proven: 0 });
    for (let call = 0; call < 30; call += 1) {
      await slotsOf(limiter, { ...change, maxWaitMs: 60_000 });
      await limiter.learn({ rejected: false });
    }
    expect(world.state().proven).toBeGreaterThan(20);
    await slotsOf(other, { ...change, maxWaitMs: 60_000 });
    const rates = world.measured.filter(([metric]) => metric === "ProviderRate").map(([, rate]) => rate);
    expect(rates.slice(0, 30)).toEqual(Array(30).fill(2));
    expect(rates.at(-1)).toBeGreaterThan(4);
  });

  it("costs no write of its own while nothing is refused", async () => {
    const world = limiterWorld({ adaptive: true });
    const limiter = world.process();
    for (let call = 0; call < 10; call += 1) {
      await slotsOf(limiter, { ...change, maxWaitMs: 60_000 });
      await limiter.learn({ rejected: false });
    }
    expect(world.writes()).toBeLessThanOrEqual(11);
  });

  it("gives back as many slots as the rate has fallen", async () => {
    const world = limiterWorld({ adaptive: true, requestsPerSecond: 10 });
    world.write({ proven: 1_000, accepted: 1_000 });
    const waiting = Array.from({ length: 4 }, () => world.process());
    const ahead = world.process();
    for (let call = 0; call < 10; call += 1) await slotsOf(ahead);
    for (const limiter of waiting) await slotsOf(limiter);
    world.write({ rate: 5 });
    world.fraction = 0.51;
    await world.wakeUp();
    for (const [index, limiter] of waiting.entries()) {
      // Until its slot has passed.
      expect(limiter.pausedUntil()).toBe(worldStart + 1_000 + (index + 1) * 100);
    }
  });
});
