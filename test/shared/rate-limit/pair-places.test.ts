/** Pairs whose reads last longer than an interval, ten calls per second. */
import { expect, it } from "vitest";
import type { Limiter, Slot } from "../../../shared/rate-limit/limiter.ts";
import { limiterWorld, worldStart } from "./limiter-world.ts";

async function taken(limiter: Limiter, slots: 1 | 2, readMs = 0): Promise<readonly Slot[]> {
  const answer = await limiter.reserve({ lane: "change", slots, readMs });
  if (answer.kind === "wait") throw new Error(`waits: ${answer.reason}`);
  return answer.slots;
}

const starts = async (...wish: Parameters<typeof taken>) =>
  (await taken(...wish)).map(({ startsAt }) => startsAt - worldStart);

it("the write stands where its read has ended, in the place of an earlier pair's write", async () => {
  const limiter = limiterWorld().process();
  expect(await starts(limiter, 2, 300)).toEqual([0, 300]);
  expect(await starts(limiter, 2, 300)).toEqual([200, 500]);
  expect(await starts(limiter, 2, 300)).toEqual([400, 700]);
});

it("a write is good for an interval like any call, and costs its pair no second write to the table", async () => {
  const world = limiterWorld();
  const [, write] = await taken(world.process(), 2, 300);
  expect(write).toEqual({ startsAt: worldStart + 300, expiresAt: worldStart + 400 });
  expect(world.writes()).toBe(1);
});

it("a single call behind such pairs leaves a place to each of their writes", async () => {
  const limiter = limiterWorld().process();
  expect(await starts(limiter, 2, 300)).toEqual([0, 300]);
  expect(await starts(limiter, 1)).toEqual([200]);
  expect(await starts(limiter, 1)).toEqual([400]);
  expect(await starts(limiter, 1)).toEqual([500]);
});

it("a line is idle only when the last such write has had its place", async () => {
  const world = limiterWorld();
  const limiter = world.process();
  await taken(limiter, 2, 300);
  world.now += 310;
  expect(await starts(limiter, 1)).toEqual([400]);
});

it("a scan does not reserve ahead while such a write has its place still before it", async () => {
  const world = limiterWorld();
  const [scans, changes] = [world.process(), world.process()];
  await scans.reserve({ lane: "scan", slots: 2 });
  world.now += 300;
  expect(await starts(changes, 2, 300)).toEqual([300, 600]);
  world.now += 250;
  expect(await scans.reserve({ lane: "scan", slots: 1 })).toMatchObject({ kind: "wait", waitMs: 117 });
});

it("all pairs of a line go by the longest read, until there is room for it to be shorter", async () => {
  const world = limiterWorld();
  const [slow, fast] = [world.process(), world.process()];
  expect(await starts(slow, 2, 500)).toEqual([0, 500]);
  expect(await starts(fast, 2, 300)).toEqual([200, 700]);
  // One pair less: the line is left empty for a pair, so that two writes do not meet.
  expect(await starts(fast, 2, 100)).toEqual([600, 900]);
  expect(await starts(fast, 2, 100)).toEqual([800, 1_100]);
});

it("who does not know that a read lasts longer meanwhile still leaves its write its place", async () => {
  const world = limiterWorld();
  const [slow, fast] = [world.process(), world.process()];
  expect(await starts(fast, 2, 300)).toEqual([0, 300]);
  expect(await starts(slow, 2, 500)).toEqual([200, 700]);
  expect(await starts(fast, 2, 300)).toEqual([400, 900]);
});

it("who does not know of such pairs asks once more", async () => {
  const world = limiterWorld();
  const [one, other] = [world.process(), world.process()];
  await taken(other, 1);
  world.now += 1_000;
  expect(await starts(one, 2, 500)).toEqual([1_000, 1_500]);
  const writes = world.writes();
  expect(await starts(other, 1)).toEqual([1_200]);
  expect(world.writes()).toBe(writes + 2);
});

it("who knows the line but not the pair behind its end still leaves the pair's write its place", async () => {
  const world = limiterWorld();
  const [one, other] = [world.process(), world.process()];
  await taken(other, 1);
  await taken(other, 1);
  expect(await starts(one, 2, 300)).toEqual([200, 500]);
  expect(await starts(other, 1)).toEqual([400]);
  expect(await starts(other, 1)).toEqual([600]);
});

it("a read is waited for a second at most: a slower one's write takes a new slot", async () => {
  const [, write] = await taken(limiterWorld().process(), 2, 60_000);
  expect(write?.startsAt).toBe(worldStart + 1_100);
});
