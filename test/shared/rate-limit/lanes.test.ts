/** Changes and scans on one line. */
import { describe, expect, it, vi } from "vitest";
import type { Limiter } from "../../../shared/rate-limit/limiter.ts";
import { Chance } from "../../simulation/world/chance.ts";
import { type LimiterWorld, limiterWorld, worldStart } from "./limiter-world.ts";

// Seconds of computing, on a slow machine many.
vi.setConfig({ testTimeout: 60_000 });

const INTERVAL_MS = 100;
const SCANS = 10_000;

/** Scans that each ask when they were told to; a process has one message at a time, and each is another process. */
function waitingScans(world: LimiterWorld, count: number) {
  const limiters = Array.from({ length: Math.min(count, 200) }, () => world.process());
  const dueAt: number[] = Array.from({ length: count }, () => world.now);
  const startsAt: number[] = [];
  return {
    startsAt,
    async ask() {
      for (const [scan, due] of dueAt.entries()) {
        if (due > world.now) continue;
        const answer = await (limiters[scan % limiters.length] as Limiter).reserve({
          lane: "scan",
          slots: 1,
        });
        const [slot] = answer.kind === "reserved" ? answer.slots : [];
        if (slot !== undefined) startsAt.push(slot.startsAt);
        dueAt[scan] =
          slot === undefined
            ? world.now + (answer.kind === "wait" ? answer.waitMs : 0)
            : Number.POSITIVE_INFINITY;
      }
    },
  };
}

async function changeStartsAt(limiter: Limiter): Promise<number | undefined> {
  const answer = await limiter.reserve({ lane: "change", slots: 1 });
  return answer.kind === "reserved" ? answer.slots[0]?.startsAt : undefined;
}

describe("ten thousand scans that wait", () => {
  it("delay a change by one slot at most, whenever it comes", async () => {
    const world = limiterWorld();
    const chance = new Chance(1, "lanes");
    const scans = waitingScans(world, SCANS);
    const limiter = world.process();
    const delays: number[] = [];
    for (let ms = 0; ms < 6_000; ms += 10) {
      world.now = worldStart + ms;
      world.fraction = chance.fraction();
      await scans.ask();
      // Rare enough that changes never wait for each other.
      if (ms % 370 === 0) delays.push(((await changeStartsAt(limiter)) ?? Number.NaN) - world.now);
    }
    expect(delays.length).toBeGreaterThan(15);
    expect(Math.max(...delays)).toBeGreaterThan(0);
    for (const delay of delays) expect(delay).toBeLessThanOrEqual(INTERVAL_MS);
  });

  it("stand between a change and those before it once at most", async () => {
    const world = limiterWorld();
    const scans = waitingScans(world, SCANS);
    const limiters = Array.from({ length: 30 }, () => world.process());
    const changes: number[] = [];
    for (const [index, limiter] of limiters.entries()) {
      world.now = worldStart + index * 20;
      await scans.ask();
      const startsAt = await changeStartsAt(limiter);
      if (startsAt === undefined) continue;
      changes.push(startsAt);
      const waitingBefore = scans.startsAt.filter((scan) => scan > world.now && scan < startsAt);
      expect(waitingBefore.length).toBeLessThanOrEqual(1);
    }
    expect(changes.length).toBeGreaterThan(15);
  });

  it("use the line alone while nobody else wants it", async () => {
    const world = limiterWorld();
    const scans = waitingScans(world, 300);
    for (let ms = 0; ms < 20_000; ms += 5) {
      world.now = worldStart + ms;
      await scans.ask();
    }
    // Each begins when the slot before has passed, which is noticed a step late.
    expect(scans.startsAt.length).toBeGreaterThan(180);
  });
});

describe("scans under a permanent load of changes", () => {
  it("keep a trickle, and no more than their share", async () => {
    const world = limiterWorld();
    const chance = new Chance(2, "lanes");
    const scans = waitingScans(world, 300);
    const workers = Array.from({ length: 40 }, () => ({ limiter: world.process(), dueAt: worldStart }));
    let changes = 0;
    for (let ms = 0; ms < 60_000; ms += 10) {
      world.now = worldStart + ms;
      world.fraction = chance.fraction();
      for (const worker of workers) {
        if (worker.dueAt > world.now) continue;
        const answer = await worker.limiter.reserve({ lane: "change", slots: 1 });
        if (answer.kind === "reserved") changes += 1;
        worker.dueAt =
          answer.kind === "wait" ? world.now + answer.waitMs : (answer.slots[0]?.startsAt ?? 0) + 250;
      }
      await scans.ask();
    }
    const share = scans.startsAt.length / (changes + scans.startsAt.length);
    // There is one scan in the line at a time, and the line is 2 s long.
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThanOrEqual(0.31);
    expect(changes + scans.startsAt.length).toBeGreaterThan(590);
  });
});

describe("scans where the limit per minute is the narrow one", () => {
  const minute = { requestsPerSecond: 2, requestsPerMinute: 10 };
  const minuteIntervalMs = 6_000;

  it("delay a change by one slot at most", async () => {
    const world = limiterWorld(minute);
    const chance = new Chance(3, "lanes");
    const scans = waitingScans(world, 200);
    const limiter = world.process();
    const delays: number[] = [];
    let [cameAt, asksAt] = [60_000, 60_000];
    for (let ms = 0; ms < 600_000; ms += 20) {
      world.now = worldStart + ms;
      world.fraction = chance.fraction();
      await scans.ask();
      if (ms < asksAt) continue;
      const answer = await limiter.reserve({ lane: "change", slots: 1 });
      if (answer.kind === "wait") asksAt = ms + answer.waitMs;
      else {
        delays.push((answer.slots[0]?.startsAt ?? Number.NaN) - worldStart - cameAt);
        cameAt = asksAt = ms + 30_000;
      }
    }
    expect(delays.length).toBeGreaterThan(15);
    for (const delay of delays) expect(delay).toBeLessThanOrEqual(minuteIntervalMs);
  });

  it("keep to their share after a change had to wait for it", async () => {
    const world = limiterWorld({ requestsPerMinute: 120 });
    const [changes, scans] = [world.process(), world.process()];
    // Never one behind another within the limit per second.
    for (let change = 0; change < 10; change += 1) {
      await changes.reserve({ lane: "change", slots: 1 });
      world.now += 2 * INTERVAL_MS;
    }
    expect(await scans.reserve({ lane: "scan", slots: 1 })).toMatchObject({ kind: "reserved" });
    world.now = Math.ceil(world.state().minuteTat / 1_000) + 1;
    expect(await scans.reserve({ lane: "scan", slots: 1 })).toMatchObject({ kind: "wait" });
  });
});

describe("scanners that are alone", () => {
  it.each([1, 5])("raise the learned rate and use it, at few writes (%i of them)", async (count) => {
    const world = limiterWorld({ adaptive: true });
    const chance = new Chance(4, "lanes");
    const scanners = Array.from({ length: count }, () => ({
      limiter: world.process(),
      dueAt: worldStart,
      calls: false,
    }));
    let calls = 0;
    for (let ms = 0; ms < 120_000; ms += 5) {
      world.now = worldStart + ms;
      world.fraction = chance.fraction();
      for (const scanner of scanners) {
        if (scanner.dueAt > world.now) continue;
        if (scanner.calls) await scanner.limiter.learn({ rejected: false });
        const answer = await scanner.limiter.reserve({ lane: "scan", slots: 1 });
        scanner.calls = answer.kind === "reserved";
        if (scanner.calls) calls += 1;
        scanner.dueAt =
          answer.kind === "wait" ? world.now + answer.waitMs : (answer.slots[0]?.startsAt ?? 0) + 50;
      }
    }
    // Nine tenths of 10 per second, but for the first minute in which the rate is found.
    expect(calls).toBeGreaterThan(0.75 * 10 * 120);
    expect(world.writes() / calls).toBeLessThan(2.2);
  });
});

describe("a scan", () => {
  const scan = { lane: "scan", slots: 1 } as const;

  it("leaves the burst to changes", async () => {
    const world = limiterWorld({ burst: 5 });
    const limiter = world.process();
    expect(await limiter.reserve(scan)).toMatchObject({ slots: [{ startsAt: worldStart }] });
    expect(await limiter.reserve(scan)).toMatchObject({ kind: "wait", waitMs: INTERVAL_MS });
    for (let change = 0; change < 4; change += 1) {
      expect(await limiter.reserve({ lane: "change", slots: 1 })).toMatchObject({
        slots: [{ startsAt: worldStart }],
      });
    }
  });

  it("that is refused because the line is busy costs no write", async () => {
    const world = limiterWorld();
    const limiter = world.process();
    await limiter.reserve(scan);
    const writes = world.writes();
    expect(await limiter.reserve(scan)).toMatchObject({ kind: "wait", reason: "no-slot-near" });
    expect(world.writes()).toBe(writes);
  });

  it("whose turn another one has had since waits, though it did not know", async () => {
    const world = limiterWorld();
    const [changes, one, other] = [world.process(), world.process(), world.process()];
    for (let change = 0; change < 3; change += 1) await changes.reserve({ lane: "change", slots: 1 });
    await other.reserve({ lane: "change", slots: 1 });
    expect(await one.reserve(scan)).toMatchObject({ kind: "reserved" });
    expect(await other.reserve(scan)).toMatchObject({ kind: "wait" });
  });

  it("whose turn has come finds room behind changes that fill the line", async () => {
    const world = limiterWorld();
    const [changes, scans] = [world.process(), world.process()];
    while ((await changes.reserve({ lane: "change", slots: 1 })).kind === "reserved");
    expect(await scans.reserve(scan)).toMatchObject({ slots: [{ startsAt: worldStart + 2_100 }] });
  });

  it("whose turn has come finds room behind changes that have used up a large burst as well", async () => {
    const world = limiterWorld({ burst: 100 });
    const [changes, scans] = [world.process(), world.process()];
    while ((await changes.reserve({ lane: "change", slots: 1 })).kind === "reserved");
    expect(await scans.reserve(scan)).toMatchObject({ slots: [{ startsAt: worldStart + 2_100 }] });
  });

  it("waits for its share after changes had to wait, and not for ever after", async () => {
    const world = limiterWorld();
    const [changes, scans] = [world.process(), world.process()];
    for (let change = 0; change < 3; change += 1) await changes.reserve({ lane: "change", slots: 1 });
    // Its first turn comes at once, behind the changes.
    expect(await scans.reserve(scan)).toMatchObject({ slots: [{ startsAt: worldStart + 300 }] });
    world.now += 450;
    expect(await scans.reserve(scan)).toMatchObject({ kind: "wait", waitMs: 184 });
    world.now += 184;
    expect(await scans.reserve(scan)).toMatchObject({ slots: [{ startsAt: world.now }] });
    world.now += 5_000;
    for (let one = 0; one < 3; one += 1) {
      expect(await scans.reserve(scan)).toMatchObject({ slots: [{ startsAt: world.now }] });
      world.now += 101;
    }
  });
});
